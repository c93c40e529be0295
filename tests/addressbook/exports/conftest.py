from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from addressbook.exports import services, working
from addressbook.exports.models import Export, Kind
from addressbook.models import AddressBook
from tests.addressbook.imports.conftest import asking
from tests.addressbook.imports.conftest import carry_out as carry_out
from tests.addressbook.imports.conftest import upload as upload
from tests.conftest import Person

NOW = datetime(2026, 3, 27, 4, 0, tzinfo=UTC)
Ask = Callable[..., Export]


def work(run: Export, *, clock: Callable[[], datetime] = lambda: NOW) -> None:
    """Be the worker, as its task is."""
    working.work(run.pk, account_id=run.account_id, clock=clock)


def again(person: Person, run: Export) -> Export:
    """Return an export as it stands now."""
    with person.scope():
        found = Export.objects.select_related("book").get(pk=run.pk)
        assert not found.is_unreadable  # opened here, where it can be
        return found


def fetched(person: Person, run: Export, *, now: datetime = NOW) -> services.Made:
    with person.scope():
        return services.take(run=Export.objects.get(pk=run.pk), now=now)


@pytest.fixture
def ask(alice: Person, book: AddressBook) -> Ask:
    """Ask for an export as Alice, and have it made."""

    def do(
        kind: str = Kind.CSV,
        *,
        by: Person = alice,
        made: bool = True,
        language: str = "en",
        has_mark: bool = False,
        chosen: Iterable[Any] = (),
        filters: Any = None,
        now: datetime = NOW,
    ) -> Export:
        wishes = services.Wishes(kind=kind, has_mark=has_mark, language=language)
        with asking(by):
            run = services.begin(book=book, wishes=wishes, now=now, filters=filters, chosen=list(chosen))
        if made:
            work(run, clock=lambda: now)
        return again(by, run)

    return do
