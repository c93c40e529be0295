"""Where a step of the wizard stands: below its draft, or below the batch whose items have it in common."""

from __future__ import annotations

from django.urls import reverse

from shipments.models import Shipment
from shipments.together.patterns import is_pattern


def address_of(shipment: Shipment, key: str) -> str:
    if is_pattern(shipment):
        return reverse("shipments:batch-step", args=[shipment.pk, key])
    return reverse("shipments:step", args=[shipment.pk, key])
