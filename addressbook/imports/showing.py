"""What people are shown of an import: rows to look at, in their language; and the file of those that stayed out."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from uuid import UUID

from django.utils.translation import gettext as _

from addressbook.alike.reasons import Reason
from addressbook.imports import services
from addressbook.imports.checking import Rules, judged_again
from addressbook.imports.items import SKIPPED, Item
from addressbook.imports.models import Import
from addressbook.imports.quoting import quoted
from addressbook.imports.reading import Kind
from addressbook.imports.words import COLUMN_NAMES, DOUBLES, flaw_words
from addressbook.models import Contact
from security import trail
from security.spreadsheets import MARK
from security.trail import Action

PAGE = 50  # rows on a page


@dataclass
class Said:
    """One thing about a row: the column's name ("" for the row), its code, and a sentence."""

    column: str
    name: str
    code: str
    words: str


@dataclass
class Twin:
    """Whom a row may be: a contact of the book, None where it is gone for good, or a row; and the reasons, as said."""

    contact_id: str
    row: int
    reasons: str
    contact: Contact | None = None


@dataclass
class Shown:
    """One row that stays out, or should be looked at; `double` says by what it is a duplicate, and of whom."""

    number: int
    title: str
    errors: list[Said] = field(default_factory=list)
    warnings: list[Said] = field(default_factory=list)
    double: str = ""
    double_row: int = 0
    contact_id: str = ""
    contact: Contact | None = None
    near: list[Twin] = field(default_factory=list)


@dataclass(frozen=True)
class Rows:
    """A page of rows; `next`: where the following page begins, "" on the last."""

    rows: list[Shown]
    next: str = ""


# What of a preview can be shown by itself.
KINDS: dict[str, Callable[[Item], bool]] = {
    "errors": lambda item: item.is_bad,
    "duplicates": lambda item: item.double is not None,
    "possible-duplicates": lambda item: bool(item.near),
    "doubts": lambda item: bool(item.doubts) and not item.is_bad,
}


def rows_to_look_at(run: Import, *, start: str = "", most: int = PAGE, bad_only: bool = False, only: str = "") -> Rows:
    """Return rows with an error, a warning or a duplicate, in their order, and note that they were read.

    `only`: one of KINDS, else all of them.
    """
    after, is_wanted = _place(start), KINDS.get(only)
    found: list[Shown] = []
    for place, item in _told(run, after, bad_only=bad_only):
        if is_wanted is not None and not is_wanted(item):
            continue
        if len(found) == most:
            return _noted(run, found, next_page=f"{place[0]}-{place[1]}")
        found.append(_shown(item, run))
    return _noted(run, found, next_page="")


def _told(run: Import, after: tuple[int, int], *, bad_only: bool) -> Iterator[tuple[tuple[int, int], Item]]:
    batches = run.batches.filter(number__gte=after[0])
    batches = batches.filter(bad__gt=0) if bad_only else batches.filter(told__gt=0)
    for batch in batches.order_by("number").iterator(chunk_size=4):
        for place, stored in enumerate(batch.items):
            item = Item.of(stored)
            wanted = item.is_bad or (not bad_only and bool(item.doubts or item.double or item.near))
            if wanted and (batch.number, place) >= after and not _is_forgotten(item):
                yield (batch.number, place), item


def _is_forgotten(item: Item) -> bool:
    """Tell whether what the row held has been removed, after its time."""
    return item.is_bad and not item.cells


def _place(start: str) -> tuple[int, int]:
    number, _dash, place = start.partition("-")
    if number.isascii() and number.isdigit() and place.isascii() and place.isdigit() and len(start) < 20:
        return int(number), int(place)
    return 0, 0


def _shown(item: Item, run: Import) -> Shown:
    shown = Shown(item.number, "")
    if item.is_bad:
        made, said = judged_again(item, Rules(run.chosen, run.country))
        details = made.details
        shown.title = details.name or details.company or details.local_name
        shown.errors = [_said(column, code, words) for column, code, words in said]
    else:
        shown.title = str(
            item.details.get("name") or item.details.get("company") or item.details.get("local_name") or ""
        )
    shown.warnings = [_said(column, code, "") for column, code in item.doubts]
    if item.double:
        by, contact_id, row = item.double
        shown.double, shown.contact_id, shown.double_row = str(DOUBLES[by]), contact_id, row
    shown.near = [Twin(contact_id, row, _joined(why)) for contact_id, row, why in item.near]
    return shown


def _joined(why: list[str]) -> str:
    return " · ".join(str(Reason.WORDS[reason]) for reason in why)


def _said(column: str, code: str, words: str) -> Said:
    return Said(column, name_of(column), code, words or flaw_words(code))


def name_of(column: str) -> str:
    """Return a column's name in the reader's language; "" for the row as a whole."""
    return str(COLUMN_NAMES.get(column, ""))


def _noted(run: Import, shown: list[Shown], *, next_page: str) -> Rows:
    told: list[Shown | Twin] = [*shown, *(twin for row in shown for twin in row.near)]
    ids = {UUID(one.contact_id) for one in told if one.contact_id}
    if ids:
        contacts = {contact.pk: contact for contact in Contact.of_book(run.book_id, ids)}
        for one in told:
            one.contact = contacts.get(UUID(one.contact_id)) if one.contact_id else None
        trail.record(action=Action.LIST, kind="contact", ids=list(contacts))
    if shown:
        trail.record(action=Action.READ, kind=services.KIND, ids=[run.pk])
    return Rows(shown, next_page)


def left_out_file(run: Import) -> bytes:
    """Return the rows that stayed out, in the columns that they came in, with the reason; no cell is a formula."""
    written = StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([quoted(cell) for cell in [*_headings(run), _("Reason")]])
    width = len(run.chosen)
    told: set[UUID] = set()
    for _place, item in _stayed_out(run):
        if item.act == SKIPPED:
            told.update(UUID(contact_id) for contact_id in _told_of(item))
        cells = [*item.cells[:width], *[""] * (width - len(item.cells))]
        reason = " ".join(_reasons(item, run))
        writer.writerow([quoted(cell) for cell in [*cells, reason, *item.cells[width:]]])
    if told:  # the reason says of them what they have in common with a row
        trail.record(action=Action.LIST, kind="contact", ids=sorted(map(str, told)))
    trail.record(action=Action.READ, kind=services.KIND, ids=[run.pk])
    return (MARK + written.getvalue()).encode("utf-8", "replace")


def _headings(run: Import) -> list[str]:
    if run.kind == Kind.VCARD:
        return [name_of(name) for name in run.chosen]
    return [heading or name_of(column) for heading, column in zip(run.headings, run.chosen, strict=False)]


def _stayed_out(run: Import) -> Iterator[tuple[tuple[int, int], Item]]:
    for batch in run.batches.filter(bad__gt=0).order_by("number").iterator(chunk_size=4):
        for place, stored in enumerate(batch.items):
            item = Item.of(stored)
            if item.cells and (item.is_bad or item.act == SKIPPED):
                yield (batch.number, place), item


def _told_of(item: Item) -> list[str]:
    """Return the contacts, by id, of which the reason for a row says what they have in common with it."""
    found = [item.double[1]] if item.double else [contact_id for contact_id, _row, _why in item.near]
    return [contact_id for contact_id in found if contact_id]


def _reasons(item: Item, run: Import) -> list[str]:
    if item.act == SKIPPED and item.double:
        return [f"{DOUBLES[item.double[0]]}."]
    if item.act == SKIPPED and item.near:
        return [_near_reason(item)]
    shown = _shown(item, run)
    return [f"{said.name}: {said.words}" if said.name else said.words for said in shown.errors]


def _near_reason(item: Item) -> str:
    contact_id, row, why = item.near[0]
    words = {"reasons": _joined(why), "number": row}
    if contact_id:
        return _("This may be a contact that is in the book already: %(reasons)s.") % words
    return _("This may be the contact of row %(number)s: %(reasons)s.") % words
