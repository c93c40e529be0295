"""In which order books and their contacts are locked: one order for all, so that two at once wait and block nobody.

First books, in the order of their ids, then contacts, in the order of theirs. Whoever writes a contact moves its book
to its next version (the triggers of migrations 0005 and 0014), so a book is locked by then at the latest; whoever
locks a contact first would wait there for somebody who has the book and waits for the contact. Imports hold their
book from the start of each batch. Nobody is kept from noting something beside what is held (`no_key`): only what
would change or delete it waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from addressbook.models import AddressBook


def hold(book_ids: Iterable[UUID]) -> list[UUID]:
    """Lock books in the order of their ids until the transaction ends, and return those that there are."""
    books = AddressBook.objects.filter(pk__in=set(book_ids)).select_for_update(no_key=True).order_by("pk")
    return list(books.values_list("pk", flat=True))
