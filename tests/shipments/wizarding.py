"""Drafts and booked items for tests of the wizard, and where its pages are."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.urls import reverse
from django.utils import timezone

from shipments.models import Shipment
from tests.conftest import Person
from tests.shipments.booking import (
    make_booked,
    make_draft,
)

CUSTOMS = {"category": "gift", "non_delivery": "return", "category_words": ""}


def draft_of(person: Person, values: dict[str, Any] | None = None) -> Shipment:
    with person.scope():
        return make_draft(values, now=timezone.now())


def booked_of(person: Person) -> Shipment:
    with person.scope():
        return make_booked(now=timezone.now())


def again(person: Person, shipment: Shipment) -> Shipment:
    with person.scope():
        row: Shipment = Shipment.objects.get(pk=shipment.pk)
        assert row.private is not None  # opened while its key is at hand
        return row


def address(shipment: Shipment, key: str) -> str:
    if key in {"review", "done", "shipment", "cancel", "delete", "again"}:
        return reverse(f"shipments:{key}", args=[shipment.pk])
    return reverse("shipments:step", args=[shipment.pk, key])


def start(person: Person) -> Shipment:
    begun = person.client.post(reverse("shipments:new"), {"submission_key": str(uuid4())})
    with person.scope():
        row: Shipment = Shipment.objects.get(pk=begun["Location"].split("/")[-3])
        assert row.private is not None
        return row


PAGES = ["shipment", "sender", "recipient", "contents", "customs", "service", "review", "delete"]
