"""A worker that dies, is slow, or whose orderer is suspended: whole batches, and somebody goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from itertools import count, pairwise
from typing import Any

import openpyxl
import pytest

from addressbook.imports import services, tending, working, writing
from addressbook.imports.models import Import, State
from addressbook.imports.reading import sheets
from addressbook.models import Contact
from security import live, scope, tasks
from security.leased import LEASE
from tests.addressbook.imports.conftest import NOW, Upload, again, asking, work
from tests.addressbook.imports.files import ANN, BEN, HEADINGS, csv_file, xlsx_file
from tests.conftest import Person
from tests.security.watching import DATABASES

pytestmark = pytest.mark.django_db
Do = Callable[..., Import]
ROWS = [[f"Person {n}", f"{n} Sample Street", "Sha Tin", "HK", f"p{n}@example.com", ""] for n in range(6)]
DATA = csv_file([HEADINGS, *ROWS])
LATER = NOW + LEASE + timedelta(seconds=1)


class Killed(BaseException):
    """The process is gone: nothing behind it runs, and its transaction never happened."""


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "BATCH", 2)


@contextmanager
def killed_in(monkeypatch: pytest.MonkeyPatch, part: int) -> Iterator[None]:
    """Kill the worker at the end of its so-many-th part, before it is committed."""
    real, seen = working.Job.part, [0]

    @contextmanager
    def dying(self: working.Job) -> Iterator[Any]:
        with real(self) as made:
            yield made
            seen[0] += 1
            if seen[0] == part:
                raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(working.Job, "part", dying)
        with pytest.raises(Killed):
            yield


def present(person: Person) -> int:
    with person.scope():
        return Contact.objects.filter(deleted_at=None).count()


@pytest.mark.parametrize("part", range(1, 7))
def test_reading_begins_anew(alice: Person, upload: Upload, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    run = upload(DATA, read=False)

    with killed_in(monkeypatch, part):
        work(run)
    work(run)  # its lease still holds
    held = again(alice, run)
    work(run, clock=lambda: LATER)

    assert held.state == State.READING
    assert (again(alice, run).state, again(alice, run).good) == (State.READY, 6)


@pytest.mark.parametrize("part", range(1, 6))
def test_carrying_out_goes_on_behind_the_last_whole_batch(
    alice: Person, upload: Upload, carry_out: Do, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    run = carry_out(upload(DATA), worked=False)

    with killed_in(monkeypatch, part):
        work(run)
    between = present(alice)
    work(run, clock=lambda: LATER)

    assert between in {0, 2, 4, 6}
    assert (again(alice, run).state, again(alice, run).added, present(alice)) == (State.DONE, 6, 6)


@pytest.mark.parametrize("part", range(1, 5))
def test_an_undo_goes_on_too(
    alice: Person, upload: Upload, carry_out: Do, undo: Do, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    run = undo(carry_out(upload(DATA)), worked=False)

    with killed_in(monkeypatch, part):
        work(run)
    work(run, clock=lambda: LATER)

    assert (again(alice, run).state, again(alice, run).returned, present(alice)) == (State.UNDONE, 6, 0)


def test_an_undo_stops_what_is_under_way(
    alice: Person, upload: Upload, carry_out: Do, undo: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = carry_out(upload(DATA), worked=False)
    with killed_in(monkeypatch, 3):
        work(run)
    assert present(alice) == 2

    undo(run, worked=False)
    work(run, clock=lambda: LATER)

    assert (again(alice, run).state, present(alice)) == (State.UNDONE, 0)


def test_a_file_that_kills_its_worker_is_given_up(
    alice: Person, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = upload(DATA, read=False)
    clocks = iter(range(100))

    for _attempt in range(working.MOST_ATTEMPTS):
        with killed_in(monkeypatch, 2):
            work(run, clock=lambda: NOW + LEASE * next(clocks) * 2)
    work(run, clock=lambda: NOW + LEASE * 1000)

    assert (again(alice, run).state, again(alice, run).failure) == (State.FAILED, "crashed")


def test_lost_work_is_named_to_the_queue_again(alice: Person, upload: Upload) -> None:
    run = upload(DATA, read=False)

    with alice.scope():
        early, late = tending.tend_here(now=NOW), tending.tend_here(now=LATER)
        twice = tending.tend_here(now=LATER)

    assert (early, late, twice) == ([], [run.pk], [])


def test_two_workers_at_once_do_it_once(alice: Person, upload: Upload, carry_out: Do) -> None:
    run = carry_out(upload(DATA), worked=False)

    work(run)
    work(run)

    assert present(alice) == 6


def blank_below() -> bytes:
    """Return a workbook of a contact, blank rows with formats, and another contact."""
    data = xlsx_file([HEADINGS, ANN], {f"A{row}": "0.00" for row in range(3, 200)})
    book = openpyxl.load_workbook(BytesIO(data))
    assert book.active is not None
    for column, cell in enumerate(BEN, 1):
        book.active.cell(200, column, cell)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Let ten seconds go by each time a reader says that it is still at it; returns the time, the last one."""
    now, calls = [NOW], count()

    def monotonic() -> float:
        now[0] = NOW + timedelta(seconds=10 * next(calls))
        return (now[0] - NOW).total_seconds()

    monkeypatch.setattr(working, "monotonic", monotonic)
    monkeypatch.setattr(sheets, "BEAT_ROWS", 10)
    return now


def test_blank_rows_by_the_hundred_thousand_do_not_outlast_the_lease(
    alice: Person, upload: Upload, monkeypatch: pytest.MonkeyPatch, slowly: list[datetime]
) -> None:
    monkeypatch.setattr(working, "READING_SECONDS", 1_000.0)
    held: list[datetime] = []
    real = Import.hold

    def hold(run: Import, now: datetime) -> None:
        held.append(now)
        real(run, now)

    monkeypatch.setattr(Import, "hold", hold)
    run = upload(blank_below(), read=False)

    work(run, clock=lambda: slowly[0])

    assert (again(alice, run).state, again(alice, run).rows) == (State.READY, 2)
    assert held[-1] - held[0] > 5 * LEASE
    assert all(later - sooner < LEASE for sooner, later in pairwise(held))


def test_nor_the_time_that_reading_may_take(
    alice: Person, upload: Upload, monkeypatch: pytest.MonkeyPatch, slowly: list[datetime]
) -> None:
    monkeypatch.setattr(working, "READING_SECONDS", 100.0)
    run = upload(blank_below(), read=False)

    work(run, clock=lambda: slowly[0])

    failed = again(alice, run)
    assert (failed.state, failed.failure) == (State.FAILED, "too_slow")
    assert 2 < failed.failure_at < 200


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_a_suspension_in_the_middle_stops_it_and_a_colleague_can_go_on(
    alice: Person, bob: Person, upload: Upload, carry_out: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = carry_out(upload(DATA, by=bob), by=bob, worked=False)
    real = writing.write

    def write(*args: Any, **options: Any) -> None:
        real(*args, **options)
        live.suspend(bob.user.pk, using="security")

    with monkeypatch.context() as patch:
        patch.setattr(writing, "write", write)
        work(run)
    stopped = again(alice, run)
    assert (stopped.is_stopped, stopped.failure, present(alice)) == (True, "stopped", 2)

    with asking(alice):
        services.go_on(run=Import.objects.get(pk=run.pk), now=NOW)
    work(run)

    assert (again(alice, run).state, present(alice)) == (State.DONE, 6)


def test_whoever_lost_the_right_meanwhile_writes_nothing(alice: Person, upload: Upload, carry_out: Do) -> None:
    run = carry_out(upload(DATA), worked=False)
    with alice.scope():
        kept = Import.objects.get(pk=run.pk)
        with scope.account(account_id=alice.account.pk, user_id=alice.user.pk, permissions=frozenset()) as less:
            object.__setattr__(less, "epoch", 1)
            kept.asked = tasks.scope_to_keep()
        kept.save()

    work(run)

    assert (again(alice, run).failure, present(alice)) == ("stopped", 0)
