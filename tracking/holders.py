"""Who holds an item: a question across accounts, so only the security role's connection may ask it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from shipments.models import Shipment, Status
from tracking.events import Action, Code, State, state_of
from tracking.models import Event

DATABASE = "security"
STATUS_OF: dict[State, Status] = {
    State.POSTED: Status.ACCEPTED,
    State.DELIVERED: Status.DELIVERED,
}


class Holder(NamedTuple):
    account_id: UUID
    shipment_id: UUID


def holder_of(item_number: str) -> Holder | None:
    """Return the account and the shipment that have the number; nothing else of the row leaves the database.

    Raises ImproperlyConfigured in a process without the security role's connection.
    """
    if DATABASE not in connections.databases:
        raise ImproperlyConfigured("The queue `security` needs a worker with DATABASE_SECURITY_URL.")
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(
            f"SELECT account_id, id FROM {Shipment._meta.db_table} WHERE item_number = %s",  # noqa: S608 - our own table
            [item_number],
        )
        row = cursor.fetchone()
    return Holder(*row) if row else None


def status_of(events: Sequence[Event]) -> Status | None:
    """Return what a shipment is after its events, in the order of `tracking.events.timeline`; None without events."""
    state = state_of(events)
    if state is None:
        return None
    status = STATUS_OF.get(state, Status.IN_TRANSIT)
    # What was sent back and then delivered has come home to its sender.
    sent_back = any(event.code == Code.EMH and event.action == Action.RETURN for event in events)
    return Status.RETURNED if status is Status.DELIVERED and sent_back else status
