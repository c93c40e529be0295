"""What is done with near duplicates while batches are written: a row stays out, or is put beside whom it may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from addressbook.alike import reasons
from addressbook.duplicates import looking
from addressbook.duplicates.models import PossibleDuplicate
from addressbook.imports.items import ADDED, Item
from addressbook.imports.models import Import, NearDuplicates
from addressbook.models import AddressBook, Contact
from security import trail
from security.trail import Action


class Pairs:
    """Whom rows may be: contacts of the book, and what rows further up were added as or taken for."""

    def __init__(self, run: Import) -> None:
        self._stay_out = run.near_duplicates == NearDuplicates.SKIP
        self._rows: dict[int, UUID] | None = {} if run.near else None
        self._there: set[UUID] = set()
        if run.near:
            for batch in run.batches.filter(is_done=True).order_by("number").iterator(chunk_size=4):
                for stored in batch.items:
                    self.note(Item.of(stored))

    def note(self, item: Item) -> None:
        """Note what became of a row."""
        if item.contact and self._rows is not None:
            self._rows[item.number] = UUID(item.contact)

    def open(self, items: Iterable[Item], book: AddressBook) -> None:
        """Find out which contacts that rows of a batch may be are in the book still. Whoever calls holds the book."""
        ids = {UUID(contact) for item in items for contact, _row, _why in item.near if contact}
        self._there = _present(ids, book) if self._stay_out and ids else set()

    def stays_out_for(self, item: Item) -> str:
        """Return the id of the contact for which a row stays out; "" where it is to be added."""
        if not self._stay_out:
            return ""
        return next((str(pk) for pk, row, _why in self._whom(item) if row or pk in self._there), "")

    def _whom(self, item: Item) -> Iterator[tuple[UUID, int, list[str]]]:
        """Yield whom a row may be: the contact, the row of this import by which it is known, if any, and why."""
        for contact, row, why in item.near:
            pk = UUID(contact) if contact else (self._rows or {}).get(row)
            if pk is not None:
                yield pk, row, why

    def keep(self, items: Iterable[Item], book: AddressBook) -> None:
        """Put the rows that a batch has added beside whom they may be, on the page of possible duplicates.

        As long as there is room: a look through the book finds the others. Items that were added let go of theirs.
        """
        found = self._made(items, book)
        there = _present({pk for pair in found for pk in looking.ids_of(pair)}, book) if found else set()
        kept = [pair for pair in found if there.issuperset(looking.ids_of(pair))]
        kept = sorted(kept, key=lambda pair: -pair.weight)[: looking.room(book)] if kept else []
        if kept:
            PossibleDuplicate.objects.bulk_create(kept)
            trail.record(action=Action.CREATE, kind="possible_duplicate", ids=[pair.pk for pair in kept])

    def _made(self, items: Iterable[Item], book: AddressBook) -> list[PossibleDuplicate]:
        found: dict[tuple[UUID, UUID], PossibleDuplicate] = {}
        for item in items:
            if item.act != ADDED or not item.near:
                continue
            pk = UUID(item.contact)
            for other, _row, why in self._whom(item):
                one, two = sorted((pk, other))
                pair = PossibleDuplicate(book=book, one_id=one, other_id=two, reasons=why, weight=reasons.weight(why))
                found.setdefault((one, two), pair)
            item.near = []
        return list(found.values())


def _present(ids: set[UUID], book: AddressBook) -> set[UUID]:
    return set(Contact.objects.filter(book=book, pk__in=ids, deleted_at=None).values_list("pk", flat=True))
