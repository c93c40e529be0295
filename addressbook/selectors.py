"""Lists of contacts: pages in a stable order, and search.

What is sealed cannot be ordered or searched by the database: the book is opened in memory, within the scope. Orders by
date are the database's, by keyset, so that the last page costs no more than the first. Cursors are signed, hold ids,
dates and places only, and are good for the same book, filters and order alone.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import models
from django.db.models import Count, Q, QuerySet

from addressbook import access, countries, phones
from addressbook.models import LAST_USE, AddressBook, Contact
from security import pages, scope, sealing, trail
from security.permissions import Permission
from security.trail import Action

PAGE_SIZE, MAX_PAGE_SIZE = 25, 100
_SINGLE = ("name", "company", "email", "phone", "district", "city", "state", "postcode", "local_name")
_MANY = ("lines", "local_lines", "tags")

BadCursor = pages.BadCursor  # the cursor was not made here, or for another list

TAGS_KEPT = 256  # books
_tags: dict[tuple[UUID | None, UUID, int], list[tuple[str, int]]] = {}


class Order(models.TextChoices):
    NEWEST = "-created_at"
    USED = "-used_at"
    NAME = "name"


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


def books_by_name(to: Permission = Permission.CONTACT_VIEW) -> list[AddressBook]:
    """Return the books that whoever acts may open, the default one first. Whoever shows them notes and counts."""
    return sorted(access.books_for(to), key=_by_book)


def counted(books: list[AddressBook]) -> list[AddressBook]:
    """Give each of some books its `contact_count`, and note that they are listed."""
    kept = Contact.objects.filter(book__in=books, deleted_at=None).order_by()
    counts = dict(kept.values_list("book").annotate(count=Count("pk")))
    for book in books:
        book.contact_count = counts.get(book.pk, 0)  # type: ignore[attr-defined]  # as `books_with_counts` annotates it
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
    salt = pages.bound("addressbook.contact", book=book.pk, order=order, **vars(filters))
    place = _read(cursor, salt) if cursor else {}
    contacts = Contact.objects.filter(book=book, deleted_at=None)
    if filters.country:
        contacts = contacts.filter(country=filters.country.upper())
    page = (_in_memory if in_memory else _by_keyset)(contacts, salt, filters, order, place, size)
    if page.contacts:
        action = Action.SEARCH if filters.query else Action.LIST
        trail.record(action=action, kind="contact", ids=[contact.pk for contact in page.contacts])
    return page


def tags_in(book: AddressBook) -> list[tuple[str, int]]:
    """Return the tags used in a book with how many contacts bear each, the most used first.

    Kept in this process for the book's version; the account is part of the key.
    """
    key = (scope.current().account_id, book.pk, book.version)
    if key not in _tags:
        spelling: dict[str, str] = {}
        counts: Counter[str] = Counter()
        for _id, values in _opened(Contact.objects.filter(book=book, deleted_at=None)):
            for tag in values.get("tags") or []:
                counts[spelling.setdefault(folded(tag), tag)] += 1
        while len(_tags) >= TAGS_KEPT:
            _tags.pop(next(iter(_tags)), None)
        _tags[key] = sorted(counts.items(), key=_by_count)
    return _tags[key]


def first_matching(contacts: QuerySet[Contact], *, query: str, most: int) -> list[Contact]:
    """Return the first contacts of a list that the words of a query find, at most so many. Whoever shows them notes it.

    Only the values that are searched are opened, one contact after the other, and no further than needed.
    """
    matches, found = matcher(Filters(query=query)), []
    for pk, values in _opened(contacts):
        if matches(values):
            found.append(pk)
            if len(found) == most:
                break
    rows = {row.pk: row for row in contacts.filter(pk__in=found)}
    return [rows[pk] for pk in found if pk in rows]


def _opened(contacts: QuerySet[Contact]) -> Iterator[tuple[UUID, dict[str, Any]]]:
    """Open the private values of many contacts without making objects of them, which costs ten times as much.

    What cannot be opened keeps its place in a list, and has nothing to be found by.
    """
    table = Contact._meta.db_table
    for pk, sealed, version in contacts.values_list("pk", "sealed", "key_version"):
        try:
            yield pk, sealing.unseal(bytes(sealed), version, table=table, row=str(pk))
        except sealing.Unreadable:
            yield pk, {}


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
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _haystack(values: dict[str, Any]) -> str:
    texts: list[str] = [values.get(name) or "" for name in _SINGLE]
    for name in _MANY:
        texts.extend(values.get(name) or [])
    return folded("\n".join(texts))


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def matcher(filters: Filters) -> Callable[[dict[str, Any]], bool]:
    """Return the test for a contact's private values: every word of the query is in them, the tag among the tags."""
    words, tag = folded(filters.query).split(), folded(filters.tag)
    number = "" if any(letter.isalpha() for letter in filters.query) else _digits(filters.query)

    def matches(values: dict[str, Any]) -> bool:
        if tag and tag not in {folded(item) for item in values.get("tags") or []}:
            return False
        if number and number in _digits(values.get("phone") or ""):
            return True
        text = _haystack(values) if words else ""
        return all(word in text for word in words)

    return matches


# Pages ----------------------------------------------------------------


def _in_memory(
    contacts: QuerySet[Contact], salt: str, filters: Filters, order: str, place: dict[str, str], size: int
) -> Page:
    matches = matcher(filters)
    opened = [(pk, _sort_name(values)) for pk, values in _opened(_ordered(contacts, order)) if matches(values)]
    if order == Order.NAME:
        opened.sort(key=_by_name)
    found = [pk for pk, _name in opened]
    start = _start(found, place)
    wanted = found[start : start + size]
    rows = {row.pk: row for row in contacts.filter(pk__in=wanted)}
    return Page(
        [rows[pk] for pk in wanted if pk in rows],
        next=_write(salt, at=str(start + size), id=str(found[start + size])) if start + size < len(found) else "",
        previous=_write(salt, at=str(max(0, start - size)), id="") if start > 0 else "",
    )


def _sort_name(values: dict[str, Any]) -> str:
    return folded(values.get("name") or values.get("company") or values.get("local_name") or "")


def _by_name(item: tuple[UUID, str]) -> tuple[str, UUID]:
    return item[1], item[0]


def _start(found: list[UUID], place: dict[str, str]) -> int:
    """Find where a page begins: at its first contact, or, when that is gone, at its old place."""
    if not place:
        return 0
    if place["id"] and (first := UUID(place["id"])) in found:
        return found.index(first)
    return min(int(place["at"]), max(0, len(found) - 1))


def _ordered(contacts: QuerySet[Contact], order: str) -> QuerySet[Contact]:
    moment = LAST_USE if order == Order.USED else models.F("created_at")
    return contacts.annotate(moment=moment).order_by("-moment", "-id")


def _by_keyset(
    contacts: QuerySet[Contact], salt: str, filters: Filters, order: str, place: dict[str, str], size: int
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
        next=_keyset_cursor(salt, shown[-1], "on") if has_next else "",
        previous=_keyset_cursor(salt, shown[0], "back") if has_previous else "",
    )


def _keyset_cursor(salt: str, contact: Contact, way: str) -> str:
    moment: datetime = contact.moment  # type: ignore[attr-defined]  # the annotation that orders the list
    return _write(salt, at=moment.isoformat(), id=str(contact.pk), way=way)


def _write(salt: str, **place: str) -> str:
    return signing.dumps(place, salt=salt, compress=True)


def _read(cursor: str, salt: str) -> dict[str, str]:
    try:
        place: dict[str, str] = signing.loads(cursor, salt=salt)
    except signing.BadSignature as error:
        raise BadCursor from error
    return place
