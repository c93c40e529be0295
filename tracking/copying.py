"""What tracking brings into a copy of the account: the events of its items, page by page as its shipments are read, and
its webhooks with what they were told."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.copies.sections import PAGE, Found, Row, Section, add, cell, page_of
from shipments.models import Shipment
from tracking.models import Event
from tracking.webhooks.models import Webhook, WebhookDelivery

TABLE = ("item_number", "at", "code", "place", "reason", "action")


def register() -> None:
    add(Section("tracking_events", _("tracking events of the items"), _events, head=lambda: TABLE))
    add(Section("webhooks", _("webhooks: their addresses, never their secrets"), _webhooks, "webhook"))
    add(Section("webhook_deliveries", _("what webhooks were told"), _deliveries))


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


def _webhooks(place: str) -> Found:
    def plain(one: Webhook) -> Row:
        made = {"made_by": one.by, "made_by_key": one.key, "created_at": one.created_at, "updated_at": one.updated_at}
        is_on = {"state": one.state, "why_off": one.reason, "failing_since": one.failing_since}
        return {"id": one.pk, "url": one.url, "description": one.description, "events": one.events, **is_on, **made}

    return page_of(Webhook.objects.all(), place, plain)


TOLD = ("id", "webhook_id", "event", "at", "shipment", "item_number", "status", "state", "attempts", "tried_at",
        "status_code", "failure")  # fmt: skip


def _deliveries(place: str) -> Found:
    return page_of(WebhookDelivery.objects.all(), place, lambda one: {name: getattr(one, name) for name in TOLD})
