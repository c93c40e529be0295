"""Mail on its way: a row in the database first, then a word to the queue, which learns nothing but the row's id.

A mail that the queue forgot, or whose worker was killed, is found by `waiting` and named to the queue again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from accounts import periods
from accounts.models import OutgoingMail
from security import scope

GIVEN_UP_KEPT = periods.GIVEN_UP.length()
QUEUE_MAY_TAKE = timedelta(minutes=1)  # before a mail counts as forgotten
BATCH = 500


def post(*, kind: OutgoingMail.Kind, email: str, language: str = "", data: dict[str, Any] | None = None) -> None:
    """Send a mail once the transaction commits, in the language given or else the page's."""
    now = timezone.now()
    with scope.identity():
        mail = OutgoingMail.objects.create(
            kind=kind,
            email=email,
            language=language or get_language() or "en",
            data=data or {},
            created_at=now,
            due_at=now,
        )

    def commit() -> None:
        _tell_queue(mail.pk)

    # Should the queue be away, the row still stands: the request is done, and the mail goes a little later.
    transaction.on_commit(commit, robust=True)


def waiting(*, now: datetime) -> list[UUID]:
    """Return the mails that are due, oldest first. Runs in the identity context."""
    due = OutgoingMail.objects.filter(given_up_at=None, due_at__lte=now).order_by("due_at")
    return list(due.values_list("pk", flat=True)[:BATCH])


def tell_queue_again(*, now: datetime) -> int:
    """Name the mails that are due to the queue, and delete those that were given up long ago."""
    with scope.identity():
        found = waiting(now=now - QUEUE_MAY_TAKE)
        OutgoingMail.objects.filter(given_up_at__lt=now - GIVEN_UP_KEPT).delete()
    for mail_id in found:
        _tell_queue(mail_id)
    return len(found)


def _tell_queue(mail_id: UUID) -> None:
    from accounts.tasks import deliver_mail

    deliver_mail.apply_async(kwargs={"mail_id": str(mail_id)})
