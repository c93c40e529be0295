"""What follows an event: the holder's shipment moves on, and webhooks are told.

Only the security worker can find the holder, and which webhooks have something to send.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from security import scope
from security.permissions import Permission
from security.tasks import ScopedTask, SeparateTask, send
from security.warrants import Warrant
from shipments import services as shipments
from tracking import selectors
from tracking.holders import holder_of, status_of
from tracking.models import Unfollowed
from tracking.webhooks import tending, working

logger = logging.getLogger(__name__)

ACTOR = "system:tracking"
RIGHTS = frozenset({Permission.SHIPMENT_VIEW, Permission.SHIPMENT_CHANGE})
QUEUE_MAY_TAKE = timedelta(minutes=1)  # before an item counts as forgotten
FIRST_WAIT, ATTEMPTS = timedelta(minutes=1), 10  # waits double: given up after some 8 hours
BATCH = 500


@shared_task(base=ScopedTask, name="tracking.advance_holder")
def advance_holder(*, item_number: str) -> None:
    """Bring the shipment that has the number to the status its events tell. Safe to run twice and in any order."""
    _follow(item_number, now=timezone.now())


@shared_task(base=ScopedTask, name="tracking.advance_holders")
def advance_holders(*, item_numbers: list[str]) -> None:
    """Do so for the items of many events that came together, in their order."""
    now = timezone.now()
    for item_number in item_numbers:
        _follow(item_number, now=now)


@shared_task(base=ScopedTask, name="tracking.advance_waiting")
def advance_waiting() -> None:
    """Follow what the queue lost, what a killed worker let go of, and what failed and is due again."""
    now = timezone.now()
    due = Unfollowed.objects.filter(given_up_at=None, due_at__lte=now - QUEUE_MAY_TAKE).order_by("due_at")
    for item_number in list(due.values_list("pk", flat=True)[:BATCH]):
        _follow(item_number, now=now)


def _follow(item_number: str, *, now: datetime) -> None:
    """Move the shipment and delete the row in one transaction, unless it is done or another worker has it."""
    with scope.warrant(Warrant.TRACKING):
        rows = Unfollowed.objects.select_for_update(skip_locked=True)
        if (row := rows.filter(pk=item_number, given_up_at=None).first()) is None:
            return
        try:
            with transaction.atomic():
                _advance(item_number, now=now)
        except Exception as error:
            row.attempts += 1
            row.due_at = now + FIRST_WAIT * 2 ** (row.attempts - 1)
            row.given_up_at = now if row.attempts >= ATTEMPTS else None
            row.save(update_fields=["attempts", "due_at", "given_up_at"])
            logger.exception("A shipment could not follow its item", extra={"error": type(error).__name__})
            return
        row.delete()


def _advance(item_number: str, *, now: datetime) -> None:
    status = status_of(selectors.track_of(item_number).events)
    holder = holder_of(item_number)
    if holder is None or status is None:
        return
    with scope.account(account_id=holder.account_id, permissions=RIGHTS, actor=ACTOR):
        try:
            shipments.advance(shipment_id=holder.shipment_id, status=status, now=now)
        except shipments.WrongStatus:
            # A cancelled or expired item was handed in after all: its events are kept, its status is for people.
            logger.warning("An item moves whose shipment may not: %s", holder.shipment_id)


# Webhooks ---------------------------------------------------------------------------------------------------------


@shared_task(base=SeparateTask, name="tracking.send_webhook", expires=60)  # the next round names it again
def send_webhook(*, webhook_id: str) -> None:
    """Send a webhook what is due. Safe to run twice, and to be killed: a message may go twice, under the same id."""
    account_id = send_webhook.asked_by().account_id
    if account_id is not None and working.work(UUID(webhook_id), account_id=account_id, clock=timezone.now):
        with scope.account(account_id=account_id, actor=working.ACTOR):
            send(send_webhook, webhook_id=webhook_id)


@shared_task(base=ScopedTask, name="tracking.send_webhooks")
def send_webhooks() -> None:
    """Find the webhooks that have something to send; each gets a task of its own. Safe to run twice."""
    for account_id, webhook_id in tending.due(now=timezone.now()):
        with scope.account(account_id=account_id, actor=working.ACTOR):
            send(send_webhook, webhook_id=str(webhook_id))


@shared_task(base=ScopedTask, name="tracking.forget_deliveries")
def forget_deliveries() -> None:
    """Find the accounts with deliveries past their time; each gets a task of its own. Safe to run twice."""
    for account_id in tending.old_accounts(now=timezone.now()):
        with scope.account(account_id=account_id, actor=working.ACTOR):
            send(forget_deliveries_here)


@shared_task(base=ScopedTask, name="tracking.forget_deliveries_here")
def forget_deliveries_here() -> None:
    """In the scope's account, remove deliveries past their time, one batch; the next round takes the rest."""
    tending.forget_here(now=timezone.now())
