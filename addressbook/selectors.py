"""Lists of contacts: pages in a stable order, and search.

What is sealed cannot be ordered or searched by the database: for that a book is laid out (`addressbook.index`).
Orders by date alone are the database's, by keyset, so that the last page costs no more than the first. Cursors are
signed, hold ids, dates and places only, and are good for the same book, filters and order alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core import signing
from django.db import models
from django.db.models import Count, Q, QuerySet
from django.utils.translation import get_language

from addressbook import access, countries, favourites, phones
from addressbook.folding import folded
from addressbook.index import keeping
from addressbook.index.layout import Filters as Filters
from addressbook.index.layout import Layout, Place
from addressbook.models import BY_USE, AddressBook, Contact
from security import pages, sealing, trail
from security.permissions import Permission
from security.postgres.base import plan_each
from security.trail import Action

PAGE_SIZE, MAX_PAGE_SIZE = 25, 100
LARGE = 1_000  # contacts of a book, from which on the planner is told whose it is
_USES = {"sender": "can_send", "recipient": "can_receive"}
BadCursor = pages.BadCursor  # the cursor was not made here, or for another list


class Order(models.TextChoices):
    NEWEST = "-created_at"
    USED = "-used_at"
    NAME = "name"


@dataclass(frozen=True)
class Overview:
    """`tags`: each with how many contacts bear it, the most used first; `countries`: their codes."""

    tags: list[tuple[str, int]]
    countries: list[str]


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
    in_layout = bool(filters.query or filters.tag) or order == Order.NAME
    language = get_language() or "" if order == Order.NAME else ""
    salt = pages.bound("addressbook.contact", book=book.pk, order=order, language=language, **vars(filters))
    place = _read(cursor, salt) if cursor else {}
    page = (_in_layout if in_layout else _by_keyset)(book, salt, filters, order, place, size)
    if page.contacts:
        action = Action.SEARCH if filters.query else Action.LIST
        trail.record(action=action, kind="contact", ids=[contact.pk for contact in page.contacts])
    return page


def overview(book: AddressBook) -> Overview:
    """Return what a book can be narrowed to."""
    layout = keeping.opened(book)
    return Overview(sorted(layout.tags.values(), key=_by_count), sorted(layout.countries_present()))


def other_books(book: AddressBook) -> list[AddressBook]:
    """Return the further books whose contacts whoever acts may change, by name, and note that they are listed."""
    others = sorted((one for one in access.books_for(Permission.CONTACT_CHANGE) if one.pk != book.pk), key=_by_book)
    if others:
        trail.record(action=Action.LIST, kind="address_book", ids=[one.pk for one in others])
    return others


def ids_of(book: AddressBook, filters: Filters, *, most: int) -> list[UUID]:
    """Return the ids of the contacts that the filters leave, the newest first, at most so many."""
    layout = keeping.opened(book)
    return layout.page(filters, layout.newest(), among=favourites.among(filters), start=None, size=most).ids


def bin_of(book: AddressBook, *, cursor: str) -> pages.Page[Contact]:
    """Return a page of what was deleted from a book and can come back, what went last first. Raises BadCursor."""
    deleted = Contact.objects.filter(book=book).exclude(deleted_at=None)
    page = pages.page_of(deleted, moment="deleted_at", cursor=cursor, size=MAX_PAGE_SIZE, narrowed={"book": book.pk})
    if page.rows:
        trail.record(action=Action.LIST, kind="contact", ids=[contact.pk for contact in page.rows])
    return page


def deleted_ids(book: AddressBook, *, most: int) -> list[UUID]:
    """Return the ids of what is in a book's bin, what went last first, at most so many."""
    deleted = Contact.objects.filter(book=book).exclude(deleted_at=None)
    return list(deleted.order_by("-deleted_at", "-pk").values_list("pk", flat=True)[:most])


def last_used(books: QuerySet[AddressBook], *, filters: Filters, most: int) -> list[Contact]:
    """Return the contacts of some books that the filters leave: those that whoever acts has starred, then by last use.

    Whoever shows them notes it.
    """
    layouts, stars = keeping.opened_all(list(books)), favourites.ids()
    keeping.bring_in_uses(layouts)
    pages = [
        layout.page(filters, layout.first(layout.last_used(), stars), start=None, size=most)
        for layout in layouts.values()
    ]
    found = Contact.objects.kept().filter(pk__in=[pk for page in pages for pk in page.ids])  # type: ignore[attr-defined]
    return list(favourites.marked(found).order_by("-starred", *BY_USE)[:most])


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


def same_reach(contact: Contact, *, most: int = 5) -> list[Contact]:
    """Return other contacts of its book with the same e-mail address or telephone number; noted as listed."""
    same = Q()
    for name in ("email_index", "phone_index"):
        if (index := getattr(contact, name)) is not None:
            same |= Q(**{name: index})
    if not same:
        return []
    kept = Contact.objects.kept().filter(same, book=contact.book).exclude(pk=contact.pk)  # type: ignore[attr-defined]
    found = list(kept.order_by("pk")[:most])
    if found:
        trail.record(action=Action.LIST, kind="contact", ids=[other.pk for other in found])
    return found


# Pages ----------------------------------------------------------------


def _in_layout(book: AddressBook, salt: str, filters: Filters, order: str, place: dict[str, str], size: int) -> Page:
    layout = keeping.opened(book)
    start = _place_of(place) if place else None
    ordered = _order_of(layout, book, order)
    found = layout.page(filters, ordered, among=favourites.among(filters), start=start, size=size)
    if book.filled >= LARGE:
        plan_each()
    kept = favourites.marked(Contact.of_book(book.pk, found.ids).filter(deleted_at=None))
    rows = {row.pk: row for row in kept}
    return Page(
        [rows[pk] for pk in found.ids if pk in rows],
        next=_write(salt, **_written(found.next)) if found.next else "",
        previous=_write(salt, **_written(found.previous)) if found.previous else "",
    )


def _place_of(written: dict[str, str]) -> Place:
    after = written.get("after")
    return Place(UUID(written["id"]), int(written["at"]), UUID(after) if after else None)


def _written(place: Place) -> dict[str, str]:
    return {"at": str(place.at), "id": str(place.id)} | ({"after": str(place.after)} if place.after else {})


def _order_of(layout: Layout, book: AddressBook, order: str) -> Sequence[int]:
    if order == Order.NAME:
        return layout.named(get_language() or "")
    if order == Order.USED:
        keeping.bring_in_uses({book.pk: layout})
        return layout.last_used()
    return layout.newest()


def _ordered(contacts: QuerySet[Contact], order: str) -> QuerySet[Contact]:
    return contacts.order_by(*(BY_USE if order == Order.USED else ("-created_at", "-id")))


def _beyond(place: dict[str, str], order: str, *, backwards: bool) -> Q:
    """Return what stands after a place of an order, or before it."""
    side = "gt" if backwards else "lt"
    beyond = Q(**{f"created_at__{side}": place["at"]}) | Q(**{"created_at": place["at"], f"id__{side}": place["id"]})
    if order != Order.USED:
        return beyond
    if used := place.get("used"):
        return Q(used_at=used) & beyond | Q(**{f"used_at__{side}": used}) | (Q() if backwards else Q(used_at=None))
    return Q(used_at=None) & beyond | (~Q(used_at=None) if backwards else Q())


def _by_keyset(book: AddressBook, salt: str, filters: Filters, order: str, place: dict[str, str], size: int) -> Page:
    contacts = favourites.marked(Contact.objects.filter(book=book, deleted_at=None))
    if filters.favourites:
        contacts = contacts.filter(pk__in=favourites.mine().values("contact"))
    if filters.country:
        contacts = contacts.filter(country=filters.country.upper())
    if filters.use:
        contacts = contacts.filter(**{_USES[filters.use]: True})
    rows, backwards = _ordered(contacts, order), place.get("way") == "back"
    if place:
        rows = rows.filter(_beyond(place, order, backwards=backwards))
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
    used = contact.used_at.isoformat() if contact.used_at else ""
    return _write(salt, at=contact.created_at.isoformat(), used=used, id=str(contact.pk), way=way)


def _write(salt: str, **place: str) -> str:
    return signing.dumps(place, salt=salt, compress=True)


def _read(cursor: str, salt: str) -> dict[str, str]:
    try:
        place: dict[str, str] = signing.loads(cursor, salt=salt)
    except signing.BadSignature as error:
        raise BadCursor from error
    return place
