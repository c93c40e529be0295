"""How many contacts a book has room for: one rule for whatever adds to a book, or brings back what was deleted.

The database counts (`AddressBook.filled`), so that asking costs nothing in most books. Only where a book is nearly
full does whoever adds hold it, so that two at once count each other, and counts what imports are still to add.
"""

from __future__ import annotations

from django.db.models import Q, Sum
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from addressbook.imports.models import Import, State
from addressbook.imports.reading import MOST_ROWS
from addressbook.models import AddressBook

MOST = MOST_ROWS  # contacts in a book; those in the bin do not count
NEAR = 10_000  # that others may be adding at this moment, a thousand each, imports left aside


class BookFull(Exception):
    """The book would have more contacts than it may."""

    def __str__(self) -> str:
        words = _("A book has room for %(most)s contacts. This one would have more: use another book.")
        return words % {"most": number_format(MOST, force_grouping=True)}


def require(book: AddressBook, coming: int = 1) -> None:
    """Raise BookFull where a book, as it was read in this transaction, has no room for so many more."""
    if book.filled + coming > MOST - NEAR:
        require_held(book, coming)


def require_held(book: AddressBook, coming: int, *, besides: Import | None = None) -> None:
    """As `require`, exactly: the book is held until the transaction ends, and what imports have still to add counts."""
    under_way = Import.objects.filter(book=book, state=State.RUNNING)
    if besides is not None:
        under_way = under_way.exclude(pk=besides.pk)
    taken = MOST - left(book)
    bad_to_come = Sum("batches__bad", filter=Q(batches__is_done=False), default=0)
    to_come = under_way.annotate(bad_to_come=bad_to_come).values_list("rows", "done", "bad_to_come")
    taken += sum(max(0, rows - done - bad) for rows, done, bad in to_come)
    if taken + coming > MOST:
        raise BookFull


def left(book: AddressBook) -> int:
    """Hold a book until the transaction ends, and return how many more contacts it has room for by now."""
    filled = AddressBook.objects.select_for_update(no_key=True).values_list("filled", flat=True).get(pk=book.pk)
    return max(0, MOST - filled)
