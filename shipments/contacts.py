"""Keeping a shipment's party in the address book, when its sender asks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from addressbook import access, services
from security.permissions import Permission
from shipments.parties import details


def save_party(*, party: dict[str, Any], can_send: bool, now: datetime) -> None:
    """Add a party as a contact to the account's default book. Raises Forbidden without the right to add contacts."""
    book = access.get_book(services.default_book(now=now).pk, to=Permission.CONTACT_CHANGE)
    entered = replace(details(party), can_send=can_send, can_receive=not can_send)
    services.save_contact(book=book, details=entered, now=now)
