"""What becomes of imports that nobody looks after: work that a killed worker let go of, and data past their time.

The security role names the accounts that have something due; each is done in its own scope.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections

from addressbook.imports import services
from addressbook.imports.items import Item
from addressbook.imports.models import Import, ImportBatch, State
from security import trail
from security.trail import Action

ALIAS, ACTOR = "security", "system:import"
AGAIN = timedelta(minutes=2)  # until work that was named to the queue counts as lost again
MOST_AT_ONCE = 20
_DUE = "SELECT DISTINCT account_id FROM addressbook_import WHERE due_at < %s ORDER BY account_id"


def due_accounts(*, now: datetime) -> list[UUID]:
    """Return the accounts that have something due. For the security worker."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_DUE, [now])
        return [row[0] for row in cursor.fetchall()]


def tend_here(*, now: datetime) -> list[UUID]:
    """Remove what is past its time in the scope's account; return the imports that a worker is to be told of."""
    lost = []
    due = Import.objects.filter(due_at__lt=now).select_for_update(skip_locked=True).order_by("due_at")
    for run in list(due[:MOST_AT_ONCE]):
        if run.is_working and not run.is_stopped:
            run.due_at = now + AGAIN
            run.save(update_fields=["due_at"])
            lost.append(run.pk)
        else:
            _expire(run, now=now)
    return lost


def _expire(run: Import, *, now: datetime) -> None:
    ended = run.finished_at or run.created_at
    if now >= ended + services.RUN_LASTS:
        trail.record(action=Action.EXPIRE, kind=services.KIND, ids=[run.pk])
        run.delete()
        return
    if run.state in {State.DONE, State.UNDONE} and now < ended + services.UNDO_PERIOD:
        _forget_left_out(run)
        run.due_at = ended + services.UNDO_PERIOD
    else:
        services.forget_rows(run)
        if run.state in {State.READY, State.READING}:
            run.state, run.failure = State.CANCELLED, "expired"
        run.due_at = ended + services.RUN_LASTS
    run.save()
    trail.record(action=Action.EXPIRE, kind=services.KIND, ids=[run.pk])


def _forget_left_out(run: Import) -> None:
    """Empty the rows that stayed out; where the others are stays, for the undo."""
    for batch in ImportBatch.objects.filter(run=run, bad__gt=0):
        items = [Item.of(stored) for stored in batch.items]
        for item in items:
            item.cells, item.details = [], {}
        batch.items, batch.bad = [item.plain() for item in items], 0
        batch.save()
    run.samples = []
