"""What a shipment does to the address book: its parties are kept when somebody asks, contacts used are noted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from addressbook import access, services
from addressbook.models import Contact
from security.permissions import Permission
from shipments.models import Shipment
from shipments.parties import details


def save_party(*, party: dict[str, Any], can_send: bool, now: datetime) -> None:
    """Add a party as a contact to the account's default book. Raises Forbidden without the right to add contacts."""
    book = access.get_book(services.default_book(now=now).pk, to=Permission.CONTACT_CHANGE)
    entered = replace(details(party), can_send=can_send, can_receive=not can_send)
    services.save_contact(book=book, details=entered, now=now)


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
