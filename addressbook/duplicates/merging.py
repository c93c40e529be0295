"""Two contacts become one, and two again. Everything happens in one transaction: before, or after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from addressbook import favourites, services
from addressbook.details import LENGTHS, MAX_TAGS, ContactDetails
from addressbook.duplicates.models import Merge
from addressbook.folding import folded
from addressbook.models import AddressBook, Contact
from security import trail
from security.trail import Action

ONE, OTHER = "one", "other"
# What is chosen from one contact or the other as a whole: halves of two addresses make none.
PARTS: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "company": ("company",),
    "address": ("country", "lines", "district", "city", "state", "postcode"),
    "local_name": ("local_name",),
    "local_address": ("local_lines",),
    "email": ("email",),
    "phone": ("phone",),
    "fax": ("fax",),
}
LATELY = 10  # merges that a page lists


class Differs(NamedTuple):
    """A part in which two contacts differ, and which of them is proposed."""

    part: str
    one: dict[str, Any]
    other: dict[str, Any]
    proposed: str

    @property
    def is_asked(self) -> bool:
        """Whether both say something; where one says nothing there is nothing to choose."""
        return _says(self.one) and _says(self.other)


def differences(one: Contact, other: Contact) -> list[Differs]:
    """Return the parts in which they differ, in the order of a contact's page."""
    first, second = ContactDetails.of(one), ContactDetails.of(other)
    found = []
    for part, names in PARTS.items():
        a, b = ({name: getattr(details, name) for name in names} for details in (first, second))
        if a != b:
            found.append(Differs(part, a, b, _proposed(one, other, a, b)))
    return found


def kept_of(one: Contact, other: Contact) -> Contact:
    """Return which of two contacts stays: the one used last, else the one added first."""
    if one.used_at or other.used_at:
        return max(one, other, key=lambda contact: (contact.used_at is not None, contact.used_at or contact.created_at))
    return min(one, other, key=lambda contact: (contact.created_at, contact.pk))


def merged(one: Contact, other: Contact, choices: Mapping[str, str]) -> ContactDetails:
    """Return what the one contact will say. What is not chosen is as proposed; tags and notes of both are kept.

    Nothing is cut: where that is more than fits, `too_much` says so, and `merge` refuses.
    """
    kept = kept_of(one, other)
    taken_in = other if kept is one else one
    values: dict[str, Any] = {}
    for difference in differences(one, other):
        chosen = choices.get(difference.part, "")
        side = chosen if difference.is_asked and chosen in {ONE, OTHER} else difference.proposed
        values |= difference.other if side == OTHER else difference.one
    return replace(
        ContactDetails.of(kept),
        **values,
        tags=_tags(kept.tags, taken_in.tags),
        notes=_notes(kept.notes, taken_in.notes),
        can_send=one.can_send or other.can_send,
        can_receive=one.can_receive or other.can_receive,
    )


def too_much(details: ContactDetails) -> list[str]:
    """Say what of both contacts does not fit into one, and what to do about it."""
    found = []
    if (tags := len(details.tags)) > MAX_TAGS:
        words = _(
            "Together they have %(count)d tags, and a contact has at most %(most)d. Take tags off one of them first."
        )
        found.append(words % {"count": tags, "most": MAX_TAGS})
    if (letters := len(details.notes)) > LENGTHS["notes"]:
        words = _(
            "Together their notes have %(count)d characters, and a contact has room for %(most)d. "
            "Shorten one of them first."
        )
        found.append(words % {"count": letters, "most": LENGTHS["notes"]})
    return found


@transaction.atomic
def merge(*, book: AddressBook, one: Contact, other: Contact, choices: Mapping[str, str], now: datetime) -> Merge:
    """Let one contact take in the other, which goes into the bin. Both are locked. Raises InvalidContact."""
    kept = kept_of(one, other)
    taken_in = other if kept is one else one
    before, was_updated_at = asdict(ContactDetails.of(kept)), kept.updated_at.isoformat()
    services.save_contact(book=book, details=merged(one, other, choices), now=now, contact=kept)
    services.delete_contact(contact=taken_in, now=now)
    stars = favourites.pass_on(of=taken_in, to=kept)
    done = Merge(book=book, kept=kept, taken_in=taken_in, merged_at=now)
    done.before, done.was_updated_at, done.stars = before, was_updated_at, stars
    done.save(force_insert=True)
    trail.record(action=Action.CREATE, kind="contact_merge", ids=[done.pk])
    return done


@transaction.atomic
def part(done: Merge, *, kept: Contact | None, taken_in: Contact, now: datetime) -> bool:
    """Make two of them again. Both were fetched and locked; `kept` is None where it was deleted or moved away.

    Returns whether the contact that stayed is as it was before: one that was changed since is left as it is.
    Raises `room.BookFull`, first of all.
    """
    services.restore_contact(contact=taken_in)
    is_as_it_was = kept is not None and kept.updated_at == done.merged_at
    if kept is not None and is_as_it_was:
        services.save_contact(
            book=kept.book, details=ContactDetails(**done.before), now=now, contact=kept, as_kept=True
        )
        Contact.objects.filter(pk=kept.pk).update(updated_at=datetime.fromisoformat(done.was_updated_at))
    favourites.take_back(done.stars, contact_id=done.kept_id)  # wherever it is by now
    Merge.objects.filter(pk=done.pk).delete()
    trail.record(action=Action.RESTORE, kind="contact_merge", ids=[done.pk])
    return is_as_it_was


def lately(book: AddressBook) -> list[Merge]:
    """Return the last merges of a book that can be undone; noted as listed."""
    # Where the contact that stayed was moved to another book, whoever may change this one may not see it.
    rows = Merge.objects.filter(
        book=book, taken_in__book=book, taken_in__deleted_at__isnull=False, kept__book=book, kept__deleted_at=None
    ).select_related("kept", "taken_in")
    found = list(rows.order_by("-merged_at", "-pk")[:LATELY])
    ids = sorted({str(pk) for row in found for pk in (row.kept_id, row.taken_in_id)})
    if ids:
        trail.record(action=Action.LIST, kind="contact", ids=ids)
    return found


def merge_of(book: AddressBook, merge_id: UUID) -> Merge | None:
    found: Merge | None = (
        Merge.objects.filter(book=book, pk=merge_id, taken_in__book=book, taken_in__deleted_at__isnull=False)
        .select_for_update(of=("self",))
        .first()
    )
    return found


def _says(part: Mapping[str, Any]) -> bool:
    return any(value for name, value in part.items() if name != "country")


def _proposed(one: Contact, other: Contact, first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    if _says(first) != _says(second):
        return ONE if _says(first) else OTHER
    return ONE if kept_of(one, other) is one else OTHER


def _tags(one: list[str], other: list[str]) -> list[str]:
    known = {folded(tag) for tag in one}
    return [*one, *(tag for tag in other if folded(tag) not in known)]


def _notes(one: str, other: str) -> str:
    if folded(other) in folded(one) or folded(one) in folded(other):
        return max(one, other, key=len)
    return f"{one}\n{other}"
