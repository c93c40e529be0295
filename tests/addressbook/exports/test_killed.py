"""A worker that dies at any step of an export: there is no file yet, or all of it, and somebody goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from addressbook.exports import tending, working
from addressbook.exports.models import ExportFile, State
from addressbook.models import Contact
from security.leased import LEASE
from security.leasing import Taken
from tests.addressbook.conftest import MakeContact
from tests.addressbook.exports.conftest import NOW, Ask, again, fetched, work
from tests.conftest import Person

pytestmark = pytest.mark.django_db
LATER = NOW + LEASE + timedelta(seconds=1)
NAMES = ["Ann", "Ben", "Cat", "Dan", "Eve"]


class Killed(BaseException):
    """The process is gone: nothing behind it runs, and its transaction never happened."""


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "PIECE", 2)


@pytest.fixture(autouse=True)
def people(make_contact: MakeContact) -> list[Contact]:
    return [make_contact(name=name) for name in NAMES]


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


@pytest.mark.parametrize("part", range(1, 6))
def test_it_goes_on_behind_the_last_whole_piece(
    alice: Person, ask: Ask, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    run = ask(made=False)

    with killed_in(monkeypatch, part):
        work(run)
    work(run)  # its lease still holds
    held = again(alice, run)
    with alice.scope():
        has_file = ExportFile.objects.exists()
        named = tending.tend_here(now=LATER)
    work(run, clock=lambda: LATER)

    assert (held.state, held.done, has_file) == (State.MAKING, [0, 0, 2, 4, 5][part - 1], False)
    assert named == [run.pk]
    assert again(alice, run).state == State.READY
    rows = fetched(alice, run).data.decode().splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == NAMES


def test_what_kills_its_worker_again_and_again_is_given_up(
    alice: Person, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, clocks = ask(made=False), iter(range(100))

    for _attempt in range(working.MOST_ATTEMPTS):
        with killed_in(monkeypatch, 2):
            work(run, clock=lambda: NOW + LEASE * next(clocks) * 2)
    work(run, clock=lambda: NOW + LEASE * 1000)

    assert (again(alice, run).state, again(alice, run).failure) == (State.FAILED, "crashed")


def test_lost_work_is_named_to_the_queue_again(alice: Person, ask: Ask) -> None:
    run = ask(made=False)

    with alice.scope():
        early, late = tending.tend_here(now=NOW), tending.tend_here(now=LATER)
        twice = tending.tend_here(now=LATER)

    assert (early, late, twice) == ([], [run.pk], [])


def test_a_slow_worker_notices_that_another_took_over(alice: Person, ask: Ask) -> None:
    run = ask(made=False)
    slow, quick = (
        working.Job.claim(run.pk, uuid4(), account_id=run.account_id, clock=lambda at=at: at)  # type: ignore[misc]
        for at in (NOW, LATER)
    )
    assert slow is not None
    assert quick is not None

    with pytest.raises(Taken), slow.part():
        pass

    with quick.part():
        pass
