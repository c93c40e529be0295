"""Prices by SOAP are those of the quote engine, by the original's codes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ecship.soap import codes
from shipments import pricing
from shipments.models import Destination
from tests.soap.speaking import Program

pytestmark = pytest.mark.django_db
PLACES = {
    "HKG": ("HK", "HK", ""), "GBA": ("GB", "GB", "GB"), "FRA": ("FR", "FR", ""), "JPA": ("JP", "JP", "JP"),
    "AUA": ("AU", "AU", "AU"), "AUB": ("AU", "AU", "AB"), "CNG": ("CN", "CN", "PC"), "CNJ": ("CN", "CN", "CN"),
    "MYB": ("MY", "MY", "MB"), "USA": ("US", "US", "UB"), "USB": ("US", "US", "UA"), "USC": ("US", "US", "US"),
    "SHA": ("SH", "SH", ""), "TAA": ("SH", "XB", ""), "TPA": ("TL", "TP", ""), "caa": ("CA", "CA", ""),
    "GGA": ("GG", "GB", "GG"),
}  # fmt: skip


@pytest.mark.parametrize("code", PLACES)
def test_a_code_names_a_place_of_the_tariff(code: str) -> None:
    place = codes.place_of(code)
    assert place is not None
    assert (place.country, place.destination, place.zone) == PLACES[code]
    assert pricing.is_zone(place.zone, destination=place.destination)


def test_what_is_no_code_is_none_and_every_listed_one_is_in_the_tariff() -> None:
    for code in ("", "A", "XXA", "HKA", "GB", "ZZ", "G1A", "ＧＢＡ"):
        assert codes.place_of(code) is None
    known = set(Destination.objects.values_list("code", flat=True)) | {"HK"}
    assert {found[1] for found in codes._table()["countries"].values()} <= known


@pytest.mark.parametrize(
    ("country", "ship", "size", "kilograms"),
    [("GBA", "ARM", "", "0.1"), ("AUA", "EMS", "", "2.5"), ("AUB", "AE2", "", "0.5"), ("HKG", "LCP", "", "1"),
     ("JPA", "APL", "", "3.2001"), ("FRA", "ARM", "P", "0.02"), ("DEA", "AE1", "", "0.3")],
)  # fmt: skip
def test_a_price_is_the_quote_engines(program: Program, country: str, ship: str, size: str, kilograms: str) -> None:
    asked = {"countryCode": country, "shipCode": ship, "weight": kilograms, "mailSize": size, "insuranceAmount": "0"}
    answer = program.call("getTotalPostage", asked)

    place = codes.place_of(country)
    assert place is not None
    service = codes.service_of(ship, country=place.country)
    offers = pricing.offers(
        destination=place.destination, zone=place.zone, weight_g=_grams(kilograms), on=pricing.today(), only=[service],
        contents="documents" if size else "goods", format="small_letter" if size else "packet",
    )  # fmt: skip
    expected = offers.of(service)
    assert expected is not None
    assert list(answer) == ["additionalCharge", "errMessage", "insurancePremiumFee", "status", "totalPostage"]
    assert (answer["status"], answer["errMessage"]) == ("0", "")
    assert Decimal(answer["totalPostage"]) == expected.postage_hkd


def _grams(kilograms: str) -> int:
    return {"0.1": 100, "2.5": 2500, "0.5": 500, "1": 1000, "3.2001": 3201, "0.02": 20, "0.3": 300}[kilograms]


REFUSED = {
    "no country": {"countryCode": ""}, "an unknown country": {"countryCode": "QQA"},
    "an unknown service": {"shipCode": "XYZ"}, "a service of another country": {"shipCode": "AEC"},
    "a local service": {"shipCode": "LCP"}, "suspended goods": {"countryCode": "USC"},
    "a retired one": {"shipCode": "SMP"}, "no weight": {"weight": ""},
    "no number": {"weight": "heavy"}, "not a number": {"weight": "NaN"}, "endless": {"weight": "1E+99999"},
    "below nothing": {"weight": "-1"}, "too heavy": {"weight": "3"}, "insurance": {"insuranceAmount": "100"},
}  # fmt: skip


@pytest.mark.parametrize("other", REFUSED.values(), ids=list(REFUSED))
def test_what_cannot_be_priced_is_an_answer_with_words(program: Program, other: dict[str, str]) -> None:
    answer = program.call("getTotalPostage", {"countryCode": "GBA", "shipCode": "ARM", "weight": "0.1", **other})

    assert answer["status"] == "10"
    assert len(answer["errMessage"]) > 10
    assert answer["totalPostage"] == ""
