"""The drafts of a batch are booked together: each once, at the price that was shown, whatever dies on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account
from accounts.roles import Role
from addressbook.models import AddressBook, Contact
from labels import services as labels
from security import live, scope
from security.leased import LEASE
from shipments import item_numbers, services
from shipments.models import Batch, BatchState, Shipment
from shipments.together import made, tending, working
from tests.conftest import Person, make_person
from tests.labels.reading import one_line
from tests.shipments.test_together import at, book, filled, opened, people, post, the_batch
from tests.site.test_query_counts import counted

pytestmark = pytest.mark.django_db(databases=["default", "trail", "owner"])
NOW = timezone.now()
LATER = NOW + LEASE + timedelta(seconds=1)
__all__ = ["book", "people"]


class Killed(BaseException):
    """The process is gone: nothing behind it runs, and its transaction never happened."""


@pytest.fixture
def batch(alice: Person, book: AddressBook, people: list[Contact]) -> Batch:
    """Three drafts: two with a number each, one local."""
    batch = filled(alice, book, people)
    post(alice, batch, "batch-service", service="ARM", service_local="LRM")
    post(alice, batch, "batch-make")
    return the_batch(alice)


def price(person: Person, batch: Batch) -> Decimal:
    with person.scope():
        found: Decimal = made.figures(batch, on=services.hong_kong_day(NOW))["estimate_hkd"]
    return found


def press(person: Person, batch: Batch, **data: Any) -> Any:
    return person.client.post(at(batch, "batch-book"), {"postage_hkd": price(person, batch), **data}, follow=True)


def work(batch: Batch, *, clock: Any = lambda: NOW) -> None:
    working.work(batch.pk, account_id=batch.account_id, clock=clock)


def again(person: Person, batch: Batch) -> Batch:
    with person.scope():
        return opened(Batch.objects.get(pk=batch.pk))


def items(person: Person) -> list[Shipment]:
    with person.scope():
        return [opened(one) for one in Shipment.objects.order_by("-created_at")]


def statuses(person: Person) -> list[str]:
    return [one.status for one in items(person)]


def test_all_are_booked_by_the_worker_and_a_second_click_books_nothing_more(alice: Person, batch: Batch) -> None:
    assert "Book 3 items for HK$" in alice.client.get(at(batch)).text

    first, second = press(alice, batch), press(alice, batch)
    for _worker in range(2):
        work(batch)

    assert "The items are being booked: 0 of 3." in first.text
    assert "being booked" in second.text
    assert statuses(alice) == ["booked"] * 3
    assert len({one.item_number for one in items(alice)}) == 3
    done = again(alice, batch)
    assert (done.state, done.asked, done.prices, done.failures) == (BatchState.MADE, "", {}, {})
    page = alice.client.get(at(batch)).text
    assert "3 booked items" in page
    assert "Labels on A4" in page
    assert "Delete these" not in page


def test_the_list_says_how_far_each_is(alice: Person, batch: Batch) -> None:
    listing = reverse("shipments:batches")
    assert "3 drafts are not booked" in alice.client.get(listing).text
    press(alice, batch)
    assert "Being booked" in alice.client.get(listing).text

    work(batch)

    assert "not booked" not in alice.client.get(listing).text


def test_another_price_than_was_shown_books_nothing(alice: Person, batch: Batch) -> None:
    changed, unsaid = press(alice, batch, postage_hkd="1.00"), press(alice, batch, postage_hkd="")

    assert "The postage has changed." in changed.text
    assert "Nothing was booked." in unsaid.text
    assert again(alice, batch).state == BatchState.MADE


def test_one_that_cannot_be_booked_stays_a_draft_and_says_why(alice: Person, batch: Batch) -> None:
    press(alice, batch)
    with alice.scope():
        ids = [one.pk for one in Shipment.objects.order_by("-created_at")]
        services.save_step(shipment_id=ids[0], step="sender", values={"sender": {}}, now=NOW)
        services.save_step(shipment_id=ids[1], step="contents", values={"weight_g": 900}, now=NOW)
    work(batch)

    assert statuses(alice) == ["draft", "draft", "booked"]
    page = alice.client.get(at(batch)).text
    assert "2 drafts were not booked" in page
    assert "Something is missing." in page
    assert "Its postage is not the one that was shown." in page
    assert f"/shipments/{ids[0]}/review/" in page


def test_without_numbers_the_rest_is_booked(alice: Person, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = item_numbers.allocate, []

    def none_of_arm(service: str, **more: Any) -> str:
        asked.append(service)
        if service == "ARM":
            raise item_numbers.RangeExhausted("RA")
        return real(service, **more)

    monkeypatch.setattr(item_numbers, "allocate", none_of_arm)
    press(alice, batch)
    work(batch)

    assert statuses(alice) == ["draft", "draft", "booked"]
    assert asked == ["ARM", "LRM"]  # those behind the first are not tried
    assert "No item numbers are left" in alice.client.get(at(batch)).text


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, part: int) -> Iterator[None]:
    """Kill the worker at the end of its so-many-th part, before it is committed."""
    real, seen = working.Job.step, [0]

    @contextmanager
    def dying(self: working.Job) -> Iterator[Any]:
        with real(self) as found:
            yield found
            seen[0] += 1
            if seen[0] == part:
                raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(working.Job, "step", dying)
        with pytest.raises(Killed):
            yield


@pytest.mark.parametrize("part", range(1, 5))
def test_a_killed_worker_books_nothing_twice_and_another_goes_on(
    alice: Person, batch: Batch, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    press(alice, batch)

    with killed_at(monkeypatch, part):
        work(batch)
    work(batch)  # its lease still holds
    before = {one.pk: one.item_number for one in items(alice) if one.status == "booked"}
    with alice.scope():
        named = tending.tend_here(now=LATER)
    work(batch, clock=lambda: LATER)

    assert (len(before), named) == (part - 1, [batch.pk])
    after = {one.pk: one.item_number for one in items(alice)}
    assert before.items() <= after.items()
    assert statuses(alice) == ["booked"] * 3
    assert again(alice, batch).state == BatchState.MADE


def test_what_kills_its_worker_again_and_again_stays_a_draft_and_the_rest_is_booked(
    alice: Person, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(alice, batch)
    clocks = iter(range(1, 100))

    for _attempt in range(working.MOST_ATTEMPTS):
        with killed_at(monkeypatch, 1):
            work(batch, clock=lambda: NOW + LEASE * next(clocks) * 2)
    work(batch, clock=lambda: NOW + LEASE * 1000)

    assert statuses(alice) == ["draft", "booked", "booked"]
    assert "It could not be booked. Try it by itself." in alice.client.get(at(batch)).text


def test_a_suspension_stops_it_in_the_middle_and_a_colleague_lets_it_go_on(
    alice: Person, bob: Person, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(bob, batch)
    with killed_at(monkeypatch, 2):
        work(batch)
    live.suspend(bob.user.pk)

    work(batch, clock=lambda: LATER)

    assert again(alice, batch).failure == "stopped"
    assert statuses(alice) == ["booked", "draft", "draft"]
    page = alice.client.get(at(batch)).text
    assert "Booking stopped in the middle." in page
    assert "Go on" in page
    assert post(alice, batch, "batch-book").status_code == 302
    work(batch, clock=lambda: LATER)
    assert statuses(alice) == ["booked"] * 3


def test_what_stopped_can_be_ended_and_its_drafts_deleted(alice: Person, batch: Batch) -> None:
    press(alice, batch)
    assert "Wait until that is over." in alice.client.post(at(batch, "batch-delete"), follow=True).text
    with alice.scope():
        Batch.objects.filter(pk=batch.pk).update(failure="stopped")

    alice.client.post(at(batch, "batch-delete"))

    assert items(alice) == []
    with alice.scope():
        assert not Batch.objects.exists()


def test_who_may_not_book_is_offered_and_given_nothing(alice: Person, charlie: Person, batch: Batch) -> None:
    vera = make_person("vera", account=alice.account, role=Role.VIEWER)

    page = vera.client.get(at(batch)).text

    assert "3 drafts" in page
    assert "Book 3 items" not in page
    assert "Delete these" not in page
    assert post(vera, batch, "batch-book", postage_hkd="1").status_code == 403
    assert post(charlie, batch, "batch-book", postage_hkd="1").status_code == 404
    assert charlie.client.get(at(batch)).status_code == 404


def test_an_account_that_is_being_deleted_books_nothing_more(alice: Person, batch: Batch) -> None:
    press(alice, batch)
    with scope.identity():
        Account.objects.filter(pk=alice.account.pk).update(closing_at=NOW + timedelta(days=7), closing_asked_at=NOW)

    work(batch)

    assert again(alice, batch).failure == "stopped"
    assert statuses(alice) == ["draft"] * 3


def test_what_was_done_to_a_draft_by_itself_meanwhile_is_left_alone(
    alice: Person, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(alice, batch)
    real = working._next

    def deleted(run: Batch) -> Shipment | None:
        draft = real(run)
        if draft is not None and draft.service == "LRM":
            services.delete_draft(shipment_id=draft.pk)
        return draft

    monkeypatch.setattr(working, "_next", deleted)
    work(batch)

    assert statuses(alice) == ["booked"] * 2
    assert (again(alice, batch).state, again(alice, batch).failures) == (BatchState.MADE, {})


# Labels and retention -------------------------------------------------------------------------------------------


def test_labels_come_together_a_hundred_a_file_with_as_many_statements_for_many_as_for_few(
    alice: Person, charlie: Person, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = reverse("labels:labels", args=[batch.pk])
    assert "nothing of this is booked" in alice.client.get(path, follow=True).text
    press(alice, batch)
    work(batch)

    answer = alice.client.get(path, {"layout": "4x6"})
    text = one_line(answer.content)

    assert answer["Content-Disposition"] == 'attachment; filename="labels.pdf"'
    assert all(item_numbers.human(str(one.item_number)) in text for one in items(alice))
    assert charlie.client.get(path).status_code == 404
    assert alice.client.get(path, {"layout": "x"}).status_code == 400
    all_three = counted(lambda: alice.client.get(path))
    monkeypatch.setattr(labels, "MOST_AT_ONCE", 2)
    parts = [one_line(alice.client.get(path, {"part": part}).content) for part in (1, 2)]
    numbers = [item_numbers.human(str(one.item_number)) for one in items(alice)]
    assert [[number in text for number in numbers] for text in parts] == [[True, True, False], [False, False, True]]
    assert "Labels 1 to 2" in alice.client.get(at(batch)).text
    with alice.scope():
        Shipment.objects.filter(pk__in=[one.pk for one in items(alice)[1:]]).update(batch=None)
    assert counted(lambda: alice.client.get(path)) == all_three


def test_what_nobody_goes_on_with_goes_and_its_shipments_stay(alice: Person, batch: Batch) -> None:
    with alice.scope():
        assert tending.tend_here(now=NOW + timedelta(days=settings.DRAFT_DAYS - 1)) == []
        assert Batch.objects.exists()
        assert tending.tend_here(now=NOW + timedelta(days=settings.DRAFT_DAYS + 1)) == []

        assert not Batch.objects.exists()
        assert Shipment.objects.filter(batch=None).count() == 3


def test_the_security_role_sees_when_something_is_due_and_nothing_else() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT a.attname FROM pg_attribute a WHERE a.attrelid = 'shipments_batch'::regclass AND a.attnum > 0"
            " AND has_column_privilege('ecship_security', a.attrelid, a.attnum, 'SELECT') ORDER BY 1"
        )
        assert [row[0] for row in cursor.fetchall()] == ["account_id", "due_at", "id"]
