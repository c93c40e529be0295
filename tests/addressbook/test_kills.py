"""Processes that work on an address book are killed with SIGKILL, before and behind every statement that they send.

The book is then as it was before a step or as it is behind it, its page says which, and the next worker goes on. A
forked process kills itself at the so-many-th moment, as a machine does that loses its power. The suite takes some of
the moments, the nightly run all of them.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import count
from typing import Any, NamedTuple

import pytest
from django.db import connections
from django.utils import timezone

from addressbook import services
from addressbook.duplicates import looking
from addressbook.duplicates.models import Merge, PossibleDuplicate
from addressbook.exports import services as export_services
from addressbook.exports import working as export_working
from addressbook.exports.models import Export
from addressbook.imports import services as import_services
from addressbook.imports import working
from addressbook.imports.models import Import
from addressbook.models import AddressBook, Contact
from security.leased import LEASE
from tests.addressbook.conftest import hong_kong
from tests.addressbook.imports.conftest import asking
from tests.addressbook.imports.files import HEADINGS, csv_file
from tests.conftest import REPORT, Person, make_person

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 6
PEOPLE = [[f"Person {n}", f"{n} Sample Street", "Sha Tin", "HK", f"p{n}@example.com", ""] for n in range(ROWS - 1)]
TWIN = ["PERSON 0", "0 Sample St.", "Sha Tin", "HK", "", ""]  # of the first, so that there is a pair to put down
DATA = csv_file([HEADINGS, *PEOPLE, TWIN])
PARTS = 2  # rows of a part
FEW = 4  # moments that the suite takes of each work
Act = Callable[[], object]


class Ended(NamedTuple):
    was_killed: bool
    statements: int  # that were begun


@pytest.fixture
def owner(transactional_db: None) -> Person:
    return make_person("alice")


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of few rows; and the many runs of one account in a minute are let through."""
    monkeypatch.setattr(working, "BATCH", PARTS)
    monkeypatch.setattr(import_services, "MOST_AN_HOUR", 1_000)
    monkeypatch.setattr(export_working, "PIECE", PARTS)


# Dying ----------------------------------------------------------------


def run_and_die(act: Act, moment: int | None) -> Ended:
    """Act in a process of its own, which dies at a moment: 2n before its n-th statement is sent, 2n + 1 behind it."""
    context = multiprocessing.get_context("fork")
    begun = context.RawValue("i", 0)

    def dying(execute: Any, *arguments: Any) -> Any:
        place = begun.value
        begun.value += 1
        if moment == 2 * place:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = execute(*arguments)
        if moment == 2 * place + 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    def run() -> None:
        with connections["default"].execute_wrapper(dying):
            act()
        connections.close_all()

    connections.close_all()  # what is open would be shared
    process = context.Process(target=run)
    process.start()
    process.join(60)
    assert process.exitcode in {0, -signal.SIGKILL}, process.exitcode
    return Ended(process.exitcode != 0, begun.value)


def killed_everywhere(
    what: str, prepare: Callable[[], Act], check: Callable[[Ended], object], *, nightly: bool
) -> list[object]:
    """Prepare, let it die, and check: for every moment, or for a few. Returns what was seen after each."""
    whole = run_and_die(prepare(), None)
    check(whole)
    last = 2 * whole.statements - 1
    moments: Iterable[int] = count() if nightly else sorted({round(n * last / (FEW - 1)) for n in range(FEW)})
    seen = []
    for moment in moments:
        ended = run_and_die(prepare(), moment)
        seen.append(check(ended))
        if not ended.was_killed:
            assert moment >= 2 * ended.statements, "it went past the moment"
            break
    assert len(seen) > 2, seen
    if nightly:
        REPORT.append(f"killed: {what} at each of {len(seen) - 1} moments of {whole.statements} statements")
    return seen


depth = pytest.mark.parametrize("nightly", [False, pytest.param(True, marks=pytest.mark.nightly)], ids=["few", "all"])


# Imports ----------------------------------------------------------------


class Importing:
    """An import into a book of its own, and what its page and its book say."""

    def __init__(self, owner: Person) -> None:
        self.owner = owner
        with asking(owner):
            self.book = services.create_book(name="Depot", access="everyone", now=timezone.now())
            self.run = import_services.upload(book=self.book, data=DATA, file_name="list.csv", now=timezone.now())

    def work(self) -> None:
        working.work(self.run.pk, account_id=self.run.account_id, clock=timezone.now)

    def go_on(self) -> None:
        """Be the worker that takes over when the lease has ended."""
        working.work(self.run.pk, account_id=self.run.account_id, clock=lambda: timezone.now() + 2 * LEASE)

    def carry_out(self) -> None:
        with asking(self.owner):
            run = Import.objects.get(pk=self.run.pk)
            import_services.carry_out(run=run, duplicates="skip", now=timezone.now())

    def undo(self) -> None:
        with asking(self.owner):
            import_services.undo(run=Import.objects.get(pk=self.run.pk), now=timezone.now())

    def now(self) -> tuple[Import, int]:
        """Return the import as it stands, and how many contacts are in its book."""
        with self.owner.scope():
            found = Import.objects.get(pk=self.run.pk)
            assert not found.is_unreadable
            return found, Contact.objects.filter(book=self.book, deleted_at=None).count()

    def page(self) -> str:
        return self.owner.client.get(f"/en/imports/{self.run.pk}/").content.decode()


@depth
def test_reading_a_file(owner: Person, nightly: bool) -> None:
    made: list[Importing] = []

    def prepare() -> Act:
        made.append(Importing(owner))
        return made[-1].work

    def check(ended: Ended) -> str:
        between, present = made[-1].now()
        page = made[-1].page()
        assert present == 0
        assert ("6 contacts can be imported" in page) == (between.state == "ready")
        made[-1].go_on()
        after, present = made[-1].now()
        assert (after.state, after.good, present) == ("ready", ROWS, 0)
        return between.state

    seen = killed_everywhere("reading of an import", prepare, check, nightly=nightly)

    assert set(seen) >= {"reading", "ready"} if nightly else {"reading"}


@depth
def test_carrying_an_import_out(owner: Person, nightly: bool) -> None:
    made: list[Importing] = []

    def prepare() -> Act:
        made.append(Importing(owner))
        made[-1].work()
        made[-1].carry_out()
        return made[-1].work

    def check(ended: Ended) -> int:
        between, present = made[-1].now()
        page = made[-1].page()
        assert present == between.added
        with owner.scope():
            assert PossibleDuplicate.objects.filter(book=made[-1].book).count() == (present == ROWS)
        assert present % PARTS == 0
        assert (f"{present} of 6 rows" in page) == (between.state == "running")
        assert ("6 contacts have been added" in page) == (between.state == "done")
        made[-1].go_on()
        after, present = made[-1].now()
        assert (after.state, after.added, present) == ("done", ROWS, ROWS)
        return between.added

    seen = killed_everywhere("carrying out of an import", prepare, check, nightly=nightly)

    assert {0, ROWS} < set(seen) or not nightly, seen


@depth
def test_undoing_an_import(owner: Person, nightly: bool) -> None:
    made: list[Importing] = []

    def prepare() -> Act:
        made.append(Importing(owner))
        made[-1].work()
        made[-1].carry_out()
        made[-1].work()
        made[-1].undo()
        return made[-1].work

    def check(ended: Ended) -> int:
        between, present = made[-1].now()
        page = made[-1].page()
        assert present == ROWS - between.returned
        assert present % PARTS == 0
        assert ("The import has been undone" in page) == (between.state == "undone")
        made[-1].go_on()
        after, present = made[-1].now()
        assert (after.state, after.returned, present) == ("undone", ROWS, 0)
        return between.returned

    seen = killed_everywhere("undoing of an import", prepare, check, nightly=nightly)

    assert {0, ROWS} < set(seen) or not nightly, seen


# Exports ----------------------------------------------------------------


@depth
def test_making_an_export(owner: Person, nightly: bool) -> None:
    with owner.scope():
        book = services.create_book(name="Depot", access="everyone", now=timezone.now())
        for number in range(5):
            services.save_contact(book=book, details=hong_kong(name=f"Person {number}"), now=timezone.now())
    made: list[Export] = []

    def prepare() -> Act:
        wishes = export_services.Wishes(kind="csv", has_mark=False, language="en")
        with asking(owner):
            made.append(export_services.begin(book=book, wishes=wishes, now=timezone.now()))
        run = made[-1]
        return lambda: export_working.work(run.pk, account_id=run.account_id, clock=timezone.now)

    def check(ended: Ended) -> str:
        run = made[-1]
        with owner.scope():
            between = Export.objects.get(pk=run.pk)
        page = owner.client.get(f"/en/exports/{run.pk}/").content.decode()
        assert ("The file is ready" in page) == (between.state == "ready"), page
        export_working.work(run.pk, account_id=run.account_id, clock=lambda: timezone.now() + 2 * LEASE)
        with owner.scope():
            found = Export.objects.get(pk=run.pk)
            rows = export_services.take(run=found, now=timezone.now()).data.decode().splitlines()
            assert [row.split(",")[0] for row in rows[1:]] == [f"Person {number}" for number in range(5)]
            Export.objects.filter(pk=run.pk).delete()  # an account keeps a few
        return between.state

    seen = killed_everywhere("making of an export", prepare, check, nightly=nightly)

    assert set(seen) == {"making", "ready"} or not nightly, seen


# Merges ----------------------------------------------------------------


@depth
@pytest.mark.parametrize("undone", [False, True], ids=["merged", "parted"])
def test_merging_two_contacts(owner: Person, undone: bool, nightly: bool) -> None:
    """What a person asks for on a page is one transaction: both contacts, or the one, and the page says which."""
    books: list[AddressBook] = []
    asked: list[Act] = []

    def merge(book: AddressBook) -> Act:
        with owner.scope():
            pair = PossibleDuplicate.objects.get(book=book, dismissed_at=None)
        path = f"/en/address-books/{book.pk}/duplicates/{pair.pk}/"
        seen = owner.client.get(path).content.decode().split('name="seen" value="')[1].split('"')[0]
        return lambda: owner.client.post(path, {"seen": seen})

    def part(book: AddressBook) -> Act:
        merge(book)()
        with owner.scope():
            done = Merge.objects.get(book=book)
        return lambda: owner.client.post(f"/en/address-books/{book.pk}/merges/{done.pk}/undo/")

    def prepare() -> Act:
        now = timezone.now() - timedelta(seconds=5)
        with owner.scope():
            books.append(services.create_book(name="Depot", access="everyone", now=now))
            for name in ("Chan Tai Man", "CHAN Tai-man"):
                services.save_contact(book=books[-1], details=hong_kong(name=name, email="t@example.com"), now=now)
            book = AddressBook.objects.get(pk=books[-1].pk)
            looking.ask(book, now=now)
            looking.look(book, now=now)
        asked.append(part(books[-1]) if undone else merge(books[-1]))
        return asked[-1]

    def check(ended: Ended) -> int:
        book = books[-1]
        with owner.scope():
            present = Contact.objects.filter(book=book, deleted_at=None).count()
            merges = Merge.objects.filter(book=book).count()
        page = owner.client.get(f"/en/address-books/{book.pk}/duplicates/").content.decode()
        assert (present, merges) in {(2, 0), (1, 1)}
        assert ("Merged lately" in page) == bool(merges)
        asked[-1]()  # whoever saw no answer asks once more
        with owner.scope():
            assert Merge.objects.filter(book=book).exists() != undone
        return present

    seen = killed_everywhere("parting of two contacts" if undone else "merge", prepare, check, nightly=nightly)

    assert set(seen) == {1, 2} or not nightly, seen
