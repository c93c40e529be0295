"""Everything that changes a batch. Whoever calls has fetched it through `access`, locked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from addressbook.models import Contact
from security import scope, tasks, trail
from security.detection import observing
from security.leased import LEASE
from security.trail import Action
from shipments import periods, selectors, services
from shipments.catalogue import LOCAL
from shipments.models import Batch, BatchState, Shipment
from shipments.together import checking, made
from shipments.together.patterns import SAME, SERVICE_LOCAL

KIND = "batch"  # in the access log
MOST = 500  # recipients at once: as many labels as there are in a document
MOST_TWINS = 5  # batches that are looked through for one that is alike


class WrongState(Exception):
    """The batch is not at the point where this can be done."""


class NobodyReady(Exception):
    """There is no recipient to whom an item can be sent as it is."""


@transaction.atomic
def begin(*, contacts: Sequence[Contact], now: datetime) -> Batch:
    """Begin to ship to some contacts, from where one sent the last time.

    For the same ones as a batch that the same person has not finished, that one is returned: they go on with it.
    """
    chosen = [str(contact.pk) for contact in contacts]
    by = scope.current().user_id
    with observing.declared(checking.DECLARED, len(chosen)):
        trail.record(action=Action.READ, kind="contact", ids=chosen, fields=())
    unfinished = Batch.objects.filter(by=by, state=BatchState.OPEN, rows=len(chosen)).order_by("-created_at")
    twin = next((one for one in unfinished[:MOST_TWINS] if one.chosen == chosen), None)
    if twin is not None:
        return twin
    batch = Batch(by=by, rows=len(chosen), created_at=now, updated_at=now, due_at=now + periods.BATCHES.length())
    batch.chosen, batch.pattern = chosen, selectors.last_sender()
    note_places(batch, contacts)
    batch.save(force_insert=True)
    trail.record(action=Action.CREATE, kind=KIND, ids=[batch.pk])
    return batch


def note_places(batch: Batch, contacts: Sequence[Contact]) -> None:
    """Note whether all that are not left out are in Hong Kong: then nothing is declared. Nothing is saved."""
    left_out = set(batch.left_out)
    is_local = checking.are_all_local(contact for contact in contacts if str(contact.pk) not in left_out)
    batch.pattern = {**batch.pattern, "destination": LOCAL if is_local else ""}


@transaction.atomic
def keep(*, batch: Batch, step: str, now: datetime, values: dict[str, Any] | None = None) -> None:
    """Keep what one step says of the items, or what was set in the batch itself. Raises WrongState."""
    if not batch.is_open:
        raise WrongState
    batch.pattern = {**batch.pattern, **(values or {})}
    batch.step, batch.updated_at, batch.due_at = step or batch.step, now, now + periods.BATCHES.length()
    batch.save()
    trail.record(action=Action.CHANGE, kind=KIND, ids=[batch.pk])


def lent_by(shipment: Shipment) -> dict[str, Any]:
    """Return what an earlier item says of the items of a batch; nothing where it cannot be read any more."""
    if shipment.is_cleared or shipment.is_unreadable:
        return {}
    service = SERVICE_LOCAL if shipment.is_local else "service"
    return {**{name: getattr(shipment, name) for name in SAME}, service: shipment.service}


@transaction.atomic
def make_drafts(*, batch: Batch, now: datetime) -> list[Shipment]:
    """Make a draft for each recipient to whom an item can be sent: all of them or none, and once.

    From then on the batch names nobody. Raises WrongState and NobodyReady.
    """
    if not batch.is_open:
        raise WrongState
    ready = checking.look(batch, on=services.hong_kong_day(now)).ready
    if not ready:
        raise NobodyReady
    drafts = services.start_drafts([one.draft for one in ready if one.draft], batch=batch, now=now)
    batch.chosen, batch.left_out, batch.references, batch.pattern = [], [], {}, {}
    batch.state, batch.rows, batch.updated_at = BatchState.MADE, len(drafts), now
    batch.due_at = now + periods.BATCHES.length()
    batch.save()
    with observing.declared(checking.DECLARED, len(ready)):
        trail.record(action=Action.READ, kind="contact", ids=[one.contact.pk for one in ready])
    trail.record(action=Action.CHANGE, kind=KIND, ids=[batch.pk])
    return drafts


@transaction.atomic
def book(*, batch: Batch, expected_hkd: Decimal, now: datetime) -> None:
    """Have the drafts booked, each at the postage that it has now, which comes to `expected_hkd`.

    While they are being booked nothing more happens. Raises PriceChanged, and WrongState where there is no draft.
    """
    if batch.is_working:
        return
    prices, drafts = checking.Prices(services.hong_kong_day(now)), made.drafts_of(batch)
    if batch.is_open or not drafts:
        raise WrongState
    offers = [(draft, offer) for draft in drafts if (offer := prices.offers_for(draft).of(draft.service))]
    total = sum((offer.postage_hkd for _draft, offer in offers), Decimal(0))
    if total != expected_hkd:
        raise services.PriceChanged(total)
    batch.prices = {checking.price_key(draft): str(offer.postage_hkd) for draft, offer in offers}
    batch.failures, batch.state, batch.updated_at = {}, BatchState.BOOKING, now
    _send(batch, now=now)


@transaction.atomic
def go_on(*, batch: Batch, now: datetime) -> None:
    """Let a batch that stopped in the middle go on, as who they are now. Raises WrongState."""
    if not batch.is_stopped:
        raise WrongState
    _send(batch, now=now)


def _send(batch: Batch, *, now: datetime) -> None:
    from shipments.tasks import work_batch  # the task calls services, and services send it

    batch.failure, batch.attempts, batch.asked, batch.due_at = "", 0, tasks.scope_to_keep(), now + LEASE
    batch.save()
    trail.record(action=Action.CHANGE, kind=KIND, ids=[batch.pk])
    tasks.send(work_batch, batch_id=str(batch.pk))


@transaction.atomic
def delete(*, batch: Batch) -> int:
    """Give up a batch, or delete those of its drafts that were not booked; return how many. Raises WrongState."""
    if batch.is_working and not batch.is_stopped:
        raise WrongState
    count = services.delete_drafts(batch=batch)
    if not (left := batch.shipments.count()):
        batch.delete()
    else:
        batch.state, batch.rows, batch.failure, batch.asked = BatchState.MADE, left, "", ""
        batch.let_go()
        batch.save()
    trail.record(action=Action.DELETE, kind=KIND, ids=[batch.pk])
    return count
