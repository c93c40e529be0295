"""What follows an event: the holder's shipment moves on. Only the security worker can find the holder."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from security import scope
from security.permissions import Permission
from security.tasks import ScopedTask
from shipments import services as shipments
from tracking import selectors
from tracking.holders import holder_of, status_of

logger = logging.getLogger(__name__)

ACTOR = "system:tracking"
RIGHTS = frozenset({Permission.SHIPMENT_VIEW, Permission.SHIPMENT_CHANGE})


@shared_task(base=ScopedTask, name="tracking.advance_holder")
def advance_holder(*, item_number: str) -> None:
    """Bring the shipment that has the number to the status its events tell. Safe to run twice and in any order."""
    status = status_of(selectors.track_of(item_number).events)
    holder = holder_of(item_number)
    if holder is None or status is None:
        return
    with scope.account(account_id=holder.account_id, permissions=RIGHTS, actor=ACTOR):
        try:
            shipments.advance(shipment_id=holder.shipment_id, status=status, now=timezone.now())
        except shipments.WrongStatus:
            # A cancelled or expired item was handed in after all: its events are kept, its status is for people.
            logger.warning("An item moves whose shipment may not: %s", holder.shipment_id)
