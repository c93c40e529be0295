"""Lists of contacts: pages in a stable order, and search.

What is sealed cannot be ordered or searched by the database: the book is opened in memory, within the scope. Orders by
date are the database's, by keyset, so that the last page costs no more than the first. Cursors are signed and hold ids,
dates and places only.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core import signing
from django.db import models
from django.db.models import Count, Q, QuerySet

from addressbook import access, countries, phones
from addressbook.models import LAST_USE, AddressBook, Contact
from security import sealing, trail
from security.permissions import Permission
from security.trail import Action

PAGE_SIZE, MAX_PAGE_SIZE = 25, 100
_SALT = "addressbook.cursor"
_SINGLE = ("name", "company", "email", "phone", "district", "city", "state", "postcode", "local_name")
_MANY = ("lines", "local_lines", "tags")


class Order(models.TextChoices):
    NEWEST = "-created_at"
    USED = "-used_at"
    NAME = "name"


class BadCursor(Exception):
    """The cursor was not made here, or for another list."""


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; `query` is a search within names, addresses, phones, e-mails and tags."""

    query: str = ""
    tag: str = ""
    country: str = ""


@dataclass(frozen=True)
class Page:
    contacts: list[Contact]
    next: str = ""
    previous: str = ""


def books_with_counts(to: Permission = Permission.CONTACT_VIEW) -> list[AddressBook]:
    """Return the books that whoever acts may open, the default one first, each with its `contact_count`."""
    counted = access.books_for(to).annotate(contact_count=Count("contacts", filter=Q(contacts__deleted_at=None)))
    books: list[AddressBook] = sorted(counted, key=_by_book)
    if books:
        trail.record(action=Action.LIST, kind="address_book", ids=[book.pk for book in books])
    return books


def _by_book(book: AddressBook) -> tuple[bool, str]:
    return not book.is_default, folded(book.name)


def page_of(
    book: AddressBook,
    *,
    filters: Filters | None = None,
    order: str = Order.NEWEST,
    cursor: str = "",
    size: int = PAGE_SIZE,
) -> Page:
    """Return one page of a book's contacts and note who is on it. Raises BadCursor."""
    filters, size = filters or Filters(), max(1, min(size, MAX_PAGE_SIZE))
    in_memory = bool(filters.query or filters.tag) or order == Order.NAME
    place = _read(cursor, book, order, in_memory=in_memory) if cursor else {}
    contacts = Contact.objects.filter(book=book, deleted_at=None)
    if filters.country:
        contacts = contacts.filter(country=filters.country.upper())
    page = (_in_memory if in_memory else _by_keyset)(contacts, book, filters, order, place, size)
    if page.contacts:
        action = Action.SEARCH if filters.query else Action.LIST
        trail.record(action=action, kind="contact", ids=[contact.pk for contact in page.contacts])
    return page


def tags_in(book: AddressBook) -> list[tuple[str, int]]:
    """Return the tags used in a book with how many contacts bear each, the most used first."""
    spelling: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for contact in Contact.objects.filter(book=book, deleted_at=None):
        for tag in contact.tags:
            counts[spelling.setdefault(folded(tag), tag)] += 1
    return sorted(counts.items(), key=_by_count)


def _by_count(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], folded(item[0])


def find_by_email(email: str) -> QuerySet[Contact]:
    """Return the account's contacts with exactly this e-mail address, by its keyed index."""
    return Contact.objects.filter(email_index=sealing.keyed_index(email), deleted_at=None)


def find_by_phone(phone: str, *, country: str = countries.HONG_KONG) -> QuerySet[Contact]:
    """Return the account's contacts with exactly this telephone number, by its keyed index."""
    number = phones.e164(phone, country=country)
    if number is None:
        return Contact.objects.none()
    return Contact.objects.filter(phone_index=sealing.keyed_index(number), deleted_at=None)


# Search ----------------------------------------------------------------


def folded(text: str) -> str:
    """Make full width and half width, upper and lower case, and accented and plain letters the same."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _haystack(contact: Contact) -> str:
    values = contact.private
    texts: list[str] = [values.get(name) or "" for name in _SINGLE]
    for name in _MANY:
        texts.extend(values.get(name) or [])
    text = "\n".join(texts)
    digits = "".join(filter(str.isdigit, values.get("phone") or ""))
    return f"{text.casefold() if text.isascii() else folded(text)}\n{digits}"


def matcher(filters: Filters) -> Callable[[Contact], bool]:
    """Return the test that a contact must pass: every word of the query somewhere in it, and the tag among its tags."""
    words, tag = folded(filters.query).split(), folded(filters.tag)
    number = "".join(filter(str.isdigit, filters.query))
    is_number = bool(number) and not any(letter.isalpha() for letter in filters.query)

    def matches(contact: Contact) -> bool:
        if tag and tag not in {folded(item) for item in contact.tags}:
            return False
        if not words:
            return True
        text = _haystack(contact)
        return all(word in text for word in words) or (is_number and number in text.rsplit("\n", 1)[-1])

    return matches


# Pages ----------------------------------------------------------------


def _in_memory(
    contacts: QuerySet[Contact], book: AddressBook, filters: Filters, order: str, place: dict[str, str], size: int
) -> Page:
    matches = matcher(filters)
    found = [contact for contact in _ordered(contacts, order) if matches(contact)]
    if order == Order.NAME:
        found.sort(key=_by_name)
    start = _start(found, place)
    more, before = start + size < len(found), start > 0
    shown = found[start : start + size]
    return Page(
        shown,
        next=_write(book, order, at=str(start + size), id=str(found[start + size].pk)) if more else "",
        previous=_write(book, order, at=str(max(0, start - size)), id="") if before else "",
    )


def _by_name(contact: Contact) -> tuple[str, str]:
    return folded(contact.display_name), str(contact.pk)


def _start(found: list[Contact], place: dict[str, str]) -> int:
    """Find where a page begins: at its first contact, or, when that is gone, at its old place."""
    if not place:
        return 0
    for index, contact in enumerate(found):
        if str(contact.pk) == place["id"]:
            return index
    return min(int(place["at"]), max(0, len(found) - 1))


def _ordered(contacts: QuerySet[Contact], order: str) -> QuerySet[Contact]:
    moment = LAST_USE if order == Order.USED else models.F("created_at")
    return contacts.annotate(moment=moment).order_by("-moment", "-id")


def _by_keyset(
    contacts: QuerySet[Contact], book: AddressBook, filters: Filters, order: str, place: dict[str, str], size: int
) -> Page:
    rows, backwards = _ordered(contacts, order), place.get("way") == "back"
    if place:
        at, pk = datetime.fromisoformat(place["at"]), UUID(place["id"])
        side = "gt" if backwards else "lt"
        rows = rows.filter(Q(**{f"moment__{side}": at}) | Q(**{"moment": at, f"id__{side}": pk}))
    if backwards:
        rows = rows.reverse()
    found = list(rows[: size + 1])
    more, shown = len(found) > size, found[:size]
    if backwards:
        shown.reverse()
    if not shown:
        return Page([])
    has_next, has_previous = (True, more) if backwards else (more, bool(place))
    return Page(
        shown,
        next=_keyset_cursor(book, order, shown[-1], "on") if has_next else "",
        previous=_keyset_cursor(book, order, shown[0], "back") if has_previous else "",
    )


def _keyset_cursor(book: AddressBook, order: str, contact: Contact, way: str) -> str:
    moment: datetime = contact.moment  # type: ignore[attr-defined]  # the annotation that orders the list
    return _write(book, order, at=moment.isoformat(), id=str(contact.pk), way=way)


def _write(book: AddressBook, order: str, **place: str) -> str:
    return signing.dumps({"book": str(book.pk), "order": str(order), **place}, salt=_SALT, compress=True)


def _read(cursor: str, book: AddressBook, order: str, *, in_memory: bool) -> dict[str, str]:
    try:
        place: dict[str, str] = signing.loads(cursor, salt=_SALT)
    except signing.BadSignature as error:
        raise BadCursor from error
    if place["book"] != str(book.pk) or place["order"] != str(order) or ("way" in place) is in_memory:
        raise BadCursor
    return place
