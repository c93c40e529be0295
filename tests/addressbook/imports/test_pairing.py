"""What an import does with rows that may be somebody: what counts is what the book says when they are written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from addressbook import holding, services
from addressbook.imports import showing, working, writing
from addressbook.imports.models import Import
from addressbook.imports.pairing import Pairs
from addressbook.models import AddressBook, Contact
from security.models import AccessEntry
from tests.addressbook.conftest import MakeContact, hong_kong
from tests.addressbook.imports.conftest import NOW, Upload
from tests.addressbook.imports.files import HEADINGS, csv_file
from tests.addressbook.imports.test_near import FEW, OTHER, THERE, TWIN, Do, page_of, pairs_of, stored
from tests.conftest import Person

pytestmark = pytest.mark.django_db
MAIL = "tm@example.com"
BY_MAIL = [*TWIN[:4], MAIL, ""]
STRANGER = ["Wong Siu Ming", "99 Queen's Road", "Central and Western", "HK", MAIL, "9123 4567"]
CHAIN = [
    ["Chan Tai Man", "Flat 5B 12/F, 8 Nathan Rd", "Yau Tsim Mong", "HK", "", "9123 4567"],
    ["Tai Man Chan", "Flat 9, 3 Castle Peak Road", "Tuen Mun", "HK", "", "9123 4568"],
    ["Chan Tai-Man", "Room 7, 3 Castle Peak Rd Flat 9", "Tuen Mun", "HK", "", "9123 4578"],
]
batches = pytest.mark.parametrize("batch", [1, 250], ids=["next batch", "same batch"])


def file_of(person: Person, run: Import) -> list[str]:
    with person.scope():
        return showing.left_out_file(run).decode("utf-8-sig").splitlines()[1:]


# Nobody is known by what only may be theirs ----------------------------------------------------------------


@batches
@pytest.mark.parametrize("duplicates", ["update", "skip"])
def test_a_row_that_shares_something_with_one_left_out_is_neither_that_contact_nor_dropped(
    alice: Person,
    upload: Upload,
    carry_out: Do,
    make_contact: MakeContact,
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
    duplicates: str,
) -> None:
    monkeypatch.setattr(working, "BATCH", batch)
    there = make_contact(**THERE, phone="2111 1111")

    run = carry_out(upload(csv_file([HEADINGS, BY_MAIL, STRANGER])), duplicates=duplicates, near_duplicates="skip")

    assert (run.added, run.updated, run.near_skipped, run.exact_skipped) == (1, 0, 1, 0)
    with alice.scope():
        kept = Contact.objects.get(pk=there.pk)
        assert (kept.name, kept.email, kept.phone) == ("Chan Tai Man", "", there.phone)
        assert Contact.objects.exclude(pk=there.pk).get().name == "Wong Siu Ming"


def test_a_worker_that_goes_on_for_a_killed_one_does_not_take_it_for_known_either(
    alice: Person, upload: Upload, carry_out: Do, make_contact: MakeContact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "BATCH", 1)
    make_contact(**THERE)
    run = upload(csv_file([HEADINGS, BY_MAIL, STRANGER]))
    real = writing.write
    done: list[None] = []

    def write(*given: Any, **named: Any) -> None:
        real(*given, **named)
        done.append(None)
        if len(done) == 2:
            raise SystemExit  # the second batch is not written; all that was known is forgotten

    monkeypatch.setattr(writing, "write", write)
    with pytest.raises(SystemExit):
        carry_out(run, duplicates="update", near_duplicates="skip")
    with alice.scope():
        run = Import.objects.get(pk=run.pk)
        run.lease = run.leased_until = None
        run.save()
    working.work(run.pk, account_id=run.account_id, clock=lambda: NOW)

    with alice.scope():
        run = Import.objects.get(pk=run.pk)
        assert (len(done), run.added, run.updated, run.near_skipped) == (3, 1, 0, 1)


@batches
def test_the_very_same_row_again_stays_out_with_the_first_for_the_same_reason(
    alice: Person,
    upload: Upload,
    carry_out: Do,
    make_contact: MakeContact,
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
) -> None:
    monkeypatch.setattr(working, "BATCH", batch)
    make_contact(**THERE)

    run = carry_out(upload(csv_file([HEADINGS, BY_MAIL, BY_MAIL, OTHER])), near_duplicates="skip")

    assert (run.added, run.near_skipped, run.exact_skipped) == (1, 2, 0)
    assert all("in the book already: Same name · Same address" in line for line in file_of(alice, run))


# No chains ----------------------------------------------------------------


@batches
def test_a_row_that_only_resembles_one_left_out_is_added(
    alice: Person, upload: Upload, carry_out: Do, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(working, "BATCH", batch)
    run = upload(csv_file([HEADINGS, *CHAIN]))
    assert [bool(item.near) for item in stored(alice, run)] == [False, True, True], "or else this proves nothing"

    run = carry_out(run, near_duplicates="skip")

    assert (run.added, run.near_skipped) == (2, 1)
    assert "row 2" in "".join(file_of(alice, run))
    assert "row 3" not in "".join(file_of(alice, run))


def test_a_row_whose_twin_of_the_file_went_to_the_bin_meanwhile_is_added(
    alice: Person, upload: Upload, carry_out: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "BATCH", 1)
    run = upload(csv_file([HEADINGS, TWIN, ["Chan Tai Man", "Flat 5B, 12/F, 8 Nathan Road", *TWIN[2:]]]))
    real = writing.write

    def write(*given: Any, **named: Any) -> None:
        real(*given, **named)
        if Contact.objects.filter(book=run.book_id).count() == 1:
            Contact.objects.filter(book=run.book_id).update(deleted_at=NOW)

    monkeypatch.setattr(writing, "write", write)
    run = carry_out(run, near_duplicates="skip")

    assert (run.near, run.added, run.near_skipped) == (1, 2, 0)


# The reasons are those of the contact that is named ----------------------------------------------------------------


def test_the_file_says_what_a_row_has_in_common_with_whom_it_stayed_out_for(
    alice: Person, upload: Upload, carry_out: Do, make_contact: MakeContact
) -> None:
    make_contact(**THERE, phone="9123 4567")
    other = make_contact(**(THERE | {"name": "Chan Tai-Man"}), email="t@example.com")
    run = upload(csv_file([HEADINGS, [*TWIN[:4], "", "9123 4568"]]))
    first, second = stored(alice, run)[0].near
    assert second[0] == str(other.pk)
    assert first[2] != second[2], "or else this proves nothing"
    with alice.scope():
        services.delete_contact(contact=Contact.objects.get(pk=first[0]), now=NOW)

    run = carry_out(run, near_duplicates="skip")

    assert (run.added, run.near_skipped) == (0, 1)
    assert "in the book already: Same name · Same address." in file_of(alice, run)[0]
    with alice.scope():
        assert AccessEntry.objects.filter(kind="contact", action="list", ids=[str(other.pk)]).exists()


def test_a_pair_has_the_reasons_of_the_two_that_are_in_it(
    alice: Person, upload: Upload, carry_out: Do, make_contact: MakeContact
) -> None:
    """Row 2 is Y by its e-mail address, with a number of its own; row 3 is like row 2 by that number, not like Y."""
    make_contact(name="Chan Tai Man", lines=["8 Nathan Road"], email=MAIL, phone="2111 1111")
    taken_for = ["Chan Tai Man", "Flat 9, 3 Castle Peak Road", "Tuen Mun", "HK", MAIL, "9123 4567"]
    like_it = ["Tai Man Chan", "Room 3, 77 King's Road", "Eastern", "HK", "", "9123 4568"]
    run = upload(csv_file([HEADINGS, taken_for, like_it]))
    assert stored(alice, run)[1].near, "or else this proves nothing"

    run = carry_out(run)

    assert (run.added, run.exact_skipped, run.paired, pairs_of(alice)) == (1, 1, 0, [])


# What is said was done ----------------------------------------------------------------


def test_pairs_are_counted_that_were_put_down(
    alice: Person, upload: Upload, carry_out: Do, make_contact: MakeContact
) -> None:
    make_contact(**THERE)
    run, overtaken = upload(FEW), upload(FEW)

    run, overtaken = carry_out(run), carry_out(overtaken)

    assert (run.paired, overtaken.near, overtaken.paired, overtaken.exact_skipped) == (1, 1, 0, 2)
    assert "This import made 1 pair of contacts that may be one" in page_of(alice, run).text
    assert "that may be one" not in page_of(alice, overtaken).text


# The book is held before its contacts ----------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("row", "choices"),
    [
        (TWIN, {}),
        (TWIN, {"near_duplicates": "skip"}),
        (["Chan Tai Man", *TWIN[1:3], "HK", "new@example.com", "2111 1111"], {"duplicates": "update"}),
    ],
    ids=["put beside", "left out", "updated"],
)
def test_a_batch_that_waits_for_its_book_holds_no_contact_and_sees_what_was_changed_meanwhile(
    alice: Person,
    book: AddressBook,
    upload: Upload,
    carry_out: Do,
    make_contact: MakeContact,
    monkeypatch: pytest.MonkeyPatch,
    row: list[str],
    choices: dict[str, str],
) -> None:
    there = make_contact(**THERE, phone="2111 1111")
    run = upload(csv_file([HEADINGS, row, OTHER]))
    has_read = Event()

    def pairs(of: Import) -> Pairs:
        """Whoever waits for the book while the worker reads it comes before its first batch."""
        has_read.set()
        wait_for_a_wait()
        return Pairs(of)

    def bring() -> Import:
        try:
            return carry_out(run, **choices)
        finally:
            connection.close()

    monkeypatch.setattr(working, "Pairs", pairs)
    with ThreadPoolExecutor(1) as pool:
        brought = pool.submit(bring)
        assert has_read.wait(20)
        with alice.scope(), transaction.atomic():
            holding.hold([book.pk])
            wait_for_a_wait()
            contact = Contact.objects.select_for_update(skip_locked=True).get(pk=there.pk)
            details = hong_kong(**THERE, phone="2111 1111", notes="Changed")
            services.save_contact(book=contact.book, details=details, now=NOW, contact=contact)
        run = brought.result()

    assert (run.state, run.failure) == ("done", "")
    with alice.scope():
        kept = Contact.objects.get(pk=there.pk)
        assert kept.notes == "Changed"
        assert (kept.email == "new@example.com") == (run.updated == 1) == ("duplicates" in choices)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("choice", ["add", "skip"])
def test_a_batch_holds_whom_its_rows_may_be(
    alice: Person,
    upload: Upload,
    carry_out: Do,
    make_contact: MakeContact,
    monkeypatch: pytest.MonkeyPatch,
    choice: str,
) -> None:
    """Or else they could go to the bin between the judgement and the pair."""
    there = make_contact(**THERE)
    run, real = upload(FEW), writing.write
    free: list[bool] = []

    def ask() -> bool:
        try:
            with alice.scope(), transaction.atomic():
                return Contact.objects.select_for_update(skip_locked=True).filter(pk=there.pk).exists()
        finally:
            connection.close()

    def write(*given: Any, **named: Any) -> None:
        with ThreadPoolExecutor(1) as pool:
            free.append(pool.submit(ask).result())
        real(*given, **named)

    monkeypatch.setattr(writing, "write", write)
    carry_out(run, near_duplicates=choice)

    assert free == [False]


def test_whom_a_row_turns_out_to_be_is_held_after_the_book(
    alice: Person, book: AddressBook, upload: Upload, carry_out: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody adds the contact of row 2 right before the worker holds the book for its batch."""
    run = upload(csv_file([HEADINGS, OTHER]))
    version, hold = working._version, writing.hold
    came: list[Contact] = []
    order: list[object] = []

    def late(of: AddressBook) -> int:
        if len(order) == 1 and not came:
            details = hong_kong(name=OTHER[0], lines=[OTHER[1]], email=OTHER[4])
            came.append(services.save_contact(book=book, details=details, now=NOW))
        order.append("book")
        return version(of)

    def held(ids: set[UUID], of: AddressBook) -> dict[UUID, Contact]:
        order.append(set(ids))
        return hold(ids, of)

    monkeypatch.setattr(working, "_version", late)
    monkeypatch.setattr(writing, "hold", held)
    run = carry_out(run, duplicates="update")

    assert order == ["book", "book", {came[0].pk}, "book"]
    assert (run.added, run.updated) == (0, 1)


def wait_for_a_wait() -> None:
    """Wait until another connection of this database waits for a lock."""
    end = monotonic() + 20
    while monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
                "WHERE NOT granted AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
        sleep(0.01)
    raise AssertionError("nobody waited")
