"""What tracking brings into a copy of the account: the events of its items, page by page as its shipments are read."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.copies.sections import PAGE, Found, Row, Section, add, cell
from shipments.models import Shipment
from tracking.models import Event

TABLE = ("item_number", "at", "code", "place", "reason", "action")


def register() -> None:
    add(Section("tracking_events", _("tracking events of the items"), _events, head=lambda: TABLE))


def _events(place: str) -> Found:
    shipments = Shipment.objects.exclude(item_number=None)
    page = (shipments.filter(pk__gt=UUID(place)) if place else shipments).order_by("pk")
    items = list(page.values_list("pk", "item_number")[:PAGE])
    events = Event.objects.filter(item_number__in=[number for _pk, number in items]).order_by("item_number", "at")
    rows = [_plain(event) for event in events]
    next_place = str(items[-1][0]) if len(items) == PAGE else ""
    return Found(rows, next_place, cells=[[cell(row[name]) for name in TABLE] for row in rows])


def _plain(event: Event) -> Row:
    return {name: getattr(event, name) for name in TABLE}
