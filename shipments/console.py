"""What shipments bring into the staff console: reference data in Django's admin, and which number ranges run low."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from security.console import registry
from security.console.registry import Entry, Group, Panel
from security.permissions import Permission

REFERENCE = Permission.STAFF_REFERENCE


def register() -> None:
    pages = [
        (_("Service suspensions"), "suspension"),
        (_("Number ranges"), "numberrange"),
        (_("Exchange rates"), "exchangerate"),
        (_("Tariff editions"), "tariffedition"),
    ]
    for order, (label, model) in enumerate(pages, start=20):
        registry.add_entry(Entry(label, f"admin:shipments_{model}_changelist", REFERENCE, Group.POST, order=order))
    registry.add_panel(Panel("number-ranges", REFERENCE, "shipments/console/number_ranges.html", number_ranges))


def number_ranges(now: datetime) -> dict[str, Any]:
    """Return how many numbers each group has left, and which need another range."""
    from shipments import item_numbers
    from shipments.models.reference import LOW

    left = item_numbers.left_by_group()
    return {"left": sorted(left.items()), "low": sorted(group for group, count in left.items() if count <= LOW)}
