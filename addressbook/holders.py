"""Whose address books hold a person who asks what is kept of them, or that it be corrected or deleted.

Each account's lookup index is keyed by its own key, so that no index of all accounts exists that one could read: the
question is put to every account in its own scope, with its own key. What comes out is ids of accounts and counts. The
accounts where somebody was found see in their log that the operator looked, and under which ticket it is kept by staff.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connections
from django.db.models import Q

from addressbook import phones
from addressbook.countries import HONG_KONG
from addressbook.models import Contact
from security import alarms, scope, sealing, trail

ALIAS = "security"
ACTOR = "system:find_person"
MOST_TICKET = 40


class NotAnAddress(ValueError):
    """What was given is neither an e-mail address nor a telephone number."""


@dataclass(frozen=True)
class Wanted:
    """A person, by e-mail address or by telephone number in E.164."""

    email: str = ""
    phone: str = ""

    @classmethod
    def of(cls, text: str) -> Wanted:
        """Read what somebody gave; numbers without a country code are Hong Kong's. Raises NotAnAddress."""
        text = text.strip()
        if "@" in text.strip("@"):
            return cls(email=text)
        number = phones.e164(text, country=HONG_KONG)
        if number is None:
            raise NotAnAddress
        return cls(phone=number)

    def condition(self) -> Q:
        """Contacts that hold it, those in the bin too. Called in an account's scope."""
        if self.email:
            return Q(email_index=sealing.keyed_index(self.email))
        return Q(phone_index=sealing.keyed_index(self.phone))


@dataclass(frozen=True)
class Holder:
    account_id: UUID
    contacts: int
    deleted: int  # of them, those in the bin


def accounts() -> list[UUID]:
    """Return the accounts that have any contact, by the security role."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT account_id FROM {Contact._meta.db_table} ORDER BY account_id")  # noqa: S608  (ours)
        return [row[0] for row in cursor.fetchall()]


def ask(wanted: Wanted, asked: list[UUID]) -> Iterator[Holder | None]:
    """Put the question to each account in turn; None where nobody was found. Each is a transaction of its own."""
    for account_id in asked:
        with scope.account(account_id=account_id, actor=ACTOR):
            yield _ask_here(wanted, account_id)


def _ask_here(wanted: Wanted, account_id: UUID) -> Holder | None:
    try:
        found = list(Contact.objects.filter(wanted.condition()).values_list("pk", "deleted_at"))
    except LookupError:  # the account's keys were destroyed: nothing of it can be read any more
        return None
    if not found:
        return None
    trail.record(action=trail.Action.SEARCH, kind="contact", ids=[pk for pk, _deleted_at in found], fields=[])
    return Holder(account_id, len(found), sum(deleted_at is not None for _pk, deleted_at in found))


def note(*, ticket: str, asked: int, holders: list[Holder]) -> None:
    """Keep in the security trail that a person was looked for, under which ticket, and where they were found."""
    found = [str(holder.account_id) for holder in holders]
    alarms.note(kind="staff.find_person", data={"ticket": ticket, "asked": asked, "accounts": found})
