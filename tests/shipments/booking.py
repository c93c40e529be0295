"""The least valid shipments for tests of booking, and a walk through the wizard."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from security import scope
from security.warrants import Warrant
from shipments import services
from shipments.models import NumberRange, Shipment

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)

SENDER: dict[str, Any] = {
    "name": "Alice Wong", "company": "Alice Trading", "email": "alice@example.com", "phone": "+852 9123 4567",
    "lines": ["Flat 5, 12/F, Block B", "18 Sample Street"], "district": "Yau Tsim Mong", "city": "Mong Kok",
    "state": "", "postcode": "", "country": "HK", "local_name": "", "local_lines": [],
}  # fmt: skip
LONDON: dict[str, Any] = {
    "name": "Edith Example", "company": "", "email": "", "phone": "+44 20 7946 0000", "lines": ["1 Example Road"],
    "district": "", "city": "London", "state": "", "postcode": "SW1A 1AA", "country": "GB", "local_name": "",
    "local_lines": [],
}  # fmt: skip
NEW_YORK: dict[str, Any] = {
    **LONDON, "name": "Ed Example", "lines": ["350 Sample Avenue"], "city": "New York", "state": "NY",
    "postcode": "10118", "country": "US", "phone": "+1 212 555 0100",
}  # fmt: skip
SHA_TIN: dict[str, Any] = {**SENDER, "name": "Edwin Example", "district": "Sha Tin", "city": "Fo Tan"}
SHIRT: dict[str, Any] = {
    "description": "Cotton shirt for men", "quantity": 2, "weight_g": 300, "value": "160.00", "currency": "HKD",
    "hs_code": "620520", "origin": "CN",
}  # fmt: skip


def goods_to_london(**changes: Any) -> dict[str, Any]:
    """The fields of a complete draft: a packet of goods to the United Kingdom, by registered air mail."""
    return {
        "sender": SENDER, "recipient": LONDON, "contents": "goods", "weight_g": 400, "format": "packet",
        "category": "gift", "items": [SHIRT], "service": "ARM", **changes,
    }  # fmt: skip


def documents_to_new_york(**changes: Any) -> dict[str, Any]:
    return {
        "sender": SENDER,
        "recipient": NEW_YORK,
        "contents": "documents",
        "weight_g": 40,
        "service": "EMS",
        **changes,
    }


def letter_to_sha_tin(**changes: Any) -> dict[str, Any]:
    return {
        "sender": SENDER, "recipient": SHA_TIN, "contents": "documents", "weight_g": 20, "format": "small_letter",
        "service": "LRM", **changes,
    }  # fmt: skip


def make_draft(values: dict[str, Any] | None = None, *, now: datetime = NOW) -> Shipment:
    """Make a draft in the current scope."""
    return services.start_draft(now=now, values=goods_to_london() if values is None else values)


def make_booked(values: dict[str, Any] | None = None, *, now: datetime = NOW) -> Shipment:
    """Make a booked shipment in the current scope."""
    return services.book_shipment(shipment_id=make_draft(values, now=now).pk, now=now)


def given_out(number: str) -> None:
    """Have a number come out of a range, all used up: no shipment has one that does not."""
    serial = int(number[2:10])
    with scope.warrant(Warrant.REFERENCE):
        NumberRange.objects.get_or_create(
            indicator=number[:2],
            first_serial=serial,
            defaults={"range_group": "X", "last_serial": serial, "next_serial": serial + 1},
        )


def typed_party(party: dict[str, Any]) -> dict[str, str]:
    """Return a party as somebody types it into the wizard."""
    typed = {name: value for name, value in party.items() if isinstance(value, str)}
    return {**typed, **{f"line_{place}": line for place, line in enumerate(party["lines"], start=1)}}


def typed_lines(*lines: dict[str, Any]) -> dict[str, str]:
    typed = {"items-TOTAL_FORMS": str(len(lines)), "items-INITIAL_FORMS": "0"}
    for place, line in enumerate(lines):
        typed.update({f"items-{place}-{name}": str(value) for name, value in line.items()})
    return typed
