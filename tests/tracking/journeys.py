"""The least an event, a booked shipment and an operator need, for the tests of tracking."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.test import Client

from accounts import keys
from security import scope
from shipments.models import Shipment, Status
from tests.conftest import Person
from tests.shipments.booking import given_out
from tracking import services
from tracking.models import Event

NUMBER, OTHER, UNKNOWN = "RB123456785HK", "RT371435919HK", "EE876543216HK"
NOW = datetime(2026, 3, 27, 12, tzinfo=UTC)
BY = "operator:test"


def record(code: str = "EMA", *, number: str = NUMBER, hours: int = 0, **values: Any) -> tuple[Event, bool]:
    """Record an event that happened some hours after noon."""
    at = NOW + timedelta(hours=hours)
    values = {"place": "HKHKGA", "reason": "", "by": BY, "now": NOW + timedelta(days=3), **values}
    return services.record_event(item_number=number, code=code, at=at, **values)


def booked(person: Person, *, number: str = NUMBER, **values: Any) -> Shipment:
    fields: dict[str, Any] = {
        "item_number": number,
        "status": Status.BOOKED,
        "service": "ARM",
        "tariff_edition": "2023-01-06",
        "destination": "GB",
        "weight_g": 120,
        "postage_hkd": Decimal("45.00"),
        "valid_until": date(2026, 6, 1),
        "booked_at": NOW - timedelta(days=1),
        "created_at": NOW - timedelta(days=1),
        "updated_at": NOW - timedelta(days=1),
        "sender": {"name": "Alice Sender", "country": "HK"},
        "recipient": {"name": "Rita Recipient", "country": "GB"},
        "reference": "Order 4711",
    }
    with person.scope():
        given_out(number)
        return Shipment.objects.create(**{**fields, **values})


def operator() -> Client:
    """A client that shows an operator's key."""
    with scope.identity():
        _key, token = keys.create_operator_key(name="Air mail centre")
    return Client(headers={"Authorization": f"Bearer {token}"})
