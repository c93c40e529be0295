"""The quote engine: every service for an item, priced or refused with the reason. Pure: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shipments.catalogue import FORMATS, LEAST_MM, LOCAL, PACKET, PARCEL, SERVICES, Service
from shipments.tariff.rule import Table
from shipments.tariff.snapshot import Stop, Tariff


@dataclass(frozen=True)
class QuoteRequest:
    """What is to be sent: weight in grams, all three sizes in millimetres or none; `format` of letter post or ""."""

    destination: str
    weight_g: int
    on: date
    contents: str = "goods"
    zone: str = ""
    format: str = ""
    size_mm: tuple[int, int, int] | None = None
    services: tuple[str, ...] = ()


@dataclass(frozen=True)
class Offer:
    """A service that takes the item, with its postage in HKD."""

    service: Service
    postage_hkd: Decimal
    zone: str
    format: str
    max_weight_g: int
    edition: str
    to_be_confirmed: bool


@dataclass(frozen=True)
class Refusal:
    """A service that does not take the item: a code for machines, a sentence for people."""

    service: Service
    code: str
    detail: str
    zones: tuple[str, ...] = ()


@dataclass
class QuoteResult:
    """Offers from the cheapest on, and the refusals in the catalogue's order."""

    offers: list[Offer] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def quote(request: QuoteRequest, tariff: Tariff) -> QuoteResult:
    """Ask every service (or the named ones) for a price."""
    result = QuoteResult()
    for service in SERVICES.values():
        if request.services and service.code not in request.services:
            continue
        for answer in _answers(service, request, tariff):
            (result.offers if isinstance(answer, Offer) else result.refused).append(answer)  # type: ignore[arg-type]
    result.offers.sort(key=lambda offer: (offer.postage_hkd, offer.service.code, offer.format))
    return result


def _answers(service: Service, request: QuoteRequest, tariff: Tariff) -> Iterator[Offer | Refusal]:
    """Yield one answer; for a letter service without a chosen format, the cheapest format that may take the item."""
    if refusal := _refused_outright(service, request, tariff):
        yield refusal
        return
    answers = [_priced(service, request, tariff, shape) for shape in _shapes(service, request)]
    offers = [answer for answer in answers if isinstance(answer, Offer)]
    yield min(offers, key=lambda offer: offer.postage_hkd) if offers else answers[-1]


def _shapes(service: Service, request: QuoteRequest) -> list[str]:
    """Return the formats that come into question; [""] for a service without formats.

    Goods of an unknown size are a packet (decision 13): nothing says that they are as flat as a letter.
    """
    if not service.has_formats:
        return [""]
    if request.format:
        return [request.format]
    return [PACKET] if request.contents == "goods" and request.size_mm is None else [*FORMATS]


def _refused_outright(service: Service, request: QuoteRequest, tariff: Tariff) -> Refusal | None:
    if service.why_not:
        return _refusal(service, service.why_not)
    if service.is_local != (request.destination == LOCAL):
        return _refusal(service, "not_served")
    stop = tariff.stop(service=service.code, destination=request.destination, contents=request.contents, on=request.on)
    return Refusal(service, "suspended", _reason(stop)) if stop else None


def _priced(service: Service, request: QuoteRequest, tariff: Tariff, shape: str) -> Offer | Refusal:
    tables = tariff.tables(service.tariff_code, shape, request.destination, on=request.on)
    if not tables:
        return _refusal(service, "not_served")
    table = _table_of(tables, request)
    if table is None:
        zones = tuple(table.zone for table in tables)
        return Refusal(service, "zone_required", str(_text("zone_required")), zones)
    return _fits(service, request, shape) or _offer(service, request, table, shape)


def _table_of(tables: tuple[Table, ...], request: QuoteRequest) -> Table | None:
    """Return the table of the chosen zone; None where none is chosen and it matters which."""
    chosen = [table for table in tables if table.zone == request.zone]
    if chosen or _are_alike(tables):
        whole = [table for table in tables if table.zone == request.destination]
        return [*chosen, *whole, *tables][0]
    return None


def _are_alike(tables: tuple[Table, ...]) -> bool:
    """Tell whether every zone has the same prices up to the same weight."""
    return len({(table.limit_g, table.steps, table.to_be_confirmed) for table in tables}) == 1


def asks_zone(destination: str, tariff: Tariff, *, on: date) -> bool:
    """Tell whether a service that can be booked has other prices for one zone of a destination than for another."""
    asked = (
        tariff.tables(service.tariff_code, shape, destination, on=on)
        for service in SERVICES.values()
        if not service.why_not
        for shape in (FORMATS if service.has_formats else ("",))
    )
    return any(len(tables) > 1 and not _are_alike(tables) for tables in asked)


def _offer(service: Service, request: QuoteRequest, table: Table, shape: str) -> Offer | Refusal:
    limit = min(table.limit_g, service.limit_g(request.destination), FORMATS[shape].most_g if shape else table.limit_g)
    postage = table.price(request.weight_g) if request.weight_g <= limit else None
    if postage is None:
        return _refusal(service, "too_heavy", limit=f"{Decimal(limit) / 1000:.3f}")
    return Offer(service, postage, table.zone, shape, limit, table.edition, table.to_be_confirmed)


def _fits(service: Service, request: QuoteRequest, shape: str) -> Refusal | None:
    if request.size_mm is None:
        return None
    limits = FORMATS[shape].size if shape else PARCEL
    if not limits.takes(*request.size_mm):
        return _refusal(service, "too_large")
    longest, middle, _shortest = sorted(request.size_mm, reverse=True)
    if shape and (longest < LEAST_MM[0] or middle < LEAST_MM[1]):
        return _refusal(service, "too_small")
    return None


def _refusal(service: Service, code: str, **values: Any) -> Refusal:
    return Refusal(service, code, str(_text(code)) % values)


def _text(code: str) -> str | Promise:
    return {
        "no_public_tariff": _("This service has no public tariff and cannot be booked here."),
        "retired": _("This service has ended."),
        "bulk_only": _("This service is for bulk mailings and cannot be booked item by item."),
        "not_served": _("This service does not go to this destination."),
        "zone_required": _("Choose which part of the destination the item goes to."),
        "too_heavy": _("The item is too heavy: the limit is %(limit)s kg."),
        "too_large": _("The item is too large for this service."),
        "too_small": _("The item is too small: its address side must be at least 90 mm by 140 mm."),
    }[code]


def _reason(stop: Stop) -> str:
    return stop.reasons[{"zh-hant": 1, "zh-hans": 2}.get(get_language() or "en", 0)]
