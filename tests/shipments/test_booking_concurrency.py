"""Booking under concurrency, with real commits: threads, processes, and processes killed in the middle."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone

from addressbook import services as books
from addressbook.details import ContactDetails
from security import scope
from security.models import AccessEntry
from security.permissions import Permission
from shipments import access, item_numbers, retention, services, tasks
from shipments.models import NumberRange, Shipment, Status
from shipments.together import made, working
from shipments.together import services as together
from tests.conftest import Person, make_person
from tests.shipments.booking import LONDON, SENDER, goods_to_london, letter_to_sha_tin, make_booked, make_draft

SHARED_INDICATOR = [("ARM", goods_to_london), ("LRM", letter_to_sha_tin)]  # both number from RA


@pytest.fixture
def owner(transactional_db: None) -> Person:
    return make_person("alice")


def in_threads(count: int, act: Callable[[], object]) -> list[object]:
    """Run the same act at once in threads, each with its own connection; return results or errors."""
    results: list[object] = []
    barrier = threading.Barrier(count)

    def run() -> None:
        try:
            barrier.wait(10)
            results.append(act())
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_one_draft_booked_by_eight_clicks_at_once_is_one_item(owner: Person) -> None:
    with owner.scope():
        draft = make_draft(now=timezone.now()).pk

    def click() -> object:
        with owner.scope():
            return services.book_shipment(shipment_id=draft, now=timezone.now()).item_number

    numbers = in_threads(8, click)

    assert len(numbers) == 8
    assert len(set(numbers)) == 1, numbers
    assert item_numbers.is_valid(str(numbers[0]))


def test_one_submission_sent_eight_times_at_once_is_one_draft(owner: Person) -> None:
    key = uuid4()

    def send() -> object:
        with owner.scope():
            return services.start_draft(now=timezone.now(), submission_key=key).pk

    made = in_threads(8, send)

    assert len(set(made)) == 1, made


def test_cancel_and_acceptance_at_once_leave_one_of_them(owner: Person) -> None:
    with owner.scope():
        booked = make_booked(now=timezone.now()).pk
    turn = iter(["cancel", "accept"])

    def act() -> object:
        what = next(turn)
        with owner.scope():
            if what == "cancel":
                return services.cancel_shipment(shipment_id=booked, now=timezone.now()).status
            return services.advance(shipment_id=booked, status=Status.ACCEPTED, now=timezone.now()).status

    results = in_threads(2, act)

    assert len([result for result in results if isinstance(result, services.WrongStatus)]) == 1, results


class Worker:
    """A forked process that books its drafts one after the other, each in a transaction of its own.

    One that is `doomed` dies at the latest in the middle of its last booking, with the number in hand; it is killed
    from outside before that, if the killer is quicker. `booked` counts what it saw committed.
    """

    def __init__(self, owner: Person, drafts: list[UUID], *, doomed: bool) -> None:
        assert owner.account is not None
        context = multiprocessing.get_context("fork")
        self.drafts, self.doomed = drafts, doomed
        self.account_id, self.user_id = owner.account.pk, owner.user.pk
        self.booked = context.RawValue("i", 0)  # without a lock: whoever is killed with a lock in hand keeps it
        self.process = context.Process(target=self.run)

    def run(self) -> None:
        connections.close_all()
        for draft in self.drafts:
            with scope.account(account_id=self.account_id, user_id=self.user_id):
                services.book_shipment(shipment_id=draft, now=timezone.now())
                if self.doomed and draft == self.drafts[-1]:
                    os.kill(os.getpid(), signal.SIGKILL)
            self.booked.value += 1
        connections.close_all()

    def kill_at_work(self, delay_s: float) -> None:
        """Kill it a moment after its first booking."""
        while not self.booked.value and self.process.is_alive():
            time.sleep(0.002)
        time.sleep(delay_s)
        self.process.kill()


def book_with_kills(owner: Person, *, items: int, workers: int, kills: int) -> None:
    with owner.scope():
        drafts = [make_draft(SHARED_INDICATOR[number % 2][1](), now=timezone.now()).pk for number in range(items)]
        first = next_serials()
    dice = random.Random(7)
    doomed = set(dice.sample(range(workers), kills))
    crew = [Worker(owner, drafts[place::workers], doomed=place in doomed) for place in range(workers)]
    connections.close_all()

    for worker in crew:
        worker.process.start()
    for place in doomed:
        crew[place].kill_at_work(dice.uniform(0, 0.1))
    for worker in crew:
        worker.process.join(120)

    assert [worker.process.exitcode for worker in crew] == [-9 if worker.doomed else 0 for worker in crew]
    with owner.scope():
        given = booked_numbers(drafts)
        for worker in crew:
            committed = len(given.keys() & set(worker.drafts))
            if worker.doomed:
                assert 1 <= worker.booked.value <= committed < len(worker.drafts), "killed in the middle"
            else:
                assert committed == worker.booked.value == len(worker.drafts), "booked before anybody asks again"
        # Whoever was killed asks again, and so does everybody else: a retry is never a second item.
        for draft in drafts:
            services.book_shipment(shipment_id=draft, now=timezone.now())

        numbers = booked_numbers(drafts)
        assert given.items() <= numbers.items(), "what was booked before keeps its number"
        assert len(numbers) == items
        assert all(item_numbers.is_valid(number) for number in numbers.values())
        # Of the range exactly these are gone, each to one item: none twice, none lost with who was killed.
        assert next_serials() == first + items
        assert sorted(int(number[2:10]) for number in numbers.values()) == list(range(first, first + items))
        assert {number[:2] for number in numbers.values()} == {"RA"}
        # No orphan: nothing is numbered but not booked, or booked but not numbered, and each was booked once on record.
        assert Shipment.objects.exclude(item_number__isnull=False, status=Status.BOOKED).count() == 0
        assert Shipment.objects.count() == items
        on_record = AccessEntry.objects.filter(kind="shipment", action="book").values_list("ids", flat=True)
        assert sorted(name for names in on_record for name in names) == sorted(str(draft) for draft in drafts)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM shipments_shipment WHERE item_number IS NOT NULL")
        assert cursor.fetchone() == (0,), "outside a scope nothing is seen"


def booked_numbers(drafts: list[UUID]) -> dict[UUID, str]:
    """Return the item number of each draft that was booked."""
    rows = Shipment.objects.filter(pk__in=drafts, status=Status.BOOKED)
    return {row.pk: row.item_number or "" for row in rows}


def next_serials() -> int:
    """Return the next serial of the range of registered mail, of which there is one."""
    return NumberRange.objects.get(range_group="RA").next_serial


def test_bookings_from_processes_that_are_killed_give_one_item_each(owner: Person) -> None:
    book_with_kills(owner, items=24, workers=4, kills=2)


@pytest.mark.nightly
def test_200_bookings_from_20_processes_with_kills_give_200_items(owner: Person) -> None:
    book_with_kills(owner, items=200, workers=20, kills=8)


# The command ---------------------------------------------------------------------------------------------------


@pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given")
@pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])
def test_expire_names_due_accounts_and_ends_what_is_due(capsys: pytest.CaptureFixture[str]) -> None:
    alice, charlie = make_person("alice"), make_person("charlie")
    long_ago = timezone.now() - timedelta(days=200)
    with alice.scope():
        make_draft(now=long_ago)
        label = make_booked(now=long_ago).pk
    with charlie.scope():
        make_draft(now=timezone.now())

    call_command("expire", "--dry-run")
    with alice.scope():
        assert Shipment.objects.get(pk=label).status == Status.BOOKED
    call_command("expire")
    tasks.expire.apply().get()

    with alice.scope():
        assert [row.status for row in Shipment.objects.all()] == [Status.EXPIRED]
    with charlie.scope():
        assert Shipment.objects.count() == 1
    told = capsys.readouterr().out
    assert told.count(f"{alice.account.pk}: 1 drafts, 1 labels, 0 shipments") == 2
    assert str(charlie.account.pk) not in told


def test_expire_says_when_the_security_role_is_missing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ALIAS", "not configured")

    with pytest.raises(CommandError, match="DATABASE_SECURITY_URL"):
        call_command("expire")


def test_a_batch_made_and_booked_by_clicks_and_workers_at_once_is_made_and_booked_once(owner: Person) -> None:
    now = timezone.now()
    with owner.scope():
        book = books.default_book(now=now)
        contacts = [books.save_contact(book=book, details=ContactDetails(**LONDON), now=now) for _one in range(2)]
        batch = together.begin(contacts=contacts, now=now)
        values = {"sender": SENDER, "contents": "documents", "weight_g": 20, "service": "ARM"}
        together.keep(batch=batch, step="service", now=now, values=values)

    def make() -> object:
        with owner.scope():
            found = access.get_batch(batch.pk, to=Permission.SHIPMENT_CHANGE, lock=True)
            return len(together.make_drafts(batch=found, now=now)) if found.is_open else 0

    def book_them() -> object:
        with owner.scope() as active:
            object.__setattr__(active, "epoch", 1)
            found = access.get_batch(batch.pk, to=Permission.SHIPMENT_BOOK, lock=True)
            together.book(batch=found, expected_hkd=total, now=now)
        working.work(batch.pk, account_id=owner.account.pk, clock=timezone.now)
        return True

    assert sorted(map(str, in_threads(4, make))) == ["0", "0", "0", "2"]
    with owner.scope():
        total = made.figures(batch, on=services.hong_kong_day(now))["estimate_hkd"]
    in_threads(4, book_them)

    with owner.scope():
        numbers = list(Shipment.objects.values_list("item_number", flat=True))
        booked = AccessEntry.objects.filter(action="book", account_id=owner.account.pk).count()
    assert len({*numbers} - {None}) == len(numbers) == booked == 2
