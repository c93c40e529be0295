"""The rules of customs declarations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from security import scope
from security.warrants import Warrant
from shipments import customs
from shipments.customs import Form, Line, Rates
from shipments.models import ExchangeRate

RATES = Rates({"HKD": Decimal(1), "USD": Decimal("7.80"), "XDR": Decimal(10)})
SHIRT = Line("Cotton shirt for men", 1, 300, Decimal(200), "HKD", "620520", "CN")


def codes(*lines: Line, gross_g: int = 1000) -> list[tuple[int | None, str, str]]:
    return [(found.line, found.field, found.code) for found in customs.problems(lines, gross_g=gross_g, rates=RATES)]


def form(service: str, line: Line, *, contents: str = "goods", destination: str = "GB") -> Form:
    return customs.form_due(service=service, destination=destination, contents=contents, lines=[line], rates=RATES)


@pytest.mark.parametrize("service", ["ARM", "SRM", "AOM", "SOM", "AEX"])
def test_letter_post_needs_cn22_up_to_300_sdr_and_cn23_above(service: str) -> None:
    at, above = replace(SHIRT, value=Decimal("3000.00")), replace(SHIRT, value=Decimal("3000.01"))

    assert form(service, at) == Form.CN22
    assert form(service, above) == Form.CN23


def test_values_in_different_currencies_count_together() -> None:
    lines = [replace(SHIRT, value=Decimal("1440.00")), replace(SHIRT, value=Decimal("200.00"), currency="USD")]

    def due() -> Form:
        return customs.form_due(service="ARM", destination="GB", contents="goods", lines=lines, rates=RATES)

    assert due() == Form.CN22
    lines.append(replace(SHIRT, value=Decimal("0.01")))
    assert due() == Form.CN23


@pytest.mark.parametrize("service", ["EMS", "APL", "SPL"])
def test_parcels_and_speedpost_with_goods_need_cn23(service: str) -> None:
    assert form(service, replace(SHIRT, value=Decimal(1))) == Form.CN23


def test_documents_and_local_mail_need_no_form() -> None:
    assert form("EMS", SHIRT, contents="documents") == Form.NONE
    assert form("LPL", SHIRT, destination="HK") == Form.NONE


@pytest.mark.parametrize(
    "word",
    ["accessory", "parts", "Spare parts", "sample", "GIFT", "textiles", "garment", "toy", "goods", "merchandise",
     "item", "stuff", " gift. ", "gift items", "Various goods", "toys and accessories", "parts of a toy"],
)  # fmt: skip
def test_vague_words_are_refused_alone(word: str) -> None:
    assert codes(replace(SHIRT, description=word)) == [(0, "description", "vague")]


@pytest.mark.parametrize(
    "words", ["Cotton garment", "Wooden toy for children", "Spare parts for bicycle brakes", "Plastic sample of a lid"]
)
def test_vague_words_pass_when_qualified(words: str) -> None:
    assert codes(replace(SHIRT, description=words)) == []


def test_descriptions_are_english() -> None:
    assert codes(replace(SHIRT, description="棉質襯衫")) == [(0, "description", "not_latin")]
    assert codes(replace(SHIRT, description="  ")) == [(0, "description", "required")]


def test_the_contents_may_weigh_as_much_as_the_item_and_no_more() -> None:
    assert codes(SHIRT, SHIRT, gross_g=600) == []
    assert codes(SHIRT, SHIRT, gross_g=599) == [(None, "weight_kg", "heavier_than_item")]


def test_a_declaration_needs_lines() -> None:
    assert codes() == [(None, "items", "required")]


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        (replace(SHIRT, quantity=0), "quantity", "too_small"),
        (replace(SHIRT, weight_g=0), "weight_kg", "too_small"),
        (replace(SHIRT, value=Decimal(0)), "value", "too_small"),
        (replace(SHIRT, currency="XDR"), "currency", "unknown"),
        (replace(SHIRT, currency="ZZZ"), "currency", "unknown"),
        (replace(SHIRT, hs_code="62052"), "hs_code", "malformed"),
        (replace(SHIRT, hs_code="6205200"), "hs_code", "malformed"),
    ],
)
def test_each_field_of_a_line_is_checked(line: Line, field: str, code: str) -> None:
    assert codes(line) == [(0, field, code)]


@pytest.mark.parametrize("hs_code", ["", "620520", "62052000"])
def test_an_hs_code_has_six_or_eight_digits_or_is_left_out(hs_code: str) -> None:
    assert codes(replace(SHIRT, hs_code=hs_code)) == []


def test_totals_are_of_weight_and_by_currency_of_value() -> None:
    lines = [SHIRT, replace(SHIRT, value=Decimal("9.99"), currency="USD"), replace(SHIRT, value=Decimal("0.01"))]

    assert customs.total_weight_g(lines) == 900
    assert customs.total_value(lines) == {"HKD": Decimal("200.01"), "USD": Decimal("9.99")}


@pytest.mark.parametrize("destination", ["US", "PR", "CN", "DE", "GR", "GB", "CH", "NO", "BR", "AU", "JO", "KR", "ID"])
def test_electronic_data_is_compulsory_to(destination: str) -> None:
    assert customs.needs_electronic_data(destination)


def test_electronic_data_is_not_compulsory_everywhere() -> None:
    assert not customs.needs_electronic_data("JP")


@pytest.mark.django_db
def test_the_rate_that_holds_is_the_last_one_before_the_day() -> None:
    with scope.warrant(Warrant.REFERENCE):
        ExchangeRate.objects.create(currency="XDR", valid_from=date(2026, 2, 1), hkd=Decimal("11.5"))

    before, after = customs.rates_on(date(2026, 1, 31)), customs.rates_on(date(2026, 2, 1))

    assert before.hkd["XDR"] != Decimal("11.5")
    assert after.hkd["XDR"] == Decimal("11.5")
    assert after.hkd["HKD"] == 1
