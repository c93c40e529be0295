"""A process that books a batch is killed before and behind every statement: nothing is booked twice, nothing is lost.

The suite takes some of the moments, the nightly run all of them (`tests/addressbook/test_kills.py`).
"""

from __future__ import annotations

import pytest
from django.utils import timezone

from addressbook import services as books
from addressbook.details import ContactDetails
from security.leased import LEASE
from security.models import AccessEntry
from shipments import services
from shipments.models import Batch, BatchState, Shipment
from shipments.together import made, working
from shipments.together import services as together
from tests.addressbook.imports.conftest import asking
from tests.addressbook.test_kills import Act, Ended, depth, killed_everywhere
from tests.conftest import Person, make_person
from tests.shipments.booking import LONDON, SENDER

pytestmark = pytest.mark.django_db(transaction=True)
ITEMS = 2


@pytest.fixture
def owner(transactional_db: None) -> Person:
    return make_person("alice")


@depth
def test_booking_a_batch(owner: Person, nightly: bool) -> None:
    batches: list[Batch] = []
    with owner.scope():
        book = books.default_book(now=timezone.now())
        people = [books.save_contact(book=book, details=ContactDetails(**LONDON), now=timezone.now())
                  for _one in range(ITEMS)]  # fmt: skip

    def prepare() -> Act:
        now = timezone.now()
        values = {"sender": SENDER, "contents": "documents", "weight_g": 20, "service": "ARM"}
        with asking(owner):
            batch = together.begin(contacts=people, now=now)
            together.keep(batch=batch, step="service", now=now, values=values)
            together.make_drafts(batch=batch, now=now)
            total = made.figures(batch, on=services.hong_kong_day(now))["estimate_hkd"]
            together.book(batch=batch, expected_hkd=total, now=now)
        batches.append(batch)
        return lambda: working.work(batch.pk, account_id=batch.account_id, clock=timezone.now)

    def numbers() -> list[str]:
        with owner.scope():
            found = Shipment.objects.filter(batch=batches[-1], status="booked").order_by("pk")
            return [str(number) for number in found.values_list("item_number", flat=True)]

    def check(ended: Ended) -> int:
        between, batch = numbers(), batches[-1]
        page = owner.client.get(f"/en/shipments/together/{batch.pk}/").content.decode()
        working.work(batch.pk, account_id=batch.account_id, clock=lambda: timezone.now() + 2 * LEASE)
        after = numbers()
        with owner.scope():
            state = Batch.objects.get(pk=batch.pk).state
            ids = [str(pk) for pk in Shipment.objects.filter(batch=batch).values_list("pk", flat=True)]
            noted = [entry.ids[0] for entry in AccessEntry.objects.filter(action="book") if entry.ids[0] in ids]
        assert f"{len(between)} of {ITEMS}" in page or f"{ITEMS} booked items" in page
        assert set(between) <= set(after)
        assert len(set(after)) == len(after) == ITEMS
        assert sorted(noted) == sorted(ids), "each booking is in the access log, and once"
        assert state == BatchState.MADE
        return len(between)

    seen = killed_everywhere("booking of a batch", prepare, check, nightly=nightly)

    assert set(seen) == set(range(ITEMS + 1)) or not nightly, seen
