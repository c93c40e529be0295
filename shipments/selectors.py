"""What pages and machines read of shipments: lists in a stable order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from addressbook import favourites
from addressbook.access import books_for
from addressbook.models import BY_USE, Contact
from addressbook.selectors import Filters, last_used
from security import scope, trail
from security.pages import Page, page_of
from security.permissions import Permission
from shipments.access import check_right
from shipments.models import Batch, Shipment, Status

PAGE_SIZE = 25
_EXACT = ("status", "service", "destination", "batch")


def list_shipments(
    *, filters: dict[str, Any] | None = None, cursor: str = "", page_size: int = PAGE_SIZE
) -> Page[Shipment]:
    """Return a page of the account's shipments, newest first, and note in the access log which were listed.

    `filters`: status, service, destination, batch, created_after; empty ones are left out. Raises Forbidden and
    BadCursor.
    """
    check_right(Permission.SHIPMENT_VIEW)
    narrowed = {name: (filters or {}).get(name) for name in (*_EXACT, "created_after")}
    page = page_of(_filtered(narrowed), moment="created_at", cursor=cursor, size=page_size, narrowed=narrowed)
    if page.rows:
        trail.record(action=trail.Action.LIST, kind="shipment", ids=[row.pk for row in page.rows])
    return page


def _filtered(filters: dict[str, Any]) -> QuerySet[Shipment]:
    found = Shipment.objects.all()
    for name in _EXACT:
        if value := filters.get(name):
            found = found.filter(**{name: value})
    if after := filters.get("created_after"):
        found = found.filter(created_at__gt=after)
    return found


def list_batches(*, cursor: str = "") -> Page[Batch]:
    """Return a page of what was put together for many recipients, newest first, each with its `drafts` that are left.

    Raises Forbidden and BadCursor.
    """
    check_right(Permission.SHIPMENT_VIEW)
    counted: QuerySet[Batch] = Batch.objects.annotate(
        drafts=Count("shipments", filter=Q(shipments__status=Status.DRAFT))
    )
    page = page_of(counted, moment="created_at", cursor=cursor, size=PAGE_SIZE, narrowed={})
    if page.rows:
        trail.record(action=trail.Action.LIST, kind="batch", ids=[row.pk for row in page.rows])
    return page


def lending(*, most: int) -> list[Shipment]:
    """Return the account's newest booked items, which others can be filled in like; noted as listed."""
    booked = Shipment.objects.filter(booked_at__isnull=False, cleared_at=None)
    found = list(booked.order_by("-created_at", "pk")[:most])
    if found:
        trail.record(action=trail.Action.LIST, kind="shipment", ids=[row.pk for row in found])
    return found


def last_sender() -> dict[str, Any]:
    """Return the sender of the account's newest booking, as a draft keeps it: people send from the same place again.

    Empty where nothing was booked yet, what was booked is older than personal data are kept, one may not see it, or it
    came from a book that one may not open.
    """
    if not scope.current().may(Permission.SHIPMENT_VIEW):
        return {}
    booked = Shipment.objects.exclude(status=Status.DRAFT).filter(cleared_at=None, booked_at__isnull=False)
    newest = booked.order_by("-booked_at", "-pk").first()
    if newest is None or not _may_use(newest.sender_contact):
        return {}
    trail.record(action=trail.Action.READ, kind="shipment", ids=[newest.pk])
    return {"sender": newest.sender, "sender_contact": newest.sender_contact}


def _may_use(contact_id: str) -> bool:
    """Tell whether a contact that filled in a party is in a book that one may open; what was typed is the account's."""
    return not contact_id or Contact.objects.filter(pk=contact_id, book__in=books_for(Permission.CONTACT_VIEW)).exists()


MOST_CONTACTS, MOST_FAVOURITES, MOST_RECENT = 20, 10, 5


@dataclass(frozen=True)
class SavedContacts:
    rows: list[Contact]
    has_more: bool = False  # further ones match: a word more finds them


def saved_contacts(*, senders: bool, query: str = "") -> SavedContacts:
    """Return the contacts to choose a sender or a recipient from, of the books one may see: one's favourites first.

    Then those used last, and after them those that were never used, the newest first. `query`: words in names,
    addresses, telephones and tags; without them it is the few that are likeliest.
    """
    books = books_for(Permission.CONTACT_VIEW)
    if query:
        filters = Filters(query=query, use="sender", country="HK") if senders else Filters(query=query, use="recipient")
        found = last_used(books, filters=filters, most=MOST_CONTACTS + 1)
    else:
        rows = Contact.objects.kept().filter(book__in=books)  # type: ignore[attr-defined]
        rows = rows.filter(can_send=True, country="HK") if senders else rows.filter(can_receive=True)
        rows = favourites.marked(rows)
        found = [
            *rows.filter(favourites.is_mine()).order_by(*BY_USE)[:MOST_FAVOURITES],
            *rows.filter(~favourites.is_mine()).order_by(*BY_USE)[:MOST_RECENT],
        ]
    shown = found[:MOST_CONTACTS]
    if shown:
        action = trail.Action.SEARCH if query else trail.Action.LIST
        trail.record(action=action, kind="contact", ids=[contact.pk for contact in shown])
    return SavedContacts(shown, has_more=len(found) > MOST_CONTACTS)


def status_choices() -> list[tuple[str, Any]]:
    return list(Status.choices)
