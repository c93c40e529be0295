"""Keeping a tariff: from a folder of open data, or from our own file, into the database."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from sys import intern
from typing import Any

from django.db import transaction

from security import scope
from security.warrants import Warrant
from shipments.models import Destination, ServiceTables, TariffEdition
from shipments.tariff.opendata import Edition, Group, read_folder
from shipments.tariff.rule import Step, Table


def import_folder(folder: Path, *, now: datetime, effective: date | None = None) -> TariffEdition:
    """Import an edition from the operator's files; each file's own day is its effective date unless one is given.

    Importing the same edition again replaces it. Raises UnreadableTariff, and then nothing has changed.
    """
    edition = read_folder(folder)
    content = normalised(edition, effective=effective)
    source = "hongkongpost.hk/opendata/postageRate-*.json"
    return keep(content, name=folder.name, source=source, now=now, report=list(edition.report.lines()))


def normalised(edition: Edition, *, effective: date | None = None) -> dict[str, Any]:
    """Return an edition in our own form: `destinations` and `groups` of tables that share their lists of steps."""
    return {
        "destinations": [
            [names.destination, names.zone, names.en, names.zh_hant, names.zh_hans]
            for _, names in sorted(edition.names.items())
        ],
        "groups": [_pack(group, effective or group.issued_on) for group in edition.groups],
    }


def _pack(group: Group, effective: date) -> dict[str, Any]:
    lists: dict[tuple[Step, ...], int] = {}
    tables = [
        [table.destination, table.zone, table.limit_g, lists.setdefault(table.steps, len(lists)), table.to_be_confirmed]
        for table in group.tables
    ]
    steps = [
        [[step.from_g, step.to_g, str(step.amount), step.extra_g, str(step.extra_amount)] for step in found]
        for found in lists
    ]
    return {
        "tariff_code": group.tariff_code,
        "format": group.format,
        "effective_from": effective.isoformat(),
        "tables": tables,
        "steps": steps,
    }


@transaction.atomic
def keep(
    content: dict[str, Any], *, name: str, source: str, now: datetime, report: list[str] | None = None
) -> TariffEdition:
    """Store an edition in our own form, in place of one of the same name."""
    with scope.warrant(Warrant.REFERENCE):
        TariffEdition.objects.filter(name=name).delete()
        edition = TariffEdition.objects.create(name=name, source=source, imported_at=now, report=report or [])
        ServiceTables.objects.bulk_create([ServiceTables(edition=edition, **group) for group in content["groups"]])
        Destination.objects.bulk_create(
            [
                Destination(code=code, zone=zone, name_en=en, name_zh_hant=hant, name_zh_hans=hans)
                for code, zone, en, hant, hans in content["destinations"]
            ],
            ignore_conflicts=True,
        )
    return edition


def unpack(group: ServiceTables, *, edition: str) -> list[Table]:
    """Return the tables of a stored group. What stands in many of them is held once."""
    lists = [tuple(_step(*step) for step in steps) for steps in group.steps]
    return [
        Table(group.tariff_code, group.format, intern(code), intern(zone), limit, lists[index], confirm, edition)
        for code, zone, limit, index, confirm in group.tables
    ]


def _step(from_g: int, to_g: int, amount: str, extra_g: int, extra_amount: str) -> Step:
    return Step(_grams(from_g), _grams(to_g), _money(amount), _grams(extra_g), _money(extra_amount))


@lru_cache(maxsize=8192)
def _money(written: str) -> Decimal:
    return Decimal(written)


@lru_cache(maxsize=8192)
def _grams(number: int) -> int:
    return number


def write_file(content: dict[str, Any], file: Path) -> None:
    """Write an edition in our own form, one group a line, so that a change of tariff reads as one."""
    groups = ",\n".join(json.dumps(group, ensure_ascii=False, separators=(",", ":")) for group in content["groups"])
    places = ",\n".join(json.dumps(item, ensure_ascii=False) for item in content["destinations"])
    about = {key: content[key] for key in ("name", "source", "report")}
    head = json.dumps(about, ensure_ascii=False)[1:-1]
    file.write_text(f'{{{head},\n"destinations":[\n{places}\n],\n"groups":[\n{groups}\n]}}\n', encoding="utf-8")
