"""What shipments bring into the staff console: reference data, number ranges that run low, in a case the shipments."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from security import scope
from security.console import masks, registry
from security.console.registry import Entry, Fact, Group, Panel, Row, Section
from security.pages import Page, page_of
from security.permissions import Permission
from shipments import item_numbers
from shipments.models import Shipment
from shipments.models.reference import LOW

SIZE = 25
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
    registry.add_section(Section("shipment", _("Shipments"), shipment_rows, one_shipment, order=30))
    registry.add_panel(Panel("number-ranges", REFERENCE, "shipments/console/number_ranges.html", number_ranges))


def number_ranges(now: datetime) -> dict[str, Any]:
    """Return how many numbers each group has left, and which need another range."""
    left = item_numbers.left_by_group()
    return {"left": sorted(left.items()), "low": sorted(group for group, count in left.items() if count <= LOW)}


def shipment_rows(cursor: str) -> Page[Row]:
    page = page_of(_shipments(), moment="created_at", cursor=cursor, size=SIZE, narrowed={})
    rows = [
        Row(
            shipment.pk,
            (
                Fact(_("Item number"), masks.tail(shipment.item_number or "")),
                *_plain(shipment),
                Fact(_("Recipient"), masks.words(_party_name(shipment.recipient))),
            ),
        )
        for shipment in page.rows
    ]
    return Page(rows, next=page.next, previous=page.previous)


def one_shipment(shipment_id: UUID) -> Row | None:
    shipment = _shipments().filter(pk=shipment_id).first()
    if shipment is None:
        return None
    return Row(
        shipment.pk,
        (
            Fact(_("Item number"), shipment.item_number or ""),
            *_plain(shipment),
            Fact(_("Sender"), _party(shipment.sender)),
            Fact(_("Recipient"), _party(shipment.recipient)),
            Fact(_("Contents"), ", ".join(str(item.get("description", "")) for item in shipment.items)),
            Fact(_("Reference"), shipment.reference),
        ),
    )


def _plain(shipment: Shipment) -> tuple[Fact, ...]:
    """What is mailed and when, which names nobody."""
    return (
        Fact(_("Status"), shipment.get_status_display()),
        Fact(_("Service"), shipment.service),
        Fact(_("Destination"), shipment.destination),
        Fact(_("Begun on"), str(date_format(timezone.localtime(shipment.created_at), "DATE_FORMAT"))),
    )


def _party_name(party: dict[str, Any]) -> str:
    return str(party.get("name") or party.get("company") or "")


def _party(party: dict[str, Any]) -> str:
    order = ("name", "company", "lines", "district", "city", "state", "postcode", "country", "phone", "email")
    values = [party.get(name) for name in order]
    return ", ".join(", ".join(value) if isinstance(value, list) else str(value) for value in values if value)


def _shipments() -> QuerySet[Shipment]:
    return Shipment.objects.filter(account_id=scope.current().account)
