"""Mail, sent by the worker; sign-ups that run out; copies of accounts; accounts that are to be deleted."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from accounts import closing, delivery, leftovers, outbox, recovery, sign_ups
from accounts.copies import tending, working
from security import scope
from security.tasks import ScopedTask, SeparateTask, send


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


@shared_task(base=SeparateTask, name=working.NAME, soft_time_limit=1200, time_limit=1260)
def work_copy(*, copy_id: str) -> None:
    """Make a copy of an account, page by page. Safe to run twice, and to be killed."""
    account_id = work_copy.asked_by().account_id
    if account_id is not None:
        working.work(UUID(copy_id), account_id=account_id, clock=timezone.now)


@shared_task(base=ScopedTask, name="accounts.tend_copies")
def tend_copies() -> None:
    """Find the accounts that have a copy to look after; each gets a task of its own. Safe to run twice."""
    for account_id in tending.due_accounts(now=timezone.now()):
        with scope.account(account_id=account_id, actor=tending.ACTOR):
            send(tend_copies_here)


@shared_task(base=ScopedTask, name="accounts.tend_copies_here")
def tend_copies_here() -> None:
    """In the scope's account, name to the queue what a killed worker let go of, and remove what is past its time."""
    for copy_id in tending.tend_here(now=timezone.now()):
        send(work_copy, copy_id=str(copy_id))


@shared_task(base=ScopedTask, name="accounts.close_accounts")
def close_accounts() -> None:
    """Remind of accounts that are to be deleted, and give each that is due a task of its own. Safe to run twice."""
    now = timezone.now()
    closing.remind(now=now)
    for account_id in closing.due(now=now):
        close_account.apply_async(kwargs={"account_id": str(account_id)})


@shared_task(base=SeparateTask, name="accounts.close_account")
def close_account(*, account_id: str) -> None:
    """Erase an account whose time is over, unless an incident holds it. Safe to run twice, and to be killed."""
    closing.erase(UUID(account_id), now=timezone.now())
