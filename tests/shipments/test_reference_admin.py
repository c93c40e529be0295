"""Reference data in Django's admin, as its forms see it."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from security import scope
from security.console.reference import site
from security.warrants import Warrant
from shipments import item_numbers
from shipments.admin import SuspensionForm
from shipments.models import NumberRange, TariffEdition
from shipments.models.reference import LOW
from tests.conftest import Person
from tests.pages import Page

pytestmark = pytest.mark.django_db

SUSPENSION: dict[str, Any] = {
    "service": "", "destination": "FJ", "contents": "all", "from_on": "2026-01-01", "until_on": "",
    "reason_en": "Storm", "reason_zh_hant": "風暴", "reason_zh_hans": "风暴",
}  # fmt: skip


def test_a_new_range_begins_at_its_first_number() -> None:
    new = NumberRange(range_group="RA", indicator="RB", first_serial=5, last_serial=9)

    new.full_clean(exclude=["next_serial"])

    assert new.next_serial == 5


@pytest.mark.parametrize(("first", "last"), [(19_999_999, 20_000_001), (9, 5)])
def test_a_range_that_overlaps_or_runs_backwards_is_refused_in_words(first: int, last: int) -> None:
    with pytest.raises(ValidationError):
        NumberRange(range_group="RA", indicator="RA", first_serial=first, last_serial=last).clean()


def test_a_suspension_names_a_service_and_a_destination_that_exist() -> None:
    assert SuspensionForm(SUSPENSION).is_valid()
    assert SuspensionForm({**SUSPENSION, "service": "EMS"}).is_valid()
    assert "service" in SuspensionForm({**SUSPENSION, "service": "XXX"}).errors
    assert "destination" in SuspensionForm({**SUSPENSION, "destination": "ZZ"}).errors
    assert SuspensionForm({**SUSPENSION, "until_on": "2025-12-31"}).errors


RATE: dict[str, Any] = {"currency": "USD", "valid_from": "2026-01-01", "hkd": "7.8"}
RANGE: dict[str, Any] = {"range_group": "RA", "indicator": "RY", "first_serial": "5", "last_serial": "9"}


@pytest.mark.parametrize(
    ("table", "typed", "field"),
    [
        ("exchangerate", {**RATE, "hkd": "0"}, "hkd"),
        ("exchangerate", {**RATE, "hkd": "-1"}, "hkd"),
        ("suspension", {**SUSPENSION, "until_on": "2025-12-31"}, "until_on"),
        ("numberrange", {**RANGE, "indicator": "ry"}, "indicator"),
        ("numberrange", {**RANGE, "last_serial": "100000000"}, "last_serial"),
        ("numberrange", {**RANGE, "last_serial": "4"}, "last_serial"),
    ],
)
def test_what_the_tables_refuse_is_said_at_its_field(
    dana: Person, table: str, typed: dict[str, Any], field: str
) -> None:
    page = Page(dana.client.post(f"/en/reference/shipments/{table}/add/", typed))

    assert page.one(f".field-{field} .errorlist").get_text(strip=True)
    assert "Constraint" not in page.text
    assert len(page.all(".errorlist")) == 1


def test_a_range_does_not_end_before_what_was_given_out(dana: Person) -> None:
    with scope.warrant(Warrant.REFERENCE):
        made = NumberRange.objects.create(
            range_group="RA", indicator="RY", first_serial=5, last_serial=90, next_serial=50
        )
    address = f"/en/reference/shipments/numberrange/{made.pk}/change/"

    page = Page(dana.client.post(address, {"range_group": "RA", "last_serial": "48"}))
    at_its_end = dana.client.post(address, {"range_group": "RA", "last_serial": "49"})

    assert "Numbers up to 00000049 are given out." in page.text
    assert at_its_end.status_code == 302


@pytest.mark.parametrize(
    ("table", "typed"), [("exchangerate", RATE), ("suspension", SUSPENSION), ("numberrange", RANGE)]
)
def test_what_is_right_is_taken(dana: Person, table: str, typed: dict[str, Any]) -> None:
    assert dana.client.post(f"/en/reference/shipments/{table}/add/", typed).status_code == 302


def test_the_shipped_edition_says_what_is_to_be_confirmed() -> None:
    edition = TariffEdition.objects.get(name="2023-01-06")

    shown = site._registry[TariffEdition].findings(edition)  # type: ignore[attr-defined]

    assert "AIR_PAR DE/DE: two tariffs stand interleaved; the dearer is used, to be confirmed." in shown
    assert "SUR_PAR MX/MX: no weight limit is given" in shown


def test_the_operator_is_told_once_when_a_range_runs_low(alice: Person, caplog: pytest.LogCaptureFixture) -> None:
    with scope.warrant(Warrant.REFERENCE):
        NumberRange.objects.filter(range_group="LA").update(last_serial=19_999_999, next_serial=20_000_000 - LOW - 2)

    with alice.scope(), caplog.at_level(logging.ERROR, logger="shipments.item_numbers"):
        for _turn in range(4):
            item_numbers.allocate("AEX", now=timezone.now())

    assert [record.getMessage() for record in caplog.records] == ["item numbers run out"]


def test_staff_see_what_is_left_and_which_group_needs_another_range(dana: Person) -> None:
    with scope.warrant(Warrant.REFERENCE):
        NumberRange.objects.filter(range_group="LA").update(last_serial=19_999_999, next_serial=20_000_000 - LOW)
        NumberRange.objects.create(
            range_group="RA", indicator="RX", first_serial=5, last_serial=9, next_serial=10
        )  # used up, beside one that is not

    shown = dana.client.get("/en/reference/shipments/numberrange/").content.decode()

    assert f"Range group LA has {LOW} numbers left. Open another range." in shown
    assert "Range group RA has" not in shown
    assert "Numbers left" in shown


def test_a_group_without_any_range_has_none_left() -> None:
    with scope.warrant(Warrant.REFERENCE):
        NumberRange.objects.filter(range_group="LA").delete()

    assert item_numbers.left_by_group()["LA"] == 0
    assert item_numbers.left_by_group()["RA"] > LOW
