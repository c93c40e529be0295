"""What pages and machines read of shipments: pages in a stable order, and search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from addressbook.access import books_for
from addressbook.models import LAST_USE, Contact
from addressbook.selectors import first_matching
from security import trail
from security.pages import Page, page_of
from security.permissions import Permission
from shipments.access import check_right
from shipments.models import Shipment, Status

PAGE_SIZE = 25
# Names are sealed, so a search opens the rows: the newest ones, up to here.
SEARCHED = 5_000
MOST_FOUND = 100


def list_shipments(
    *, filters: dict[str, Any] | None = None, cursor: str = "", page_size: int = PAGE_SIZE
) -> Page[Shipment]:
    """Return a page of the account's shipments, newest first, and note in the access log which were listed.

    `filters`: status, service, destination, created_after; empty ones are left out. Raises Forbidden and BadCursor.
    """
    check_right(Permission.SHIPMENT_VIEW)
    narrowed = {name: (filters or {}).get(name) for name in ("status", "service", "destination", "created_after")}
    page = page_of(_filtered(narrowed), moment="created_at", cursor=cursor, size=page_size, narrowed=narrowed)
    if page.rows:
        trail.record(action=trail.Action.LIST, kind="shipment", ids=[row.pk for row in page.rows])
    return page


def _filtered(filters: dict[str, Any]) -> QuerySet[Shipment]:
    found = Shipment.objects.all()
    for name in ("status", "service", "destination"):
        if value := filters.get(name):
            found = found.filter(**{name: value})
    if after := filters.get("created_after"):
        found = found.filter(created_at__gt=after)
    return found


@dataclass(frozen=True)
class Found:
    rows: list[Shipment]
    is_whole: bool  # whether every shipment was looked at, and every hit is shown


def search_shipments(*, words: str) -> Found:
    """Find shipments by item number, or by words in names, companies and references. Raises Forbidden."""
    check_right(Permission.SHIPMENT_VIEW)
    number = "".join(words.split()).upper()
    rows = list(Shipment.objects.filter(item_number=number))
    is_whole = True
    if not rows:
        wanted = words.casefold().split()
        newest = Shipment.objects.order_by("-created_at", "pk")[: SEARCHED + 1]
        looked = 0
        for looked, row in enumerate(newest.iterator(chunk_size=500), start=1):
            if looked > SEARCHED or len(rows) == MOST_FOUND:
                is_whole = False
                break
            if wanted and all(word in _haystack(row) for word in wanted):
                rows.append(row)
    if rows:
        trail.record(action=trail.Action.SEARCH, kind="shipment", ids=[row.pk for row in rows])
    return Found(rows, is_whole)


def _haystack(row: Shipment) -> str:
    parties = (row.sender, row.recipient)
    names = [str(party.get(name, "")) for party in parties for name in ("name", "company", "local_name")]
    return "\n".join([*names, row.reference]).casefold()


MOST_CONTACTS, MOST_RECENT = 20, 5


@dataclass(frozen=True)
class SavedContacts:
    rows: list[Contact]
    has_more: bool = False  # further ones match: a word more finds them


def saved_contacts(*, senders: bool, query: str = "") -> SavedContacts:
    """Return the contacts to choose a sender or a recipient from: those used last first, of the books one may see.

    One that was never used counts from when it was added. `query`: words in names, addresses, telephones and tags;
    without them it is the few that are likeliest.
    """
    rows = Contact.objects.kept().filter(book__in=books_for(Permission.CONTACT_VIEW))  # type: ignore[attr-defined]
    rows = rows.filter(can_send=True, country="HK") if senders else rows.filter(can_receive=True)
    rows = rows.order_by(LAST_USE.desc(), "-pk")
    found = first_matching(rows, query=query, most=MOST_CONTACTS + 1) if query else list(rows[:MOST_RECENT])
    shown = found[:MOST_CONTACTS]
    if shown:
        action = trail.Action.SEARCH if query else trail.Action.LIST
        trail.record(action=action, kind="contact", ids=[contact.pk for contact in shown])
    return SavedContacts(shown, has_more=len(found) > MOST_CONTACTS)


def status_choices() -> list[tuple[str, Any]]:
    return list(Status.choices)
