"""Which column of a file is which part of a contact: by its heading, else by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

from addressbook import columns, districts
from addressbook.imports import lands
from addressbook.imports.quoting import unquoted

SAMPLE = 50  # rows that are looked at
_MOSTLY = 0.8  # of the filled cells, before a column counts by its content
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PHONE = re.compile(r"\+?[\d\s().\-/]{7,24}")
SKIPPED = ""  # what a column is that is left out
# Columns of which a file has one alone.
NAMES = frozenset(column.name for column in columns.TARGETS)


@dataclass(frozen=True)
class Match:
    """The column of a contact for each column of the file, and whether the first row holds headings."""

    columns: list[str]
    has_headings: bool


def matched(rows: Sequence[Sequence[str]], *, has_headings: bool | None = None) -> Match:
    """Match the first rows of a file. `has_headings` is what a person said; None: it is found out."""
    if not rows:
        return Match([], has_headings=False)
    width = max(len(row) for row in rows)
    first, rest = list(rows[0]), rows[1 : SAMPLE + 1]
    headed = _has_headings(first, rest) if has_headings is None else has_headings
    sample = rest if headed else rows[:SAMPLE]
    filled = [sum(bool(_cell(row, place)) for row in sample) for place in range(width)]
    found = _by_heading(first, filled) if headed else {}
    named = {place for place, heading in enumerate(first) if headed and columns.known_as(heading)}
    return Match(_with_content(found, sample, width, named), has_headings=headed)


def repeated(chosen: Sequence[str]) -> list[str]:
    """Return the columns of a contact that more than one column of the file was given to."""
    given = [name for name in chosen if name]
    return sorted({name for name in given if given.count(name) > 1})


def _cell(row: Sequence[str], place: int) -> str:
    return unquoted(row[place]).strip() if place < len(row) else ""


def _has_headings(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Tell whether a first row holds headings: one is known, or none of its cells looks like what stands below."""
    if any(columns.known_as(cell) for cell in first):
        return True
    if not rest or any(_kind(cell) in {"email", "phone"} for cell in first):
        return False
    kinds = [_column_kind([_cell(row, place) for row in rest]) for place in range(len(first))]
    return any(kind and _kind(cell) != kind for cell, kind in zip(first, kinds, strict=True))


def _by_heading(headings: Sequence[str], filled: Sequence[int]) -> dict[int, str]:
    """Match by name. Of several addresses or numbers of a person the one counts that most rows have.

    The next one is the other address: of whoever has no more, else it goes into the notes.
    """
    known = {place: found for place, heading in enumerate(headings) if (found := columns.known_as(heading))}
    weights: dict[str, int] = {}
    for place, found in known.items():
        if found.column in _OF_ADDRESS and found.group:
            weights[found.group] = weights.get(found.group, 0) + filled[place]
    ranked = sorted(weights, key=lambda group: (-weights[group], columns.GROUPS.index(group)))
    best, other = [*ranked, "", ""][:2]
    chosen: dict[str, int] = {}
    for place, found in known.items():
        name = found.column
        if name in _OF_ADDRESS and found.group not in {"", best}:
            if found.group != other:
                continue
            name = columns.OTHER_ADDRESS + name
        rival = chosen.get(name)
        if rival is None or filled[place] > filled[rival]:
            chosen[name] = place
    for before in ("", columns.OTHER_ADDRESS):
        if chosen.keys() >= {f"{before}line1", f"{before}address"} and filled[chosen[f"{before}line1"]]:
            del chosen[f"{before}address"]  # Google and Outlook write the whole beside its parts
    if chosen.keys() >= {"name", "family_name"} and columns.heading_key(headings[chosen["name"]]) == "fileas":
        del chosen["name"]  # by which a program sorts: "Lee, Ann"
    return {place: name for name, place in chosen.items()}


_OF_ADDRESS = frozenset({"line1", "line2", "line3", "address", "city", "state", "postcode", "country"})


def _with_content(
    found: dict[int, str], sample: Sequence[Sequence[str]], width: int, named: Container[int]
) -> list[str]:
    """Add what columns without a known heading seem to hold, where nothing else does."""
    chosen = [found.get(place, SKIPPED) for place in range(width)]
    for place in range(width):
        if not chosen[place] and place not in named:
            kind = _column_kind([_cell(row, place) for row in sample])
            if kind and kind not in chosen:
                chosen[place] = kind
    return chosen


def _column_kind(cells: Sequence[str]) -> str:
    filled = [cell for cell in cells if cell]
    if not filled:
        return ""
    kinds = [_kind(cell) for cell in filled]
    best = max(set(kinds), key=kinds.count)
    return best if kinds.count(best) >= _MOSTLY * len(filled) else ""


def _kind(cell: str) -> str:
    """Return what one cell looks like; "" where it could be anything."""
    text = cell.strip()
    if _EMAIL.fullmatch(text):
        return "email"
    if _PHONE.fullmatch(text) and 7 <= sum(letter.isdigit() for letter in text) <= 15:
        return "phone"
    if districts.find(text):
        return "district"
    return "country" if text and lands.country_of(text) else ""
