"""Scheduled work on shipments."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from security import scope
from security.tasks import ScopedTask, SeparateTask, send
from shipments import retention
from shipments.together import tending, working


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


@shared_task(base=SeparateTask, name=working.NAME, soft_time_limit=600, time_limit=660)
def work_batch(*, batch_id: str) -> None:
    """Book the drafts of a batch, one by one. Safe to run twice, and to be killed."""
    account_id = work_batch.asked_by().account_id
    if account_id is not None:
        working.work(UUID(batch_id), account_id=account_id, clock=timezone.now)


@shared_task(base=ScopedTask, name="shipments.tend_batches")
def tend_batches() -> None:
    """Find the accounts that have batches to look after; each gets a task of its own. Safe to run twice."""
    for account_id in tending.due_accounts(now=timezone.now()):
        with scope.account(account_id=account_id, actor=tending.ACTOR):
            send(tend_batches_here)


@shared_task(base=ScopedTask, name="shipments.tend_batches_here")
def tend_batches_here() -> None:
    """In the scope's account, name to the queue what a killed worker let go of, and remove what is past its time."""
    for batch_id in tending.tend_here(now=timezone.now()):
        send(work_batch, batch_id=str(batch_id))
