"""Reading the operator's open-data files (`postageRate-*.json`), with every trap in them reported, none guessed."""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from shipments.tariff.rule import Step, Table

FORMATS = {"Small Letter": "small_letter", "Large Letter": "large_letter", "Packet": "packet"}
FORMAT = re.compile(r"\((Small Letter|Large Letter|Packet)\)\s*$")
GRAMS = Decimal(1000)
BULK_MOST_G = 2000  # iMail items


class UnreadableTariff(Exception):
    """A file is not of the open-data format; the message says which and why."""


@dataclass
class Report:
    """What was met while reading: each trap with the tables it stands in, as `code/zone` of a tariff code."""

    repeated_steps: list[str] = field(default_factory=list)
    interleaved: list[str] = field(default_factory=list)
    limit_missing: list[str] = field(default_factory=list)
    limit_below_top_step: list[str] = field(default_factory=list)
    split_destinations: dict[str, list[str]] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        yield f"{len(self.repeated_steps)} tables repeat steps that agree: one of each is kept."
        for name in self.interleaved:
            yield f"{name}: two tariffs stand interleaved; the dearer is used, to be confirmed."
        for name in self.limit_missing:
            yield f"{name}: no weight limit is given; the top step limits."
        yield f"{len(self.limit_below_top_step)} tables have a limit below their top step: the limit wins."
        for code, destinations in sorted(self.split_destinations.items()):
            yield f"{code}: split destinations: {', '.join(destinations)}."


@dataclass(frozen=True)
class Names:
    """A destination's part by its name in English, traditional and simplified Chinese."""

    destination: str
    zone: str
    en: str
    zh_hant: str
    zh_hans: str


@dataclass(frozen=True)
class Group:
    """The tables of one tariff code and format, with the day of their file."""

    tariff_code: str
    format: str
    issued_on: date
    tables: tuple[Table, ...]


@dataclass
class Edition:
    """Everything read from a folder."""

    groups: list[Group] = field(default_factory=list)
    names: dict[tuple[str, str], Names] = field(default_factory=dict)
    report: Report = field(default_factory=Report)


def read_folder(folder: Path) -> Edition:
    """Read every file of an edition. Raises UnreadableTariff."""
    files = sorted(folder.glob("postageRate-*.json"))
    if not files:
        raise UnreadableTariff(f"{folder.name} holds no postageRate-*.json file.")
    edition = Edition()
    for file in files:
        _read_file(file, edition)
    _find_splits(edition)
    return edition


def _read_file(file: Path, edition: Edition) -> None:
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
        issued_on = date.fromisoformat(content["lastUpdateDate"][:10])
        for service in content["data"]:
            edition.groups.append(_group(service, issued_on, edition))
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise UnreadableTariff(f"{file.name} is not of the open-data format: {error!r}.") from error


def _group(service: dict[str, Any], issued_on: date, edition: Edition) -> Group:
    code, found = service["serviceCode"], FORMAT.search(service["serviceNameEN"])
    shape = FORMATS[found[1]] if found else ""
    tables = []
    for entry in service["postage"]:
        names = _names(entry)
        # The first file to name a part names it; parcels' split names stand beside under their own zones.
        edition.names.setdefault((names.destination, names.zone), names)
        tables.append(_bulk_table(entry, code) if "handleFee" in entry else _table(entry, code, shape, edition.report))
    return Group(code, shape, issued_on, tuple(tables))


def _names(entry: dict[str, Any]) -> Names:
    return Names(
        entry["destinationCode"],
        entry["zoneCode"],
        entry["destinationNameEN"].strip(),
        entry["destinationNameTC"].strip(),
        entry["destinationNameSC"].strip(),
    )


def _bulk_table(entry: dict[str, Any], code: str) -> Table:
    """iMail is priced by the kilogram plus a fee an item; it is posted in bulk, so no single item has this price."""
    step = Step(0, BULK_MOST_G, Decimal(entry["handleFee"]), 1, Decimal(entry["amount"]) / GRAMS)
    return Table(code, "", entry["destinationCode"], entry["zoneCode"], BULK_MOST_G, (step,))


def _table(entry: dict[str, Any], code: str, shape: str, report: Report) -> Table:
    name = f"{code}{shape and ' ' + shape} {entry['destinationCode']}/{entry['zoneCode']}"
    raw = [_step(item) for item in entry["weightStep"]]
    steps, interleaved = _chain(raw)
    if interleaved:
        report.interleaved.append(name)
    elif len(steps) < len(raw):
        report.repeated_steps.append(name)
    top = steps[-1].to_g
    if "wgtLimit" in entry:
        limit = grams(entry["wgtLimit"])
        if limit < top:
            report.limit_below_top_step.append(name)
    else:
        limit = top
        report.limit_missing.append(name)
    return Table(code, shape, entry["destinationCode"], entry["zoneCode"], limit, steps, to_be_confirmed=interleaved)


def _step(item: dict[str, str]) -> Step:
    return Step(
        grams(item["weightFrom"]),
        grams(item["weightTo"]),
        Decimal(item["amount"]),
        grams(item["additionalWeight"]) if "additionalWeight" in item else 0,
        Decimal(item.get("additionalAmount", "0")),
    )


def grams(kilograms: str) -> int:
    """Return the whole grams of a weight in kilograms. Raises ValueError for a part of a gram."""
    exact = Decimal(kilograms) * GRAMS
    if exact != exact.to_integral_value():
        raise ValueError(f"{kilograms} kg is not a whole number of grams")
    return int(exact)


def _chain(raw: Iterable[Step]) -> tuple[tuple[Step, ...], bool]:
    """Return the steps in order, each once; where two tariffs stand interleaved, the dearer, and True.

    Steps belong together by continuity: a step's amount is the price at the end of the step below. Where the steps
    of a range differ, chains are followed from the bottom. Raises ValueError where none covers the whole range.
    """
    steps = sorted(set(raw), key=lambda step: (step.from_g, step.to_g, step.amount))
    if not steps:
        raise ValueError("a table without steps")
    ranges = {(step.from_g, step.to_g) for step in steps}
    if len(ranges) == len(steps):
        if any(below.to_g != above.from_g for below, above in itertools.pairwise(steps)):
            raise ValueError("the steps leave a gap or overlap")
        return tuple(steps), False
    top = max(step.to_g for step in steps)
    chains = [chain for chain in _chains(steps, ()) if chain[-1].to_g == top]
    if not chains:
        raise ValueError("the interleaved steps form no tariff")
    return max(chains, key=lambda chain: [step.amount for step in chain]), True


def _chains(steps: list[Step], chain: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    end = chain[-1].to_g if chain else 0
    following = [
        step
        for step in steps
        if step.from_g == end and (not chain or not step.extra_g or step.amount == chain[-1].price(end))
    ]
    if chain and not following:
        yield chain
    for step in following:
        yield from _chains(steps, (*chain, step))


def _find_splits(edition: Edition) -> None:
    for group in edition.groups:
        zones: dict[str, set[str]] = defaultdict(set)
        for table in group.tables:
            zones[table.destination].add(table.zone)
        if split := sorted(code for code, found in zones.items() if len(found) > 1):
            name = f"{group.tariff_code} {group.format}".strip()
            edition.report.split_destinations[name] = split
