"""Judging rows: what keeps one out, what should be looked at, whom it is a duplicate of. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from addressbook import addresses
from addressbook.alike.traits import traits_of
from addressbook.details import ContactDetails, InvalidContact, checked
from addressbook.imports import near as near_duplicates
from addressbook.imports.doubles import Index, keys_of, name_of
from addressbook.imports.items import Item
from addressbook.imports.reading import Row
from addressbook.imports.shaping import Flaw, Shaped, shaped

# Where a problem of a contact is shown: at the first column of what has several.
_COLUMN = {"lines": "line1", "local_lines": "local_line1"}


@dataclass(frozen=True)
class Rules:
    """How rows are read: the column of each cell, and the country of rows that name none."""

    chosen: Sequence[str]
    country: str


def items_of(
    rows: Iterable[Row], rules: Rules, index: Index, near: near_duplicates.Index | None = None
) -> Iterator[Item]:
    """Judge rows in their order. Each good one is known to those behind it; without `near` exact duplicates alone."""
    for row in rows:
        item, details = _judged(row, rules, index)
        if near is not None and details is not None:
            _look_for_near(item, details, near)
        yield item


def judged_again(item: Item, rules: Rules) -> tuple[Shaped, list[tuple[str, str, str]]]:
    """Return a row that stayed out as a contact, and what is wrong with it: column, code, the reader's words or ""."""
    made = shaped(item.cells, rules.chosen, country=rules.country)
    said = dict.fromkeys(((column, code) for column, code in item.flaws), "")
    try:
        checked(made.details)
    except InvalidContact as error:
        for problem in error.problems:
            place = (_COLUMN.get(problem.field, problem.field), problem.code)
            if place in said:
                said[place] = problem.message
    return made, [(column, code, words) for (column, code), words in said.items()]


def _judged(row: Row, rules: Rules, index: Index) -> tuple[Item, ContactDetails | None]:
    made = shaped(row.cells, rules.chosen, country=rules.country, flaws=row.flaws)
    item = Item(row.number, cells=row.cells)
    item.flaws = [(flaw.column, flaw.code) for flaw in made.flaws if not flaw.is_doubt]
    item.doubts = [(flaw.column, flaw.code) for flaw in made.flaws if flaw.is_doubt]
    details = _checked(made.details, item, made.flaws)
    if details is None or item.flaws:
        return item, None
    item.details = {name: value for name, value in vars(details).items() if value != _DEFAULTS[name]}
    if addresses.warnings_for(details):
        item.doubts.append(("", "unprintable"))
    item.keys = keys_of(details)
    name = name_of(details)
    item.double = index.find(item.keys, name)
    index.add(item.keys, row.number, name)
    return item, details


def _look_for_near(item: Item, details: ContactDetails, near: near_duplicates.Index) -> None:
    traits = traits_of(vars(details), country=details.country)
    if item.double is None:
        item.near = near.find(traits)
    near.add(traits, item.number)


_DEFAULTS = vars(ContactDetails())


def _checked(details: ContactDetails, item: Item, flaws: Sequence[Flaw]) -> ContactDetails | None:
    try:
        return checked(details)
    except InvalidContact as error:
        told = {flaw.column for flaw in flaws if not flaw.is_doubt}
        for problem in error.problems:
            column = _COLUMN.get(problem.field, problem.field)
            if column not in told:  # one thing wrong with a cell is enough to be told
                item.flaws.append((column, problem.code))
        if not item.flaws:
            raise
        return None


def details_of(item: Item) -> ContactDetails:
    """Return the contact of a row that was found good."""
    return ContactDetails(**item.details)
