"""What shipments are called, on the page which says what was read of an account after an incident."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from security import scope
from security.incidents import registry
from security.incidents.registry import Thing
from security.permissions import Permission
from shipments.models import Shipment


def register() -> None:
    registry.show("shipment", label=_("Shipments"), names=_shipments)
    registry.show("batch", label=_("Shipped together"), names=_nameless)


def _nameless(ids: Sequence[UUID]) -> dict[UUID, Thing]:
    """Whom a batch was for is said by its shipments, and by the contacts that were read."""
    return {}


def _shipments(ids: Sequence[UUID]) -> dict[UUID, Thing]:
    if not scope.current().may(Permission.SHIPMENT_VIEW):
        return {}
    found = Shipment.objects.filter(account_id=scope.current().account, pk__in=ids)
    return {
        shipment.pk: Thing(_name(shipment), reverse("shipments:shipment", args=[shipment.pk])) for shipment in found
    }


def _name(shipment: Shipment) -> str:
    """Return the number and to whom it went, as far as there are any still."""
    parts = (shipment.item_number, shipment.recipient.get("name") or shipment.recipient.get("company"))
    return ", ".join(part for part in parts if part)
