"""The worker's part: a batch's drafts are booked one by one, each in a transaction of its own.

A worker holds a batch by a lease (`security.leasing`). Killed, it leaves whole bookings, and another goes on with the
next draft: what is booked is no draft any more, so that nothing is booked twice. A draft that cannot be booked stays
one, and the batch says why.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

from celery.exceptions import SoftTimeLimitExceeded

from accounts import closing_rights
from security import leasing
from security.leasing import Clock, Taken
from security.permissions import Permission
from security.refusals import Forbidden, NotFound, Outdated, Suspended
from shipments import access, item_numbers, periods, services
from shipments.models import Batch, BatchState, Shipment
from shipments.together.checking import price_key

NAME, ACTOR = "shipments.work_batch", "system:batch"
MOST_ATTEMPTS = 3  # of one draft, before it counts as one that kills its worker
NO_PRICE = Decimal(-1)  # nobody was shown one, so it is booked at none


class Job(leasing.Job[Batch]):
    model, task, actor = Batch, NAME, ACTOR


def work(run_id: UUID, *, account_id: UUID, clock: Clock) -> None:
    """Book the drafts of a batch, unless another worker does. Safe to run twice, and to be killed."""
    lease = uuid4()
    while (job := Job.claim(run_id, lease, account_id=account_id, clock=clock)) is not None:
        try:
            _book_all(job)
        except Taken:
            continue  # the next claim says by whom, or that there is nothing to do
        except (Suspended, Outdated, Forbidden, NotFound):
            _put_down(job, account_id, "stopped")
        except SoftTimeLimitExceeded:
            _put_down(job, account_id, "too_slow")
        return


def _put_down(job: Job, account_id: UUID, code: str) -> None:
    with job.put_down(account_id, code) as batch:
        if batch is not None:
            batch.due_at = job.clock() + periods.BATCHES.length()


def _book_all(job: Job) -> None:
    used_up: set[str] = set()  # services that have no number left: asked once
    is_done = False
    while not is_done:
        with job.step() as batch:
            access.check_right(Permission.SHIPMENT_BOOK)
            if closing_rights.is_closing_here():
                raise Forbidden(Permission.SHIPMENT_BOOK)
            draft = _next(batch)
            if is_done := draft is None:
                _finish(batch, job)
            else:
                _try(batch, draft, job, used_up)


def _next(batch: Batch) -> Shipment | None:
    tried = batch.failures
    drafts = Shipment.objects.drafts().filter(batch=batch).exclude(pk__in=list(tried))
    return drafts.order_by("-created_at", "pk").first()


def _try(batch: Batch, draft: Shipment, job: Job, used_up: set[str]) -> None:
    if batch.attempts > MOST_ATTEMPTS:
        code = "crashed"
    elif draft.service in used_up:
        code = "no_numbers"
    else:
        code = _book(batch, draft, job)
        if code == "no_numbers":
            used_up.add(draft.service)
    if code:
        batch.failures = {**batch.failures, str(draft.pk): code}
    batch.attempts = 1


def _book(batch: Batch, draft: Shipment, job: Job) -> str:
    """Book a draft at the price that was shown; return why not, as a code, or nothing.

    Nothing is to be said of one that somebody booked, cancelled or deleted by itself meanwhile.
    """
    shown = batch.prices.get(price_key(draft))
    expected = NO_PRICE if shown is None else Decimal(shown)
    try:
        services.book_shipment(shipment_id=draft.pk, now=job.clock(), expected_postage_hkd=expected)
    except services.NotReady:
        return "not_ready"
    except services.PriceChanged:
        return "price_changed"
    except item_numbers.RangeExhausted:
        return "no_numbers"
    except (services.WrongStatus, NotFound):
        return ""
    return ""


def _finish(batch: Batch, job: Job) -> None:
    now = job.clock()
    batch.state, batch.asked, batch.prices, batch.updated_at = BatchState.MADE, "", {}, now
    batch.let_go()
    batch.due_at = now + periods.BATCHES.length()
