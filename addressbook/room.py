"""How many contacts a book has room for: one rule for whatever adds to a book, or brings back what was deleted.

The database counts (`AddressBook.filled`), so that asking costs nothing in most books. Only where a book is nearly
full does whoever adds hold it, so that two at once count each other, and counts what imports are still to add.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from addressbook.imports.models import Import, State
from addressbook.imports.reading import MOST_ROWS
from addressbook.models import AddressBook

MOST = MOST_ROWS  # contacts in a book; those in the bin do not count
NEAR = 10_000  # that others may be adding at this moment, a thousand each, imports left aside
_HOLD = """
SELECT filled, EXISTS (SELECT FROM addressbook_import AS run WHERE run.book_id = book.id AND run.state = %s)
FROM addressbook_addressbook AS book WHERE book.id = %s FOR NO KEY UPDATE OF book
"""


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
    filled, is_importing = _held(book)
    if is_importing:
        others = Import.objects.filter(book=book)
        filled += _to_come(others.exclude(pk=besides.pk) if besides else others)
    if filled + coming > MOST:
        raise BookFull


def left(book: AddressBook) -> int:
    """Hold a book until the transaction ends, and return how many more contacts it has room for by now."""
    return max(0, MOST - _held(book)[0])


def _held(book: AddressBook) -> tuple[int, bool]:
    """Hold a book; return how many contacts it has by now, and whether imports add to it. One statement, by hand:
    whoever adds to a large book pays for it each time.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [State.RUNNING, book.pk])
        filled, is_importing = cursor.fetchone() or (0, False)
    return filled, is_importing


def _to_come(imports: QuerySet[Import]) -> int:
    """Return how many rows imports that are under way have still to add."""
    bad_to_come = Sum("batches__bad", filter=Q(batches__is_done=False), default=0)
    found = imports.filter(state=State.RUNNING).annotate(bad_to_come=bad_to_come)
    return sum(max(0, rows - done - bad) for rows, done, bad in found.values_list("rows", "done", "bad_to_come"))
