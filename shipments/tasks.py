"""Scheduled work on shipments."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from security import scope
from security.tasks import ScopedTask, send
from shipments import retention


@shared_task(base=ScopedTask, name="shipments.expire")
def expire() -> None:
    """Find the accounts that have something due, and give each a task of its own. Safe to run twice."""
    for account_id in retention.due_accounts(now=timezone.now()):
        with scope.account(account_id=account_id, actor=retention.ACTOR):
            send(expire_account)


@shared_task(base=ScopedTask, name="shipments.expire_account")
def expire_account() -> None:
    """Do what is due in the scope's account, in one transaction; with more than a batch, come again. Safe to repeat."""
    if retention.expire_here(now=timezone.now()).has_more:
        send(expire_account)
