"""The tariff against the operator's raw files, by a second and independent way of computing."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from shipments.models import TariffEdition
from shipments.tariff import importer, opendata, snapshot
from shipments.tariff.rule import Step, Table

RAW = Path(__file__).resolve().parents[3] / "shared" / "tariff"
needs_raw = pytest.mark.skipif(not RAW.exists(), reason="THE OPERATOR'S RAW FILES DO NOT STAND BESIDE THE PROJECT")
SHAPES = {"Small Letter": "small_letter", "Large Letter": "large_letter", "Packet": "packet"}


def raw_entries(edition: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for file in sorted((RAW / edition).glob("*.json")):
        for service in json.loads(file.read_text())["data"]:
            shape = next((code for words, code in SHAPES.items() if f"({words})" in service["serviceNameEN"]), "")
            for entry in service["postage"]:
                yield service["serviceCode"], shape, entry


def raw_price(entry: dict[str, Any], weight: Decimal) -> Decimal | None:
    """The rule on the raw strings, in kilograms; of prices that differ, the dearest."""
    prices = []
    for step in entry["weightStep"]:
        low, high = Decimal(step["weightFrom"]), Decimal(step["weightTo"])
        if low < weight <= high:
            extra = Decimal(0)
            if "additionalWeight" in step:
                extra = math.ceil((weight - low) / Decimal(step["additionalWeight"])) * Decimal(
                    step["additionalAmount"]
                )
            prices.append(Decimal(step["amount"]) + extra)
    limit = (
        Decimal(entry["wgtLimit"]) if "wgtLimit" in entry else max(Decimal(s["weightTo"]) for s in entry["weightStep"])
    )
    return max(prices) if prices and weight <= limit else None


def probes(entry: dict[str, Any]) -> set[int]:
    """Weights in grams at, just below and just above every boundary, between them, and around the limit."""
    edges = {int(Decimal(step[key]) * 1000) for step in entry["weightStep"] for key in ("weightFrom", "weightTo")}
    if "wgtLimit" in entry:
        edges.add(int(Decimal(entry["wgtLimit"]) * 1000))
    ordered = sorted(edges)
    middles = {(low + high) // 2 for low, high in itertools.pairwise(ordered)}
    return {weight for edge in edges for weight in (edge - 1, edge, edge + 1)} | middles


def walk(edition: str, prices: Any) -> int:
    compared = 0
    for code, shape, entry in raw_entries(edition):
        if not entry.get("weightStep"):
            continue
        for grams in probes(entry):
            if grams > 0:
                ours = prices(code, shape, entry["destinationCode"], entry["zoneCode"], grams)
                assert ours == raw_price(entry, Decimal(grams) / 1000), (code, shape, entry["destinationCode"], grams)
                compared += 1
    return compared


@needs_raw
@pytest.mark.django_db
def test_the_shipped_tariff_prices_every_table_as_the_raw_files_say() -> None:
    tariff = snapshot.current()
    index = {
        (code, shape, table.destination, table.zone): table
        for (code, shape), generations in tariff.generations.items()
        for tables in generations[0].by_destination.values()
        for table in tables
    }

    compared = walk("2023-01-06", lambda *key: index[key[:4]].price(key[4]))

    assert compared > 50_000


@needs_raw
@pytest.mark.django_db
def test_an_earlier_edition_prices_the_days_between() -> None:
    importer.import_folder(RAW / "2022-07-07", now=timezone.now())
    tariff = snapshot.current()
    between, later = date(2022, 12, 1), date(2023, 1, 6)

    def priced(on: date) -> Any:
        def price(code: str, shape: str, destination: str, zone: str, grams: int) -> Decimal | None:
            tables = tariff.tables(code, shape, destination, on=on)
            return next(table for table in tables if table.zone == zone).price(grams)

        return price

    assert walk("2022-07-07", priced(between)) > 30_000
    assert tariff.tables("EXP", "", "GB", on=between)[0].edition == "2022-07-07"
    assert tariff.tables("EXP", "", "GB", on=later)[0].edition == "2023-01-06"
    assert tariff.tables("EXP", "", "GB", on=date(2020, 1, 1)) == ()


@needs_raw
def test_every_trap_of_the_raw_files_is_reported() -> None:
    report = opendata.read_folder(RAW / "2023-01-06").report

    assert len(report.repeated_steps) == 54
    assert report.interleaved == ["AIR_PAR DE/DE", "AIR_PAR EG/EG", "AIR_PAR LU/LU", "AIR_PAR QA/QA"]
    assert "SUR_PAR MX/MX" in report.limit_missing
    assert len(report.limit_below_top_step) == 122 + 119 + 2 + 2
    assert report.split_destinations["AIR_PAR"] == ["AU", "CU", "IN", "JP", "MY", "US", "YE"]
    assert report.split_destinations["SPT_STD"] == ["CN", "GB"]


@pytest.mark.django_db
def test_germany_takes_the_dearer_of_two_interleaved_tariffs_and_says_so() -> None:
    (table,) = snapshot.current().tables("AIR_PAR", "", "DE", on=date(2023, 6, 1))

    assert table.to_be_confirmed
    assert [table.price(weight) for weight in (1, 1000, 1001, 1500, 5000, 5001)] == [
        Decimal(amount) for amount in ("438", "438", "476", "476", "742", "780")
    ]
    assert table.price(30_000) == Decimal("742") + 50 * Decimal("38")
    assert table.price(30_001) is None


def test_a_step_includes_its_upper_end_and_not_its_lower() -> None:
    table = Table(
        "X", "", "GB", "GB", 2000, (Step(0, 1000, Decimal(10)), Step(1000, 3000, Decimal(20), 500, Decimal(3)))
    )

    assert [table.price(weight) for weight in (0, 1, 1000, 1001, 1500, 1501, 2000, 2001)] == [
        None, Decimal(10), Decimal(10), Decimal(23), Decimal(23), Decimal(26), Decimal(26), None,
    ]  # fmt: skip


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"lastUpdateDate": "x", "data": []}', '{"data": [{}]}'])
@pytest.mark.django_db
def test_a_file_of_another_format_is_refused_and_changes_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "postageRate-x.json").write_text(content)
    before = TariffEdition.objects.count()

    with pytest.raises(CommandError):
        call_command("import_tariff", str(tmp_path))

    assert TariffEdition.objects.count() == before


@pytest.mark.django_db
def test_what_stands_in_many_tables_is_held_once() -> None:
    """A web process keeps thousands of steps: of fewer weights and amounts."""
    tables = [
        table
        for generations in snapshot.current().generations.values()
        for tables in generations[0].by_destination.values()
        for table in tables
    ]
    amounts = [step.amount for table in tables for step in table.steps]

    assert len({id(amount) for amount in amounts}) == len(set(map(str, amounts)))
