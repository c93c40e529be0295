"""Looking through a book: asked for by a page, done by a task in one transaction, kept as pairs of ids."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from addressbook.alike import reasons
from addressbook.duplicates.models import DuplicateLook, PossibleDuplicate
from addressbook.models import AddressBook, Contact
from security import trail
from security.trail import Action

MOST_PAIRS = 2_000  # kept of a book: those that say most
PATIENCE = timedelta(minutes=3)  # after that long a look that is not done may be asked for anew
SHOWN = 20  # pairs on a page


@transaction.atomic
def ask(book: AddressBook, *, now: datetime) -> bool:
    """Note that a book is to be looked through; False where it is being looked through already."""
    look, is_new = DuplicateLook.objects.select_for_update().get_or_create(book=book, defaults={"asked_at": now})
    if is_new:
        return True
    if is_running(look, now=now):
        return False
    look.asked_at = now
    look.save(update_fields=["asked_at"])
    return True


def is_running(look: DuplicateLook | None, *, now: datetime) -> bool:
    return bool(look) and not is_done(look) and now - look.asked_at < PATIENCE  # type: ignore[union-attr]


def is_done(look: DuplicateLook | None) -> bool:
    return bool(look and look.done_at and look.done_at >= look.asked_at)


def last(book: AddressBook) -> DuplicateLook | None:
    found: DuplicateLook | None = DuplicateLook.objects.filter(book=book).first()
    return found


@transaction.atomic
def look(book: AddressBook, *, now: datetime) -> int:
    """Look through a book and keep the pairs; returns how many. Safe to run twice.

    A pair that somebody said are two stays so. Nothing is shown to anybody here, so the access log is written when the
    pairs are.
    """
    from addressbook.alike import finding, traits  # rapidfuzz, which only the worker needs

    kept = list(Contact.objects.kept().filter(book=book).order_by("pk"))  # type: ignore[attr-defined]
    readable = [contact for contact in kept if not contact.is_unreadable]
    compared = [traits.traits_of(contact.private, country=contact.country) for contact in readable]
    pairs = sorted(finding.find(compared), key=lambda pair: -reasons.weight(pair.reasons))[:MOST_PAIRS]
    # Pairs go with their contacts, who may both have been moved here from another book.
    PossibleDuplicate.objects.filter(one__book=book, other__book=book).exclude(book=book).update(book=book)
    dismissed = set(_pairs(book).exclude(dismissed_at=None).values_list("one_id", "other_id"))
    found = [
        PossibleDuplicate(
            book=book, one=readable[pair.one], other=readable[pair.other], reasons=list(pair.reasons),
            weight=reasons.weight(pair.reasons),
        )
        for pair in pairs
        if (readable[pair.one].pk, readable[pair.other].pk) not in dismissed
    ]  # fmt: skip
    _pairs(book).filter(dismissed_at=None).delete()
    PossibleDuplicate.objects.bulk_create(found, batch_size=500)
    DuplicateLook.objects.filter(book=book).update(done_at=now, version=book.version)
    return len(found)


def likeliest(book: AddressBook, *, dismissed: bool = False) -> list[PossibleDuplicate]:
    """Return the first pairs whose contacts are both still there, those that say most first; noted as listed.

    There are no further pages: a pair that was decided makes room for the next.
    """
    rows = _shown(book).filter(dismissed_at__isnull=not dismissed).select_related("one", "other")
    found = list(rows.order_by("-weight", "pk")[:SHOWN])
    if found:
        trail.record(action=Action.LIST, kind="contact", ids=sorted({str(pk) for row in found for pk in ids_of(row)}))
    return found


def count(book: AddressBook, *, dismissed: bool = False) -> int:
    return _shown(book).filter(dismissed_at__isnull=not dismissed).count()


def room(book: AddressBook) -> int:
    """Return how many pairs of a book can be kept beside those that are."""
    return max(0, MOST_PAIRS - _pairs(book).filter(dismissed_at=None).count())


def pair_of(book: AddressBook, pair_id: UUID, *, lock: bool = False) -> PossibleDuplicate | None:
    """Return a pair of a book whose contacts are both still there."""
    rows = _shown(book).filter(pk=pair_id)
    return (rows.select_for_update(of=("self",)) if lock else rows.select_related("one", "other")).first()


@transaction.atomic
def pair_for(book: AddressBook, one: Contact, other: Contact) -> PossibleDuplicate:
    """Return the pair of two contacts of a book that somebody takes for one, whatever a look has found or will."""
    one, other = sorted((one, other), key=lambda contact: contact.pk)
    same = {
        reasons.Reason.EMAIL: one.email_index and one.email_index == other.email_index,
        reasons.Reason.PHONE: one.phone_index and one.phone_index == other.phone_index,
    }
    found = [reason for reason, holds in same.items() if holds]
    pair, is_new = PossibleDuplicate.objects.get_or_create(
        one=one, other=other, defaults={"book": book, "reasons": found, "weight": reasons.weight(found)}
    )
    if not is_new:
        PossibleDuplicate.objects.filter(pk=pair.pk).update(book=book, dismissed_at=None)
    trail.record(action=Action.CREATE if is_new else Action.CHANGE, kind="possible_duplicate", ids=[pair.pk])
    return pair


def is_decided(book: AddressBook, pair_id: UUID) -> bool:
    """Tell whether a pair of a book is there, but its contacts are not both: merged, deleted or moved meanwhile."""
    return _pairs(book).filter(pk=pair_id).exists() and not _shown(book).filter(pk=pair_id).exists()


def ids_of(pair: PossibleDuplicate) -> tuple[UUID, UUID]:
    return pair.one_id, pair.other_id


@transaction.atomic
def dismiss(pair: PossibleDuplicate, *, now: datetime | None) -> None:
    """Say that the contacts of a pair are two; or, without a moment, take that back."""
    PossibleDuplicate.objects.filter(pk=pair.pk).update(dismissed_at=now)
    trail.record(action=Action.CHANGE, kind="possible_duplicate", ids=[pair.pk])


def _pairs(book: AddressBook) -> QuerySet[PossibleDuplicate]:
    return PossibleDuplicate.objects.filter(book=book)


def _shown(book: AddressBook) -> QuerySet[PossibleDuplicate]:
    there = {
        f"{side}__{name}": value for side in ("one", "other") for name, value in (("deleted_at", None), ("book", book))
    }
    return _pairs(book).filter(**there)
