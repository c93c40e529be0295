"""Mail, sent by the worker; and sign-ups that run out."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from accounts import delivery, leftovers, outbox, recovery, sign_ups
from security import scope
from security.tasks import ScopedTask


@shared_task(base=ScopedTask, name="accounts.deliver_mail")
def deliver_mail(*, mail_id: str) -> None:
    """Write and send one mail. Safe to run twice: the row is gone when the mail is sent."""
    delivery.deliver(UUID(mail_id), now=timezone.now())


@shared_task(base=ScopedTask, name="accounts.tell_of_recoveries")
def tell_of_recoveries() -> None:
    """Remind of wishes to come in without a factor, and mail the link of those whose time is over."""
    recovery.tell_again(now=timezone.now())


@shared_task(base=ScopedTask, name="accounts.deliver_waiting_mail")
def deliver_waiting_mail() -> None:
    """Name to the queue what it lost, and what failed and is due again."""
    outbox.tell_queue_again(now=timezone.now())


@shared_task(base=ScopedTask, name="accounts.expire_sign_ups")
def expire_sign_ups() -> None:
    """Delete the sign-ups that nobody activated in time. Safe to run twice."""
    with scope.identity():
        sign_ups.expire(now=timezone.now())


@shared_task(base=ScopedTask, name="accounts.end_leftovers")
def end_leftovers() -> None:
    """End sessions and other rows of signing in that are over. Safe to run twice."""
    leftovers.end(now=timezone.now())
