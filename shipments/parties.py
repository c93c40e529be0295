"""A shipment's own copy of its sender and its recipient: the fields of a contact, without the book's tags and notes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _

from addressbook.addresses import Problem
from addressbook.details import ContactDetails, InvalidContact, checked

FIELDS = (
    "name", "company", "email", "phone", "lines", "district", "city", "state", "postcode", "country", "local_name",
    "local_lines",
)  # fmt: skip
HONG_KONG = "HK"


def details(party: dict[str, Any]) -> ContactDetails:
    """Return a party as a contact's details, which the address book's rules understand."""
    return ContactDetails(**{name: party[name] for name in FIELDS if name in party})


def party_of(source: Any) -> dict[str, Any]:
    """Copy the party out of a contact, or of checked details."""
    return {name: getattr(source, name) for name in FIELDS}


def checked_party(party: dict[str, Any], *, sender: bool) -> dict[str, Any]:
    """Return the party cleaned and in its usual spelling.

    Raises InvalidContact with every problem: those of the address book, and that senders stand in Hong Kong.
    """
    problems: list[Problem] = []
    if sender and party.get("country", HONG_KONG) != HONG_KONG:
        message = _("Enter a return address in Hong Kong.")
        problems.append(Problem("country", "not_hong_kong", message))
    try:
        clean = checked(details(party))
    except InvalidContact as error:
        raise InvalidContact([*problems, *error.problems]) from None
    if problems:
        raise InvalidContact(problems)
    return {name: value for name, value in asdict(clean).items() if name in FIELDS}


def party_problems(party: dict[str, Any], *, sender: bool) -> list[Problem]:
    try:
        checked_party(party, sender=sender)
    except InvalidContact as error:
        return error.problems
    return []
