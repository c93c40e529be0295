"""What a shipment does to the address book: its parties are kept when somebody asks, contacts used are noted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from addressbook import access, services
from addressbook.details import ContactDetails, checked
from addressbook.models import BY_USE, AddressBook, Contact
from security import sealing
from security.permissions import Permission
from shipments.models import Shipment
from shipments.parties import details, party_of

MOST_COMPARED = 500  # contacts that are opened to find an equal one


def save_party(*, party: dict[str, Any], can_send: bool, now: datetime) -> Contact:
    """Add a party as a contact to the account's default book, or find it there; return it.

    A contact that says the same and may be used in the same way is the same: saved twice, it stands there once.
    Raises Forbidden without the right to add contacts, InvalidContact, and `room.BookFull`.
    """
    book = access.get_book(services.default_book(now=now).pk, to=Permission.CONTACT_CHANGE)
    entered = checked(replace(details(party), can_send=can_send, can_receive=not can_send))
    return _same(book, entered) or services.save_contact(book=book, details=entered, now=now)


def _same(book: AddressBook, entered: ContactDetails) -> Contact | None:
    """Return the contact of a book that says the same: what is sealed is compared, the likeliest ones at most."""
    kept = Contact.objects.filter(book=book, deleted_at=None, country=entered.country)
    kept = kept.filter(can_send=True) if entered.can_send else kept.filter(can_receive=True)
    if entered.email:
        kept = kept.filter(email_index=sealing.keyed_index(entered.email))
    wanted = party_of(entered)
    likeliest = kept.order_by(*BY_USE)[:MOST_COMPARED]
    return next((contact for contact in likeliest if party_of(contact) == wanted), None)


def note_use(shipment: Shipment, *, now: datetime) -> None:
    """Note that the contacts from which the parties were filled in were used; those one may not see stay as they are.

    In the order of their ids: two bookings that use the same two contacts wait for each other, never both.
    """
    named = sorted({name for name in (shipment.sender_contact, shipment.recipient_contact) if name})
    if not named:
        return
    seen = Contact.objects.filter(pk__in=named, book__in=access.books_for(Permission.CONTACT_VIEW))
    for contact_id in sorted(seen.values_list("pk", flat=True)):
        services.touch_used(contact_id=contact_id, now=now)
