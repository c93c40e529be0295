"""Booking under concurrency, with real commits: threads, processes, and processes killed in the middle."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone

from security import scope
from shipments import item_numbers, retention, services, tasks
from shipments.models import Shipment, Status
from tests.conftest import Person, make_person
from tests.shipments.booking import goods_to_london, letter_to_sha_tin, make_booked, make_draft

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


def book_many(account_id: UUID, user_id: UUID, drafts: list[UUID]) -> None:
    """The work of one process: book its drafts one after the other, each in a transaction of its own."""
    connections.close_all()
    for draft in drafts:
        with scope.account(account_id=account_id, user_id=user_id):
            services.book_shipment(shipment_id=draft, now=timezone.now())
    connections.close_all()


@contextmanager
def processes(count: int, target: Callable[..., None], work: list[tuple[object, ...]]) -> Iterator[list[int]]:
    """Fork processes with their work; afterwards wait for those that are left."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    started = [context.Process(target=target, args=arguments) for arguments in work[:count]]
    for process in started:
        process.start()
    yield [process.pid or 0 for process in started]
    for process in started:
        process.join(120)
        assert process.exitcode is not None, "a process did not end"


def book_with_kills(owner: Person, *, items: int, workers: int, kills: int) -> None:
    with owner.scope():
        drafts = [make_draft(SHARED_INDICATOR[number % 2][1](), now=timezone.now()).pk for number in range(items)]
    assert owner.account is not None
    work: list[tuple[object, ...]] = [
        (owner.account.pk, owner.user.pk, drafts[number::workers]) for number in range(workers)
    ]

    with processes(workers, book_many, work) as pids:
        dice = random.Random(7)
        for pid in dice.sample(pids, kills):
            time.sleep(dice.uniform(0.02, 0.15))
            os.kill(pid, signal.SIGKILL)
    # Whoever was killed asks again, and so does everybody else: a retry is never a second item.
    with owner.scope():
        for draft in drafts:
            services.book_shipment(shipment_id=draft, now=timezone.now())

        rows = list(Shipment.objects.filter(pk__in=drafts))
    numbers = [row.item_number for row in rows]
    assert len(rows) == items
    assert {row.status for row in rows} == {Status.BOOKED}
    assert len(set(numbers)) == items
    assert all(item_numbers.is_valid(number or "") for number in numbers)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM shipments_shipment WHERE item_number IS NOT NULL")
        assert cursor.fetchone() == (0,), "outside a scope nothing is seen"


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
