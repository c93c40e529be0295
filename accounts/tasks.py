"""Mail, sent by the worker."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from accounts import delivery, outbox
from security.tasks import ScopedTask


@shared_task(base=ScopedTask, name="accounts.deliver_mail")
def deliver_mail(*, mail_id: str) -> None:
    """Write and send one mail. Safe to run twice: the row is gone when the mail is sent."""
    delivery.deliver(UUID(mail_id), now=timezone.now())


@shared_task(base=ScopedTask, name="accounts.deliver_waiting_mail")
def deliver_waiting_mail() -> None:
    """Name to the queue what it lost, and what failed and is due again."""
    outbox.tell_queue_again(now=timezone.now())
