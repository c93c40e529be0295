"""What is in a book already that may be the contact somebody is about to add: asked before it is saved.

The rules are those of the page of possible duplicates (`addressbook.alike`). What is worth comparing is found in the
book's layout by a few words of the new contact, so it costs no more in a large book than a few searches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from addressbook.alike import reasons
from addressbook.details import ContactDetails
from addressbook.index import keeping
from addressbook.index.layout import Filters
from addressbook.models import AddressBook, Contact
from security import trail
from security.trail import Action

MOST = 5  # contacts that are shown
MOST_OF_A_WORD = 40  # contacts that one search brings: a name that many bear is told apart by another word
LEAST_LETTERS = 3


class Twin(NamedTuple):
    contact: Contact
    reasons: tuple[str, ...]


def twins_of(details: ContactDetails, *, book: AddressBook) -> list[Twin]:
    """Return contacts of a book which may be the one described, the likeliest first; noted as listed."""
    from addressbook.alike import judging, traits  # rapidfuzz, where nobody adds a contact it is not needed

    new = traits.traits_of(asdict(details), country=details.country)
    found = []
    for contact in Contact.of_book(book.pk, _candidates(details, book)).filter(deleted_at=None):
        why = (
            ()
            if contact.is_unreadable
            else judging.judge(new, traits.traits_of(contact.private, country=contact.country))
        )
        if why:
            found.append(Twin(contact, why))
    found = sorted(found, key=lambda twin: (-reasons.weight(twin.reasons), twin.contact.pk))[:MOST]
    if found:
        trail.record(action=Action.LIST, kind="contact", ids=[twin.contact.pk for twin in found])
    return found


def _candidates(details: ContactDetails, book: AddressBook) -> set[UUID]:
    layout = keeping.opened(book)
    order = layout.newest()
    searches = (layout.page(Filters(query=words), order, start=None, size=MOST_OF_A_WORD) for words in _words(details))
    return {pk for search in searches for pk in search.ids}


def _words(details: ContactDetails) -> Iterator[str]:
    """Yield what to search for: by which it is reached, the longest words of its names, where it is."""
    yield from filter(None, (details.email, details.phone))
    for name in (details.name, details.local_name, details.company):
        words = [word for word in name.split() if len(word) >= LEAST_LETTERS or not word.isascii()]
        yield from islice(sorted(words, key=len, reverse=True), 2)
    for line in (*details.lines, *details.local_lines):
        if any(letter.isdigit() for letter in line):
            yield line
