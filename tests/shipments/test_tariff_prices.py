"""Two hundred prices of the shipped tariff, computed apart from it, every trap of the source among them.

`prices.csv` was made in whole cents by walking up from the foot of a step and counting what is begun, not by the rule's
formula; an empty price is a refusal. It holds without the operator's files.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from shipments.models import Destination, ServiceTables, TariffEdition
from shipments.tariff import defaults, snapshot
from shipments.tariff.rule import Table

pytestmark = pytest.mark.django_db

ON = date(2023, 6, 1)
RAW = Path(__file__).resolve().parents[3] / "shared" / "tariff"
TRAPS = {
    "two tariffs interleaved", "no limit given: the top step limits", "repeated steps", "limit below the top step",
    "split destination", "code outside ISO 3166", "exactly 2.000 kg", "above the limit", "local",
}  # fmt: skip


def prices() -> list[dict[str, str]]:
    with (Path(__file__).parent / "prices.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table_of(tariff: snapshot.Tariff, row: dict[str, str]) -> Table:
    tables = tariff.tables(row["tariff_code"], row["format"], row["destination"], on=ON)
    return next(table for table in tables if table.zone == row["zone"])


def test_two_hundred_prices_computed_apart_agree() -> None:
    tariff = snapshot.current()

    wrong = [
        row
        for row in prices()
        if table_of(tariff, row).price(int(row["weight_g"])) != (Decimal(row["hkd"]) if row["hkd"] else None)
    ]

    assert wrong == []


def test_the_prices_computed_apart_meet_every_trap() -> None:
    met = Counter(row["trap"] for row in prices())

    assert met.total() >= 200
    assert met.keys() >= TRAPS


def test_only_interleaved_tables_are_to_be_confirmed() -> None:
    tariff = snapshot.current()
    uncertain = {
        (key, code)
        for key, generations in tariff.generations.items()
        for generation in generations
        for code, tables in generation.by_destination.items()
        for table in tables
        if table.to_be_confirmed
    }

    assert uncertain == {(("AIR_PAR", ""), code) for code in ("DE", "EG", "LU", "QA")}


def test_the_shipped_tariff_names_its_edition_its_source_and_its_days() -> None:
    edition = TariffEdition.objects.get(name="2023-01-06")
    days = dict(ServiceTables.objects.filter(edition=edition).values_list("tariff_code", "effective_from"))

    assert "open data" in edition.source
    assert days["AIR_ORD"] == days["SUR_ORD"] == date(2021, 12, 6)
    assert days["IML"] == date(2021, 4, 1)
    assert {day for code, day in days.items() if code not in {"AIR_ORD", "SUR_ORD", "IML"}} == {date(2023, 1, 6)}


def test_loading_the_defaults_again_changes_nothing() -> None:
    before = (TariffEdition.objects.count(), ServiceTables.objects.count(), Destination.objects.count())

    assert defaults.load_defaults() is False
    assert (TariffEdition.objects.count(), ServiceTables.objects.count(), Destination.objects.count()) == before


@pytest.mark.skipif(not RAW.exists(), reason="THE OPERATOR'S RAW FILES DO NOT STAND BESIDE THE PROJECT")
def test_imail_costs_its_fee_and_the_kilogram_price_of_its_weight() -> None:
    tariff = snapshot.current()
    content = json.loads((RAW / "2023-01-06" / "postageRate-intl-bulk-IML.json").read_text(encoding="utf-8-sig"))
    entries = content["data"][0]["postage"]

    for entry in entries:
        (table,) = tariff.tables("IML", "", entry["destinationCode"], on=ON)
        for weight_g in (1, 999, 1000, 2000):
            expected = Decimal(entry["handleFee"]) + Decimal(entry["amount"]) * weight_g / 1000
            assert table.price(weight_g) == expected, entry["destinationCode"]
        assert table.price(2001) is None

    assert len(entries) == 218
