from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from addressbook.imports import services, working
from addressbook.imports.models import Import
from addressbook.models import AddressBook
from tests.conftest import Person

NOW = datetime(2026, 3, 27, 4, 0, tzinfo=UTC)
Upload = Callable[..., Import]


def work(run: Import, *, clock: Callable[[], datetime] = lambda: NOW) -> None:
    """Be the worker, as its task is."""
    working.work(run.pk, account_id=run.account_id, clock=clock)


@contextmanager
def asking(person: Person) -> Iterator[None]:
    """Act as somebody whose sessions are those of a first sign-in, so that the worker may go on for them."""
    with person.scope() as active:
        object.__setattr__(active, "epoch", 1)
        yield


def again(person: Person, run: Import | UUID) -> Import:
    """Return an import as it stands now."""
    with person.scope():
        found = Import.objects.select_related("book").get(pk=run.pk if isinstance(run, Import) else run)
        assert not found.is_unreadable  # opened here, where it can be
        return found


@pytest.fixture
def upload(alice: Person, book: AddressBook) -> Upload:
    """Upload a file as Alice, and have it read."""

    def do(data: bytes, *, name: str = "list.csv", by: Person = alice, read: bool = True, **wishes: Any) -> Import:
        with asking(by):
            run = services.upload(
                book=book, data=data, file_name=name, now=NOW, wishes=services.Wishes(**wishes) if wishes else None
            )
        if read:
            work(run)
        return again(by, run)

    return do


@pytest.fixture
def carry_out(alice: Person) -> Callable[..., Import]:
    def do(
        run: Import,
        *,
        duplicates: str = "skip",
        near_duplicates: str = "add",
        by: Person = alice,
        worked: bool = True,
    ) -> Import:
        with asking(by):
            kept = Import.objects.get(pk=run.pk)
            services.carry_out(run=kept, duplicates=duplicates, near_duplicates=near_duplicates, now=NOW)
        if worked:
            work(run)
        return again(by, run)

    return do


@pytest.fixture
def undo(alice: Person) -> Callable[..., Import]:
    def do(run: Import, *, worked: bool = True) -> Import:
        with asking(alice):
            services.undo(run=Import.objects.get(pk=run.pk), now=NOW)
        if worked:
            work(run)
        return again(alice, run)

    return do
