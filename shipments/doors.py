"""What is asked again before an answer of the API is given again: the same door as for a GET."""

from __future__ import annotations

from security import idempotency
from security.permissions import Permission
from shipments import access


def register() -> None:
    for endpoint in ("api-shipments", "api-shipment-book", "api-shipment-cancel"):
        idempotency.door(endpoint, lambda made: access.get_shipment(made["id"], to=Permission.SHIPMENT_VIEW))
