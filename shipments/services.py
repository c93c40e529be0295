"""Everything that changes a shipment. Every function runs in the scope of an account and locks the row it changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from security import trail
from security.detection import observing
from security.refusals import NotFound
from shipments import contacts, item_numbers, periods, pricing, readiness, slots
from shipments.models import Batch, Contents, Shipment, Status
from shipments.pricing import HONG_KONG_TIME, Offer

KIND = "shipment"
CLEARED_AT_ONCE = 500  # shipments whose personal data are removed in one transaction
# What a draft's form, or a machine, may set. Status, number, price and dates are never among them.
DRAFT_FIELDS = frozenset(
    {
        "sender", "recipient", "items", "category_words", "reference", "notes", "non_delivery", "importer_reference",
        "licence_number", "certificate_number", "invoice_number", "service", "zone", "destination", "format",
        "contents", "category", "weight_g", "length_mm", "width_mm", "height_mm", "sender_contact",
        "recipient_contact",
    }
)  # fmt: skip
COPIED = (
    "sender", "recipient", "items", "category_words", "reference", "non_delivery", "importer_reference",
    "zone", "destination", "format", "contents", "category", "weight_g", "length_mm", "width_mm", "height_mm",
    "service", "sender_contact", "recipient_contact",
)  # fmt: skip


class WrongStatus(Exception):
    """The shipment's status does not allow this; `status` is the one it has."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class NotReady(Exception):
    """The draft lacks something; `problems` says what, field by field."""

    def __init__(self, problems: list[readiness.Problem]) -> None:
        super().__init__(", ".join(f"{problem.pointer}:{problem.code}" for problem in problems))
        self.problems = problems


class PriceChanged(Exception):
    """The postage is not what the reader was shown, because another edition or suspension holds since."""

    def __init__(self, postage_hkd: Decimal) -> None:
        super().__init__(str(postage_hkd))
        self.postage_hkd = postage_hkd


# Drafts ----------------------------------------------------------------------------------------------------


def start_draft(*, now: datetime, submission_key: UUID | None = None, values: dict[str, Any] | None = None) -> Shipment:
    """Make an empty draft, or one with `values`. The same submission key again returns the draft it made."""
    if submission_key and (made := Shipment.objects.filter(submission_key=submission_key).first()):
        return made
    shipment = Shipment(submission_key=submission_key, created_at=now, updated_at=now)
    _apply(shipment, values or {})
    with transaction.atomic(savepoint=False):
        try:
            with transaction.atomic(savepoint=submission_key is not None):
                shipment.save(force_insert=True)
        except IntegrityError:
            # The twin of a double click committed between our look and our insert. Under another account's key there
            # is nothing to find, and the error is a real one.
            twin = Shipment.objects.filter(submission_key=submission_key).first() if submission_key else None
            if twin is None:
                raise
            return twin
        trail.record(action=trail.Action.CREATE, kind=KIND, ids=[shipment.pk])
    return shipment


@transaction.atomic
def start_drafts(drafts: Sequence[Shipment], *, batch: Batch, now: datetime) -> list[Shipment]:
    """Save the drafts of a batch, in two statements; the first of them is the newest, as lists have it."""
    for place, draft in enumerate(drafts):
        draft.batch, draft.step = batch, "service"
        draft.created_at, draft.updated_at = now - timedelta(microseconds=place), now
    made = Shipment.objects.bulk_create(drafts)
    with observing.declared("batch", len(made)):
        trail.record(action=trail.Action.CREATE, kind=KIND, ids=[draft.pk for draft in made])
    return made


@transaction.atomic
def delete_drafts(*, batch: Batch) -> int:
    """Delete those of a batch that were not booked, for good; return how many."""
    drafts = Shipment.objects.drafts().filter(batch=batch).select_for_update().order_by("pk")
    ids = list(drafts.values_list("pk", flat=True))
    Shipment.objects.filter(pk__in=ids).delete()
    if ids:
        trail.record(action=trail.Action.DELETE, kind=KIND, ids=ids)
    return len(ids)


@transaction.atomic
def save_step(*, shipment_id: UUID, step: str, values: dict[str, Any], now: datetime) -> Shipment:
    """Keep what one step of the wizard, or a PATCH, says. Raises WrongStatus when the shipment is no draft any more."""
    shipment = _locked(shipment_id)
    if not shipment.is_draft:
        raise WrongStatus(shipment.status)
    _apply(shipment, values)
    shipment.step, shipment.updated_at = step or shipment.step, now
    shipment.save()
    trail.record(action=trail.Action.CHANGE, kind=KIND, ids=[shipment.pk])
    return shipment


def _apply(shipment: Shipment, values: dict[str, Any]) -> None:
    """Set a draft's fields, and what follows from them. Raises ValueError for a field that is not a draft's to set."""
    if unknown := values.keys() - DRAFT_FIELDS:
        raise ValueError(f"Not a draft's to set: {', '.join(sorted(unknown))}")
    for name, value in values.items():
        setattr(shipment, name, value)
    country = shipment.recipient.get("country", "")
    if country and not pricing.is_in(shipment.destination, country):
        shipment.destination, shipment.zone = pricing.home_of(country)  # another country: its parts are others too
    if shipment.contents == Contents.DOCUMENTS:
        shipment.items, shipment.category = [], "documents"
    elif shipment.category == "documents":
        shipment.category = ""


@transaction.atomic
def delete_draft(*, shipment_id: UUID) -> None:
    """Delete a draft for good. Raises WrongStatus for anything that was booked."""
    shipment = _locked(shipment_id)
    if not shipment.is_draft:
        raise WrongStatus(shipment.status)
    shipment.delete()
    trail.record(action=trail.Action.DELETE, kind=KIND, ids=[shipment_id])


@transaction.atomic
def ship_again(*, shipment_id: UUID, now: datetime, submission_key: UUID | None = None) -> Shipment:
    """Start a draft with the parties and contents of an earlier shipment; price and number are made anew."""
    earlier = Shipment.objects.filter(pk=shipment_id).first()
    if earlier is None:
        raise NotFound
    return start_draft(now=now, submission_key=submission_key, values={name: getattr(earlier, name) for name in COPIED})


# Booking ----------------------------------------------------------------------------------------------------


@transaction.atomic
def book_shipment(*, shipment_id: UUID, now: datetime, expected_postage_hkd: Decimal | None = None) -> Shipment:
    """Turn a draft into a booked item: number, price, edition and last day, all in one transaction.

    Called again for the same shipment (double click, retry, crash) it returns the item that was booked. Raises NotReady
    with what is missing, PriceChanged when the postage is not `expected_postage_hkd`, WrongStatus after cancellation,
    item_numbers.RangeExhausted when the service has no number left.
    """
    shipment = _locked(shipment_id)
    if not shipment.is_draft:
        if shipment.status in {Status.CANCELLED, Status.EXPIRED}:
            raise WrongStatus(shipment.status)
        return shipment
    offer = _offer_for(shipment, now=now)
    if expected_postage_hkd is not None and offer.postage_hkd != expected_postage_hkd:
        raise PriceChanged(offer.postage_hkd)
    _price(shipment, offer)
    contacts.note_use(shipment, now=now)
    if item_numbers.is_numbered(offer.service, has_customs=_has_customs(shipment)):
        shipment.item_number = item_numbers.allocate(offer.service, now=now)
    shipment.status, shipment.booked_at, shipment.updated_at = Status.BOOKED, now, now
    shipment.valid_until = hong_kong_day(now) + periods.LABELS.length()
    shipment.save()
    trail.record(action=trail.Action.BOOK, kind=KIND, ids=[shipment.pk])
    slots.has_become(shipment, now=now)
    return shipment


def _offer_for(shipment: Shipment, *, now: datetime) -> Offer:
    offers = pricing.offers_for(shipment, on=hong_kong_day(now))
    problems = readiness.problems_of(shipment, offers, on=hong_kong_day(now))
    if problems:
        raise NotReady(problems)
    offer = offers.of(shipment.service)
    assert offer is not None, "readiness lets no service pass that has no price"
    return offer


def _has_customs(shipment: Shipment) -> bool:
    return shipment.contents == Contents.GOODS and not shipment.is_local


def _price(shipment: Shipment, offer: Offer) -> None:
    shipment.postage_hkd, shipment.tariff_edition = offer.postage_hkd, offer.edition
    shipment.zone, shipment.format = offer.zone, offer.format


@transaction.atomic
def cancel_shipment(*, shipment_id: UUID, now: datetime) -> Shipment:
    """Cancel a booked item that was not handed in yet; cancelled twice is cancelled. Raises WrongStatus after that."""
    shipment = _locked(shipment_id)
    if shipment.status == Status.CANCELLED:
        return shipment
    if not shipment.may_cancel or slots.was_handed_in(shipment):
        raise WrongStatus(shipment.status)
    _become(shipment, Status.CANCELLED, now=now)
    trail.record(action=trail.Action.CANCEL, kind=KIND, ids=[shipment.pk])
    slots.has_become(shipment, now=now)
    return shipment


@transaction.atomic
def advance(*, shipment_id: UUID, status: str, now: datetime, final_postage_hkd: Decimal | None = None) -> Shipment:
    """Move an item on because of what happened to it. What it already is, or is past, stays as it is.

    Raises WrongStatus for a draft and for a cancelled or expired item, whose label must not be used.
    """
    shipment = _locked(shipment_id)
    if shipment.status in {Status.DRAFT, Status.CANCELLED, Status.EXPIRED}:
        raise WrongStatus(shipment.status)
    if final_postage_hkd is not None:
        shipment.final_postage_hkd = final_postage_hkd
    was = shipment.status
    if shipment.may_become(status) and status not in {Status.CANCELLED, Status.EXPIRED}:
        shipment.status = status
    shipment.updated_at = now
    shipment.save(update_fields=["status", "final_postage_hkd", "updated_at"])
    trail.record(action=trail.Action.CHANGE, kind=KIND, ids=[shipment.pk])
    if shipment.status != was:
        slots.has_become(shipment, now=now)
    return shipment


# Retention ----------------------------------------------------------------------------------------------------


def expire(*, now: datetime, dry_run: bool = False) -> tuple[int, int]:
    """In the current account, delete stale drafts and end labels past their last day; return how many of each."""
    with transaction.atomic():
        drafts = list(
            Shipment.objects.stale_drafts(now=now).select_for_update(skip_locked=True).values_list("pk", flat=True)
        )
        labels = list(
            Shipment.objects.expired_labels(today=hong_kong_day(now))
            .select_for_update(skip_locked=True)
            .values_list("pk", flat=True)
        )
        if not dry_run:
            _expire(drafts, labels, now=now)
    return len(drafts), len(labels)


def _expire(drafts: list[UUID], labels: list[UUID], *, now: datetime) -> None:
    if drafts:
        Shipment.objects.filter(pk__in=drafts, status=Status.DRAFT).delete()
        trail.record(action=trail.Action.DELETE, kind=KIND, ids=drafts)
    if labels:
        Shipment.objects.filter(pk__in=labels, status=Status.BOOKED).update(status=Status.EXPIRED, updated_at=now)
        trail.record(action=trail.Action.EXPIRE, kind=KIND, ids=labels)


def clear_personal_data(*, now: datetime, dry_run: bool = False) -> int:
    """In the current account, remove what is sealed in shipments past their days; return how many, one batch at most.

    A dry run counts all. Number, status, service, destination, weights, prices and dates stay; nothing is opened.
    """
    due = Shipment.objects.with_old_personal_data(now=now)
    if dry_run:
        return due.count()
    with transaction.atomic():
        rows = list(due.select_for_update(skip_locked=True).order_by("updated_at", "pk")[:CLEARED_AT_ONCE])
        for row in rows:
            row.forget()
            row.cleared_at = now
            row.save(update_fields=["sealed", "key_version", "cleared_at"])
        if rows:
            trail.record(action=trail.Action.EXPIRE, kind="personal_data", ids=[row.pk for row in rows])
    return len(rows)


def hong_kong_day(now: datetime) -> date:
    return timezone.localtime(now, HONG_KONG_TIME).date()


def _locked(shipment_id: UUID) -> Shipment:
    """Return the row, locked until the transaction ends. Raises NotFound."""
    shipment = Shipment.objects.select_for_update().filter(pk=shipment_id).first()
    if shipment is None:
        raise NotFound
    return shipment


def _become(shipment: Shipment, status: str, *, now: datetime) -> None:
    shipment.status, shipment.updated_at = status, now
    shipment.save(update_fields=["status", "updated_at"])
