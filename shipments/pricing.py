"""What the quote engine says of a draft or of a question, with today's tariff; and the names of places and services."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import override

from addressbook import countries
from shipments import quotes
from shipments.catalogue import FORMAT_LIMITS, LOCAL, SERVICES
from shipments.models import Contents, Destination, Shipment, Suspension
from shipments.tariff import snapshot

HONG_KONG_TIME = ZoneInfo("Asia/Hong_Kong")
LANGUAGES = ("en", "zh-hant", "zh-hans")
# Islands and exclaves which the tariff prices under codes of its own, by the country that stands in the address.
_PARTS = {
    "ES": ("XA", "XJ", "XG"), "FR": ("XF",), "PT": ("XH", "XI"), "NZ": ("XL",), "PS": ("XE",), "SH": ("XB", "XD"),
    "FM": ("XK",), "UM": ("XM",),
}  # fmt: skip
_COUNTRY_OF_PART = {part: country for country, parts in _PARTS.items() for part in parts}
# In which of a destination's zones its states lie, and in which all those that are not named.
_ZONES_BY_STATE: dict[str, tuple[dict[str, str], str]] = {
    "AU": ({"wa": "AU", "western australia": "AU"}, "AB"),
    "US": ({"ny": "UA", "new york": "UA", "hi": "UB", "hawaii": "UB"}, "US"),
    "MY": ({"sabah": "MB", "sarawak": "MC"}, "MY"),
    "JP": ({"okinawa": "JA", "沖縄県": "JA"}, "JP"),
    "GB": ({}, "GB"),
    "CN": ({}, "CN"),
    "CU": ({"guantanamo bay": "CU"}, "CP"),
}
# Countries of an address which the tariff knows as a part of another.
_WITHIN = {"GG": ("GB", "GG"), "IM": ("GB", "IM"), "JE": ("GB", "JE")}
# Refusals that no change of weight, size, format or part of the destination lifts.
NEVER = {"no_public_tariff", "retired", "bulk_only", "not_served"}


@dataclass(frozen=True)
class Offer:
    """A service that takes the item, with its postage in HKD."""

    service: str
    name: str
    postage_hkd: Decimal
    tracking_level: int
    max_weight_g: int
    zone: str
    format: str
    edition: str

    @property
    def format_words(self) -> str:
        return format_words(self.service, self.format)


@dataclass(frozen=True)
class Refusal:
    service: str
    name: str
    code: str
    reason: str


@dataclass(frozen=True)
class Offers:
    """Every service that takes the item, the cheapest first, and every one that does not, with the reason."""

    results: Sequence[Offer] = ()
    refused: Sequence[Refusal] = ()

    @property
    def edition(self) -> str:
        """The edition that priced them; the newest where services' tables are of several."""
        return max((offer.edition for offer in self.results), default="")

    def of(self, service: str) -> Offer | None:
        return next((offer for offer in self.results if offer.service == service), None)

    def refusal_of(self, service: str) -> Refusal | None:
        return next((refusal for refusal in self.refused if refusal.service == service), None)


def today() -> date:
    """Today in Hong Kong."""
    return timezone.localdate(timezone=HONG_KONG_TIME)


def offers(
    *, destination: str, weight_g: int, contents: str, on: date, zone: str = "", format: str = "",  # noqa: A002
    size_mm: tuple[int, int, int] | None = None, only: Sequence[str] | None = None,
    tariff: snapshot.Tariff | None = None,
) -> Offers:  # fmt: skip
    """Ask the quote engine, with the tariff and the suspensions of a day; `tariff`, where it was fetched already."""
    request = quotes.QuoteRequest(
        destination=destination, zone=zone, weight_g=weight_g, contents=contents, on=on, format=format,
        size_mm=size_mm, services=tuple(only or ()),
    )  # fmt: skip
    found = quotes.quote(request, tariff or snapshot.current())
    return Offers([_offer(offer) for offer in found.offers], [_refusal(refusal) for refusal in found.refused])


def _offer(offer: quotes.Offer) -> Offer:
    return Offer(
        service=offer.service.code,
        name=str(offer.service.name),
        postage_hkd=offer.postage_hkd,
        tracking_level=offer.service.tracking_level,
        max_weight_g=offer.max_weight_g,
        zone=offer.zone,
        format=offer.format,
        edition=offer.edition,
    )


def _refusal(refusal: quotes.Refusal) -> Refusal:
    return Refusal(refusal.service.code, str(refusal.service.name), refusal.code, refusal.detail)


def offers_for(shipment: Shipment, *, on: date, tariff: snapshot.Tariff | None = None) -> Offers:
    """Price a draft; nothing is offered while destination, weight or contents are missing.

    `tariff`, where it was fetched already.
    """
    if not (shipment.destination and shipment.weight_g and shipment.contents):
        return Offers()
    sides = (shipment.length_mm, shipment.width_mm, shipment.height_mm)
    tariff = tariff or snapshot.current()
    return offers(
        destination=shipment.destination,
        zone=shipment.zone or _zone_of(shipment, tariff, on=on),
        tariff=tariff,
        weight_g=shipment.weight_g,
        contents=shipment.contents,
        format=shipment.format,
        size_mm=sides if all(sides) else None,  # type: ignore[arg-type]  # none of them is None then
        on=on,
    )


def _zone_of(shipment: Shipment, tariff: snapshot.Tariff, *, on: date) -> str:
    """Return the zone that a draft's address lies in, where the price does not hang on it; else somebody says it."""
    likely = likely_zone(shipment.destination, state=shipment.recipient.get("state", ""))
    return likely if likely and not quotes.asks_zone(shipment.destination, tariff, on=on) else ""


def standstill(shipment: Shipment, *, on: date) -> str:
    """Return why no service at all goes to a draft's destination with its contents; "" where one does, or for now.

    While the contents are not known yet it is goods that are asked about, and while the weight is not, a light item.
    """
    if not shipment.destination:
        return ""
    contents = shipment.contents or Contents.GOODS
    found = offers(
        destination=shipment.destination, zone=shipment.zone, weight_g=shipment.weight_g or 1, contents=contents, on=on
    )
    might_go = [refusal for refusal in found.refused if refusal.code not in NEVER]
    all_stand = bool(might_go) and all(refusal.code == "suspended" for refusal in might_go)
    return might_go[0].reason if all_stand and not found.results else ""


# Places ----------------------------------------------------------------------------------------------------


def home_of(country: str) -> tuple[str, str]:
    """Return destination and zone of the tariff for the country of an address; the zone is chosen where it is split."""
    return _WITHIN.get(country, (country, ""))


def is_in(destination: str, country: str) -> bool:
    """Tell whether a destination of the tariff lies in the country of an address."""
    return destination == home_of(country)[0] or _COUNTRY_OF_PART.get(destination) == country


def is_destination(code: str) -> bool:
    """Tell whether mail is addressed to a code: a country, or a part of one which the tariff knows by its own."""
    if code in countries.codes() or code in _COUNTRY_OF_PART:
        return True
    return Destination.objects.filter(code=code).exists()


def is_zone(zone: str, *, destination: str) -> bool:
    """Tell whether a destination has this zone; no zone is chosen where it is not split, or not yet."""
    return not zone or Destination.objects.filter(code=destination, zone=zone).exists()


def destination_choices(country: str) -> list[tuple[str, str]]:
    """Return the country and its parts that have prices of their own; empty where it has none."""
    parts = _PARTS.get(country, ())
    return [(code, destination_name(code)) for code in (country, *parts)] if parts else []


def zone_choices(destination: str, *, country: str, on: date) -> list[tuple[str, str]]:
    """Return the zones of a destination, whose prices differ; empty where none do, or the country says which it is."""
    if home_of(country)[1]:
        return []
    rows = list(Destination.objects.filter(code=destination).order_by("zone")) if destination else []
    if len(rows) < 2 or not quotes.asks_zone(destination, snapshot.current(), on=on):
        return []
    rows.sort(key=lambda row: row.zone != row.code)
    return [(row.zone, row.name) for row in rows]


def likely_zone(destination: str, *, state: str) -> str:
    """Return the zone that an address's state lies in, or that of all the others; "" where no state says."""
    known, others = _ZONES_BY_STATE.get(destination, ({}, ""))
    return known.get(state.strip().casefold(), others)


def destination_name(code: str) -> str:
    if not code:
        return ""
    if code in countries.codes():
        return countries.name(code)
    row = Destination.objects.filter(code=code).first()
    return row.name if row else code


def format_words(service: str, code: str) -> str:
    """Return a letter format with its limits; "" for a service that has no formats."""
    has_formats = service in SERVICES and SERVICES[service].has_formats
    return str(FORMAT_LIMITS[code]) if has_formats and code else ""


def service_name(code: str) -> str:
    return str(SERVICES[code].name) if code in SERVICES else ""


def quote_choices() -> list[tuple[str, str]]:
    """Return every destination for the quote page, Hong Kong first; once for each part where the prices differ."""
    tariff, on = snapshot.current(), today()
    rows = [row for row in Destination.objects.all() if row.code != LOCAL]
    times = {row.code: 0 for row in rows}
    for row in rows:
        times[row.code] += 1
    alike = {code for code, count in times.items() if count > 1 and not quotes.asks_zone(code, tariff, on=on)}
    rows = [row for row in rows if row.code not in alike or row.zone == row.code]
    times |= dict.fromkeys(alike, 1)
    named = [
        (f"{row.code}-{row.zone}", row.name if times[row.code] > 1 or row.code not in countries.codes() else
         countries.name(row.code))
        for row in rows
    ]  # fmt: skip
    return [(LOCAL, countries.name(LOCAL)), *sorted(named, key=_by_name)]


def _by_name(choice: tuple[str, str]) -> str:
    return choice[1].casefold()


def choice_of(choice: str, *, offered: Collection[str]) -> str:
    """Return a choice of the quote page as it is offered today: an address that was kept may name a part of a whole."""
    code, _zone = split_choice(choice)
    return choice if choice in offered else next((one for one in (f"{code}-{code}", code) if one in offered), choice)


def split_choice(choice: str) -> tuple[str, str]:
    """Return destination and zone of a choice on the quote page."""
    code, _dash, zone = choice.partition("-")
    return code, zone


# For machines --------------------------------------------------------------------------------------------------


def destinations_as_json() -> list[dict[str, Any]]:
    rows = Destination.objects.order_by("code", "zone")
    return [
        {"code": row.code, "zone": row.zone,
         "name": {"en": row.english, "zh-hant": row.name_zh_hant, "zh-hans": row.name_zh_hans}}
        for row in rows
    ]  # fmt: skip


def services_as_json() -> list[dict[str, Any]]:
    stops = list(Suspension.objects.order_by("from_on", "pk"))
    return [
        {
            "code": service.code,
            "name": _in_all_languages(service.name),
            "tracking_level": service.tracking_level,
            "max_weight_kg": f"{Decimal(service.most_g) / 1000:.3f}",
            "is_local": service.is_local,
            "formats": service.has_formats,
            "bookable": not service.why_not,
            "suspensions": [_stop_as_json(stop) for stop in stops if stop.service in {"", service.code}],
        }
        for service in SERVICES.values()
    ]


def _in_all_languages(text: Any) -> dict[str, str]:
    names = {}
    for language in LANGUAGES:
        with override(language):
            names[language] = str(text)
    return names


def _stop_as_json(stop: Suspension) -> dict[str, Any]:
    return {
        "destination": stop.destination,
        "contents": stop.contents,
        "from": stop.from_on.isoformat(),
        "until": stop.until_on and stop.until_on.isoformat(),
        "reason": {"en": stop.reason_en, "zh-hant": stop.reason_zh_hant, "zh-hans": stop.reason_zh_hans},
    }
