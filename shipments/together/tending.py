"""What becomes of batches that nobody looks after: work that a killed worker let go of, and what is past its time.

The security role names the accounts that have something due; each is done in its own scope.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections

from security import trail
from security.trail import Action
from shipments.models import Batch
from shipments.together.services import KIND
from shipments.together.working import ACTOR as ACTOR

ALIAS = "security"
AGAIN = timedelta(minutes=2)  # until a batch is named to the queue once more
MOST_AT_ONCE = 100
_DUE = "SELECT DISTINCT account_id FROM shipments_batch WHERE due_at < %s ORDER BY account_id"


def due_accounts(*, now: datetime) -> list[UUID]:
    """Return the accounts that have something due. For the security worker."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_DUE, [now])
        return [row[0] for row in cursor.fetchall()]


def tend_here(*, now: datetime) -> list[UUID]:
    """Remove what is past its time in the scope's account; return the batches that a worker is to be told of.

    The shipments of a batch that is removed stay as they are.
    """
    lost = []
    due = Batch.objects.filter(due_at__lt=now).select_for_update(skip_locked=True).order_by("due_at")
    for batch in list(due[:MOST_AT_ONCE]):
        if batch.is_working and not batch.is_stopped:
            batch.due_at = now + AGAIN
            batch.save(update_fields=["due_at"])
            lost.append(batch.pk)
        else:
            trail.record(action=Action.EXPIRE, kind=KIND, ids=[batch.pk])
            batch.delete()
    return lost
