"""What is told, written with what it tells of: both or neither. Nothing is written where no webhook wants it.

One statement, which travels with the next one or the COMMIT (`security.postgres`), so that a booking waits for nothing.
It is sent by a worker a few seconds later (`tending.due`).
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import connection

from security import scope
from shipments.models import Shipment, Status
from tracking.webhooks.models import Type, Webhook, WebhookDelivery

OF_STATUS = {
    Status.BOOKED: Type.BOOKED,
    Status.CANCELLED: Type.CANCELLED,
    Status.ACCEPTED: Type.ACCEPTED,
    Status.IN_TRANSIT: Type.IN_TRANSIT,
    Status.DELIVERED: Type.DELIVERED,
    Status.RETURNED: Type.RETURNED,
}
_WRITE = (
    f"INSERT INTO {WebhookDelivery._meta.db_table}"  # noqa: S608  (all names are ours)
    " (id, account_id, webhook_id, event, at, shipment, item_number, status, state, attempts, due_at, failure)"
    " SELECT gen_random_uuid(), account_id, id, %s::varchar, %s::timestamptz, %s::uuid, %s::varchar, %s::varchar,"
    " 'waiting', 0, %s::timestamptz, ''"
    f" FROM {Webhook._meta.db_table} WHERE account_id = %s::uuid AND state = 'active' AND events @> %s::jsonb"
)


def tell_of_shipment(shipment: Shipment, now: datetime) -> None:
    """Write that a shipment has become what it is now, for each webhook of the account that wants to know."""
    event = OF_STATUS.get(Status(shipment.status))
    if event is None:
        return
    wanted = json.dumps([event])
    values = [
        event,
        now,
        shipment.pk,
        shipment.item_number or "",
        shipment.status,
        now,
        scope.current().account,
        wanted,
    ]
    connection.later(_WRITE, values)  # type: ignore[attr-defined]  # our own backend


def payload(delivery: WebhookDelivery) -> bytes:
    """Return the body: the same bytes at each attempt, and no personal data. Receivers ask the API for the rest."""
    data: dict[str, Any] = {}
    if delivery.shipment is not None:
        data = {
            "shipment": str(delivery.shipment),
            "item_number": delivery.item_number or None,
            "status": delivery.status,
        }
    at = delivery.at.isoformat().replace("+00:00", "Z")
    return json.dumps({"type": delivery.event, "timestamp": at, "data": data}, separators=(",", ":")).encode()
