"""Copies that nobody looks after: work that a killed worker let go of, and files past their time.

The security role names the accounts that have something due; each is done in its own scope.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections

from accounts import periods
from accounts.copies import services
from accounts.copies.models import AccountCopy, CopyState
from accounts.copies.working import ACTOR as ACTOR
from security import trail
from security.trail import Action

ALIAS = "security"
AGAIN = timedelta(minutes=1)  # before lost work is named to the queue once more
MOST_AT_ONCE = 50
_DUE = "SELECT DISTINCT account_id FROM accounts_accountcopy WHERE due_at < %s ORDER BY account_id"


def due_accounts(*, now: datetime) -> list[UUID]:
    """Return the accounts that have something due. For the security worker."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_DUE, [now])
        return [row[0] for row in cursor.fetchall()]


def tend_here(*, now: datetime) -> list[UUID]:
    """Remove what is past its time in the scope's account; return the copies that a worker is to be told of."""
    lost = []
    due = AccountCopy.objects.filter(due_at__lt=now).select_for_update(skip_locked=True).order_by("due_at")
    for run in list(due[:MOST_AT_ONCE]):
        if run.is_working and not run.is_stopped:
            run.due_at = now + AGAIN
            run.save(update_fields=["due_at"])
            lost.append(run.pk)
        else:
            _expire(run)
    return lost


def _expire(run: AccountCopy) -> None:
    trail.record(action=Action.EXPIRE, kind=services.KIND, ids=[run.pk])
    if run.state in {CopyState.GONE, CopyState.FAILED}:
        run.delete()
        return
    services.forget(run)
    run.failure = "" if run.state == CopyState.READY else "expired"
    run.state = CopyState.GONE if run.state == CopyState.READY else CopyState.FAILED
    run.due_at = (run.finished_at or run.created_at) + periods.COPIES.length()
    run.save()
