"""What is done with near duplicates while batches are written: a row stays out, or is put beside whom it may be.

A row was held against others when the file was read. What counts is what the book says when the row is written: whom
its twin further up in the file was taken for may be nobody like it. So each is judged again, beside the very contact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from addressbook.alike import judging, reasons
from addressbook.alike.traits import Traits, traits_of
from addressbook.details import ContactDetails
from addressbook.duplicates import looking
from addressbook.duplicates.models import PossibleDuplicate
from addressbook.imports.items import ADDED, SKIPPED, Item, Near
from addressbook.imports.models import Import, NearDuplicates
from addressbook.models import AddressBook, Contact
from security import trail
from security.trail import Action


class Pairs:
    """Whom rows may be: contacts of the book, and what rows further up were added as, or taken for."""

    def __init__(self, run: Import) -> None:
        self._stay_out = run.near_duplicates == NearDuplicates.SKIP
        self._is_on = bool(run.near)
        self._rows: dict[int, UUID] = {}
        self._added: set[int] = set()  # rows
        self._left_out: set[int] = set()  # rows that may be somebody who was there
        self._there: dict[UUID, Contact] = {}
        if self._is_on:
            for batch in run.batches.filter(is_done=True).order_by("number").iterator(chunk_size=4):
                for stored in batch.items:
                    self.note(Item.of(stored))

    def note(self, item: Item, contact: Contact | None = None) -> None:
        """Note what became of a row, and of which contact, where it has been added."""
        if not item.contact or not self._is_on:
            return
        self._rows[item.number] = UUID(item.contact)
        if item.act == ADDED:
            self._added.add(item.number)
        elif is_left_out(item):
            self._left_out.add(item.number)
        if contact is not None:
            self._there[contact.pk] = contact

    def open(self, held: Mapping[UUID, Contact]) -> None:
        """Begin a batch. `held`: the contacts that its rows may be, in so far as they are in the book still, locked."""
        self._there = dict(held)

    def rows_meant(self, items: Iterable[Item]) -> set[int]:
        """Return the rows by which rows of a batch are known: whom those are taken for, they may be too."""
        if not self._is_on:
            return set()
        meant = {row for item in items for _contact, row, _why in item.near if row}
        return meant | {item.double[2] for item in items if item.double and item.double[2]}

    def contacts_meant(self, items: Iterable[Item]) -> set[UUID]:
        """Return the contacts, of the book or of batches that are done, that rows of a batch may be."""
        items = list(items)
        found = {UUID(contact) for item in items for contact, _row, _why in item.near if contact}
        return found | {self._rows[row] for row in self.rows_meant(items) if row in self._rows}

    def stays_out_for(self, item: Item, details: ContactDetails) -> tuple[str, Near] | None:
        """Return the id of the contact for which a row stays out, and what is said of it; None: it is to be added."""
        if not self._stay_out or not self._is_on or not (item.near or item.double):
            return None
        traits = traits_of(vars(details), country=details.country)
        for pk, row in self._whom(item):
            if why := self._judged(traits, pk):
                return str(pk), ("", row, why) if row else (str(pk), 0, why)
        return None

    def _whom(self, item: Item) -> Iterator[tuple[UUID, int]]:
        """Yield whom a row may be: the contact, and the row that was added as it by this import, if any."""
        for contact, row, _why in item.near:
            if contact:
                yield UUID(contact), 0
            elif row in self._rows:
                yield self._rows[row], row if row in self._added else 0
        if item.double and item.double[2] in self._left_out:
            yield self._rows[item.double[2]], 0

    def _judged(self, traits: Traits, pk: UUID) -> list[str]:
        """Return why somebody may be a contact that is in the book at this moment; nothing where none can be told."""
        contact = self._there.get(pk)
        if contact is None or contact.is_unreadable:
            return []
        return list(judging.judge(traits, _traits(contact)))

    def keep(self, items: Iterable[Item], book: AddressBook) -> int:
        """Put the rows that a batch has added beside whom they may be, on the page of possible duplicates.

        As long as there is room: a look through the book finds the others. Returns how many pairs were put down. Items
        that were added let go of theirs.
        """
        found = self._made(items, book)
        kept = sorted(found, key=lambda pair: -pair.weight)[: looking.room(book)] if found else []
        if kept:
            PossibleDuplicate.objects.bulk_create(kept)
            trail.record(action=Action.CREATE, kind="possible_duplicate", ids=[pair.pk for pair in kept])
        return len(kept)

    def _made(self, items: Iterable[Item], book: AddressBook) -> list[PossibleDuplicate]:
        found: dict[tuple[UUID, UUID], PossibleDuplicate] = {}
        for item in items:
            if item.act != ADDED or not item.near:
                continue
            pk = UUID(item.contact)
            traits = _traits(self._there[pk])
            for other, _row in self._whom(item):
                one, two = sorted((pk, other))
                if (one, two) not in found and (why := self._judged(traits, other)):
                    pair = PossibleDuplicate(
                        book=book, one_id=one, other_id=two, reasons=why, weight=reasons.weight(why)
                    )
                    found[one, two] = pair
            item.near = []
        return list(found.values())


def is_left_out(item: Item) -> bool:
    """Tell whether a row stayed out for somebody whom it only may be: not a word of it is held to be theirs."""
    return item.act == SKIPPED and item.double is None


def _traits(contact: Contact) -> Traits:
    return traits_of(contact.private, country=contact.country)
