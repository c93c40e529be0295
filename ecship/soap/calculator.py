"""Calculator: what an item costs, by the quote engine that pages and the API ask."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from ecship.soap import codes
from ecship.soap.calls import text
from ecship.soap.table import Answer, offer
from ecship.soap.words import wrong
from security.marks import signed_in
from shipments import pricing
from shipments.catalogue import LARGE_LETTER, PACKET, SMALL_LETTER
from shipments.forms import MOST_G
from shipments.models import Contents

GRAMS = Decimal(1000)
# What a letter is, by the letter that the Universal Postal Union has for its format, or by our own word.
FORMATS = {
    "P": SMALL_LETTER, "G": LARGE_LETTER, "E": PACKET,
    **{shape.upper(): shape for shape in (SMALL_LETTER, LARGE_LETTER, PACKET)},
}  # fmt: skip


@offer(
    "Calculator",
    "getTotalPostage",
    "api01Req",
    asks={
        "countryCode": "string", "shipCode": "string", "weight": "double", "insuranceAmount": "double",
        "insuranceTypeCode": "string", "mailType": "string", "mailSize": "string",
    },
    gives={"totalPostage": "double", "additionalCharge": "double", "insurancePremiumFee": "double"},
)  # fmt: skip
@signed_in
def get_total_postage(request: HttpRequest, fields: dict[str, Any]) -> Answer:
    """Say what one service costs to one place."""
    place, service = route_of(fields)
    no_insurance(text(fields, "insuranceAmount"), "insuranceAmount")
    shape, contents = shape_of(fields)
    found = pricing.offers(
        destination=place.destination, zone=place.zone, weight_g=grams(text(fields, "weight"), "weight"),
        contents=contents, format=shape, on=pricing.today(), only=[service],
    )  # fmt: skip
    if (priced := found.of(service)) is None:
        refusal = found.refusal_of(service)
        raise wrong("shipCode", refusal.reason if refusal else not_available(), "not_available")
    return {"totalPostage": f"{priced.postage_hkd:.2f}", "additionalCharge": "0.00", "insurancePremiumFee": "0.00"}


def route_of(fields: dict[str, Any]) -> tuple[codes.Place, str]:
    """Return where to and by which service. Raises InvalidBody for codes that are none, or do not go together."""
    place = codes.place_of(text(fields, "countryCode"))
    if place is None:
        raise wrong("countryCode", _("There is no such country code."), "unknown")
    service = codes.service_of(text(fields, "shipCode"), country=place.country)
    if not service:
        raise wrong("shipCode", not_available(), "not_available")
    return place, service


def shape_of(fields: dict[str, Any]) -> tuple[str, str]:
    """Return the format that was named, a packet where none was; letters that are no packets hold documents."""
    named = (text(fields, "mailSize") or text(fields, "mailType")).upper()
    shape = FORMATS.get(named, PACKET)
    return shape, Contents.GOODS if shape == PACKET else Contents.DOCUMENTS


def grams(kilograms: str, field: str) -> int:
    """Return a weight in whole grams, rounded up. Raises InvalidBody."""
    try:
        weight = Decimal(kilograms)
    except InvalidOperation:
        weight = Decimal(0)
    if not weight.is_finite() or not 0 < weight <= MOST_G / GRAMS:
        raise wrong(field, _("Send kilograms, such as 0.450."))
    return int((weight * GRAMS).to_integral_value(ROUND_CEILING))


def no_insurance(amount: str, field: str) -> None:
    """Raise InvalidBody where insurance is asked for: it is not sold here, and nobody shall think that it was."""
    try:
        is_none = not amount or Decimal(amount) == 0
    except InvalidOperation:
        is_none = False
    if not is_none:
        raise wrong(field, _("Insurance cannot be bought here. Send no amount, or 0."), "no_insurance")


def not_available() -> str:
    return _("This service is not offered to this place.")
