"""From a book to a file: who is in it, who may fetch it and until when, what is noted, counted and mailed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import OutgoingMail
from addressbook import access, favourites, many
from addressbook import services as books
from addressbook.details import ContactDetails
from addressbook.exports import services, tending, working
from addressbook.exports.models import Export, ExportFile, ExportPiece, Kind, State
from addressbook.exports.words import failure_words
from addressbook.imports.models import Import
from addressbook.models import AddressBook, Contact
from addressbook.selectors import Filters
from security import live, scope, tasks, tuning
from security.detection import counting, stream
from security.models import AccessEntry
from security.permissions import Permission
from security.refusals import Forbidden, NotFound
from security.thresholds import with_values
from security.warrants import Warrant
from tests.addressbook.conftest import MakeContact
from tests.addressbook.exports.conftest import NOW, Ask, again, fetched, work
from tests.addressbook.imports.conftest import Upload
from tests.conftest import Person
from tests.security.watching import DATABASES

pytestmark = pytest.mark.django_db
Do = Callable[..., Import]
DAY = timedelta(days=1)


@pytest.fixture
def people(make_contact: MakeContact) -> list[Contact]:
    """Three, of which the names come in another order than they were added."""
    return [
        make_contact(name="Cat Ng", tags=["Tea"]),
        make_contact(name="Ann Lee", email="ann@example.com", can_send=True, can_receive=False),
        make_contact(name="Ben Ho", country="GB", city="London", postcode="E1 6AN", lines=["1 High St"], district=""),
    ]


def names_in(data: bytes) -> list[str]:
    return [line.split(",")[0] for line in data.decode("utf-8-sig").splitlines()[1:]]


def entries(person: Person, **narrowed: Any) -> list[AccessEntry]:
    with person.scope():
        return list(AccessEntry.objects.filter(**narrowed).order_by("at"))


# Who is in it ----------------------------------------------------------------


def test_a_whole_book_is_written_by_name_without_what_was_deleted(
    alice: Person, ask: Ask, people: list[Contact]
) -> None:
    with alice.scope():
        books.delete_contact(contact=Contact.objects.get(pk=people[0].pk), now=NOW)

    run = ask()

    assert (run.state, run.rows, run.contacts, run.left) == (State.READY, 2, 2, 0)
    made = fetched(alice, run)
    assert names_in(made.data) == ["Ann Lee", "Ben Ho"]
    assert (made.name, made.media_type) == ("contacts-2026-03-27.csv", "text/csv; charset=utf-8")


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (Filters(query="ann"), ["Ann Lee"]),
        (Filters(tag="Tea"), ["Cat Ng"]),
        (Filters(country="GB"), ["Ben Ho"]),
        (Filters(use="sender"), ["Ann Lee"]),
    ],
)
def test_what_the_list_is_narrowed_to_is_all_that_is_written(
    alice: Person, ask: Ask, people: list[Contact], filters: Filters, names: list[str]
) -> None:
    assert names_in(fetched(alice, ask(filters=filters)).data) == names


def test_favourites_are_those_of_whoever_asked(alice: Person, ask: Ask, people: list[Contact]) -> None:
    with alice.scope():
        favourites.star(contact=people[2], now=NOW)

    assert names_in(fetched(alice, ask(filters=Filters(favourites=True))).data) == ["Ben Ho"]


def test_chosen_contacts_alone_are_written(alice: Person, ask: Ask, people: list[Contact]) -> None:
    run = ask(chosen=[people[2].pk, uuid4(), people[0].pk, people[2].pk])

    assert (run.rows, run.left) == (2, 0)
    assert names_in(fetched(alice, run).data) == ["Ben Ho", "Cat Ng"]


def test_who_is_deleted_or_damaged_meanwhile_is_left_out_and_counted(
    alice: Person, ask: Ask, people: list[Contact]
) -> None:
    run = ask(made=False)
    with alice.scope():
        books.delete_contact(contact=Contact.objects.get(pk=people[0].pk), now=NOW)
        Contact.objects.filter(pk=people[1].pk).update(sealed=b"x" * 40)

    work(run)

    run = again(alice, run)
    assert (run.rows, run.contacts, run.left) == (2, 1, 1)
    assert names_in(fetched(alice, run).data) == ["Ben Ho"]


@pytest.mark.parametrize("filters", [None, Filters(tag="Tea")])
def test_whoever_is_added_between_asking_and_making_is_not_in_it(
    alice: Person, ask: Ask, people: list[Contact], make_contact: MakeContact, filters: Filters | None
) -> None:
    run = ask(made=False, filters=filters)
    make_contact(name="Dan Wu", tags=["Tea"], now=NOW + timedelta(seconds=1))

    work(run)

    assert "Dan Wu" not in names_in(fetched(alice, run).data)
    assert again(alice, run).contacts == again(alice, run).rows == run.rows


def test_no_more_are_given_out_than_the_owners_were_told_of(alice: Person, ask: Ask, people: list[Contact]) -> None:
    with alice.scope():
        books.delete_contact(contact=Contact.objects.get(pk=people[0].pk), now=NOW)
    run = ask(made=False)
    with alice.scope():
        books.restore_contact(contact=Contact.objects.get(pk=people[0].pk))

    work(run)

    stopped = again(alice, run)
    assert (stopped.state, stopped.failure, stopped.rows) == (State.FAILED, "grown", 2)
    assert "the owners were told of fewer" in failure_words(stopped.failure)
    with alice.scope():
        assert not ExportFile.objects.exists()
        assert not ExportPiece.objects.exists()


@pytest.mark.parametrize("kind", Kind.values)
def test_an_import_of_the_file_makes_the_same_contacts(
    alice: Person, book: AddressBook, ask: Ask, people: list[Contact], upload: Upload, carry_out: Do, kind: str
) -> None:
    data = fetched(alice, ask(kind)).data

    run = carry_out(upload(data), duplicates="add")

    assert (run.rows, run.added, run.bad) == (3, 3, 0)
    with alice.scope():
        twice = _values(book)
    assert twice[::2] == twice[1::2]


def test_colleagues_who_share_a_switchboard_all_come_back(
    alice: Person, book: AddressBook, ask: Ask, make_contact: MakeContact, upload: Upload, carry_out: Do
) -> None:
    for name in ("Ann Lee", "Ben Ho", "Cat Ng"):
        make_contact(name=name, company="Acme", phone="2123 4567", email="office@example.com")
    data = fetched(alice, ask()).data
    with alice.scope():
        before = _values(book)
        many.delete(book=book, contacts=list(Contact.objects.filter(book=book)), now=NOW)

    run = carry_out(upload(data), duplicates="skip")

    assert (run.added, run.skipped, run.bad) == (3, 0, 0)
    with alice.scope():
        assert (
            sorted(str(ContactDetails.of(one)) for one in Contact.objects.filter(book=book, deleted_at=None)) == before
        )


def _values(book: AddressBook) -> list[str]:
    """Return each contact of a book as all that it consists of, those that are alike beside each other."""
    return sorted(str(ContactDetails.of(one)) for one in Contact.objects.filter(book=book))


# Who may fetch it ----------------------------------------------------------------


def test_nobody_else_finds_it_not_even_a_colleague_with_the_same_right(
    alice: Person, bob: Person, charlie: Person, ask: Ask, contact: Contact
) -> None:
    run = ask()

    for person in (bob, charlie):
        with person.scope(), pytest.raises(NotFound):
            access.get_export(run.pk)
    with scope.account(account_id=alice.account.pk, actor="system:test"), pytest.raises(NotFound):
        access.get_export(run.pk)


def test_whoever_lost_the_right_finds_it_no_more(alice: Person, ask: Ask, contact: Contact) -> None:
    run = ask()

    rights = frozenset({Permission.CONTACT_VIEW})
    with (
        scope.account(account_id=alice.account.pk, user_id=alice.user.pk, permissions=rights),
        pytest.raises(Forbidden),
    ):
        access.get_export(run.pk)


def test_the_file_lies_sealed_can_be_fetched_for_a_day_and_is_removed(
    alice: Person, ask: Ask, contact: Contact
) -> None:
    run = ask()
    with alice.scope():
        assert contact.name.encode() not in bytes(ExportFile.objects.get(run=run).sealed)
        assert [piece.text for piece in ExportPiece.objects.filter(run=run)] == [""]
    assert contact.name.encode() in fetched(alice, run, now=NOW + DAY - timedelta(seconds=1)).data
    with pytest.raises(services.WrongState):
        fetched(alice, run, now=NOW + DAY)

    with alice.scope():
        assert tending.tend_here(now=NOW + DAY + timedelta(seconds=1)) == []
        assert not ExportFile.objects.exists()
        assert not ExportPiece.objects.exists()
    assert again(alice, run).state == State.GONE
    with alice.scope():
        tending.tend_here(now=NOW + services.RUN_LASTS + timedelta(seconds=1))
        assert not Export.objects.exists()


def test_a_file_can_be_removed_before_its_time(alice: Person, ask: Ask, contact: Contact) -> None:
    run = ask()

    with alice.scope():
        services.remove(run=Export.objects.get(pk=run.pk), now=NOW)
        assert not ExportFile.objects.exists()

    assert again(alice, run).state == State.GONE
    with pytest.raises(services.WrongState):
        fetched(alice, run)


# Traces ----------------------------------------------------------------


def test_the_log_has_who_was_read_and_whoever_left_with_the_file(
    alice: Person, ask: Ask, people: list[Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "PIECE", 2)
    everybody = {str(contact.pk) for contact in people}

    run = ask()
    read = entries(alice, kind="contact", action="read")
    fetched(alice, run)
    fetched(alice, run)

    given = entries(alice, kind="contact", action="export")
    assert [len(entry.ids) for entry in read] == [2, 1]
    assert {pk for entry in read for pk in entry.ids} == everybody
    assert [entry.fields for entry in read] == [[], []], "nobody has been given anything yet"
    assert [len(entry.ids) for entry in given] == [2, 1, 2, 1]
    assert {pk for entry in given for pk in entry.ids} == everybody
    assert "email" in given[0].fields
    assert [entry.action for entry in entries(alice, kind=services.KIND)] == ["create", "change", "export", "export"]


def test_the_owners_are_told_at_once_and_no_contact_is_named(alice: Person, ask: Ask, people: list[Contact]) -> None:
    ask(made=False)

    with scope.identity():
        mail = OutgoingMail.objects.get(kind=OutgoingMail.Kind.CONTACTS_EXPORTED)
    assert (mail.email, mail.data["who"], mail.data["about"]) == (alice.user.email, "Alice", "3")
    assert not [contact for contact in people if contact.name in str(mail.data)]


def test_an_export_counts_as_declared_work_by_how_many_it_is_about(
    alice: Person, ask: Ask, people: list[Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(stream.STREAM, "put", heard.append)

    ask()

    counted = [signal for signal in heard if signal.declared == services.DECLARED]
    assert [(signal.endpoint, signal.size) for signal in counted] == [(working.NAME, 3)]
    large = [counting._short(signal)["z"] for signal in counted]
    assert large == [3]


def test_a_second_click_gets_the_export_of_the_first(
    alice: Person, bob: Person, ask: Ask, people: list[Contact], make_contact: MakeContact
) -> None:
    wishes: list[dict[str, Any]] = [
        {},
        {"language": "zh-hant"},
        {"has_mark": True},
        {"kind": Kind.VCARD},
        {"filters": Filters(tag="Tea")},
        {"filters": Filters(query="cat")},
        {"chosen": [people[0].pk]},
        {"chosen": [people[1].pk]},
    ]
    first = [ask(made=False, **wish).pk for wish in wishes]

    assert [ask(made=False, **wish).pk for wish in wishes] == first
    assert len(set(first)) == len(wishes)
    with scope.identity():
        assert OutgoingMail.objects.filter(kind=OutgoingMail.Kind.CONTACTS_EXPORTED).count() == len(wishes)
    assert ask(made=False, by=bob).pk not in first, "each has their own"
    make_contact(name="Dan Wu")
    more = ask(made=False)
    assert more.pk not in first, "with somebody who was added meanwhile it is another"
    work(more)
    assert ask(made=False).pk != more.pk, "one that is ready may be made anew"


# The budget ----------------------------------------------------------------


@pytest.mark.parametrize(("name", "value"), [("exports.rows_a_day", 1_000), ("exports.files_a_day", 3)])
def test_an_account_has_a_budget_a_day(
    ask: Ask, contact: Contact, monkeypatch: pytest.MonkeyPatch, name: str, value: int
) -> None:
    limits = with_values({name: value})
    monkeypatch.setattr(tuning, "current", lambda: limits)
    if name == "exports.rows_a_day":
        monkeypatch.setattr(services, "count", lambda *_args, **_options: 400)
        allowed = 2
    else:
        allowed = 3
    for kind in Kind.values[:allowed]:
        ask(kind, made=False)

    with pytest.raises(services.OverBudget):
        ask(made=False, language="zh-hant")
    ask(made=False, now=NOW + DAY + timedelta(seconds=1))


def test_deleting_the_book_takes_its_file_and_gives_no_budget_back(
    alice: Person, book: AddressBook, ask: Ask, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = with_values({"exports.files_a_day": 3})
    monkeypatch.setattr(tuning, "current", lambda: limits)
    ask(now=NOW - 2 * DAY)
    runs = [ask(language=language) for language in ("en", "zh-hant", "zh-hans")]
    with alice.scope():
        other = books.create_book(name="Other", now=NOW)
        books.save_contact(book=other, details=ContactDetails.of(contact), now=NOW)
        AddressBook.objects.filter(pk=book.pk).update(is_default=False)
        books.delete_book(book=access.get_book(book.pk, to=Permission.BOOK_MANAGE, lock=True), now=NOW)

        assert set(Export.objects.values_list("pk", flat=True)) == {run.pk for run in runs}
        assert not ExportFile.objects.exists()
        assert not ExportPiece.objects.exists()
        for run in runs:
            with pytest.raises(NotFound):
                access.get_export(run.pk)
        with pytest.raises(services.OverBudget):
            services.begin(book=other, wishes=services.Wishes(), now=NOW)
        tending.tend_here(now=NOW + DAY + timedelta(seconds=1))
        assert not Export.objects.exists(), "what counted for a day is kept no longer"


@pytest.mark.parametrize("how", ["with its book", "out of the bin"])
def test_no_file_outlives_a_contact_that_is_erased_for_good(
    alice: Person, ask: Ask, people: list[Contact], book: AddressBook, how: str
) -> None:
    run, others = ask(chosen=[people[0].pk]), ask(chosen=[people[1].pk])
    half = ask(chosen=[people[0].pk], made=False, kind=Kind.VCARD)
    with alice.scope(), scope.warrant(Warrant.SHARING):
        other = books.create_book(name="Others", now=NOW)
        erased = Contact.objects.filter(pk=people[0].pk)
        erased.update(book=other)

    with alice.scope():
        if how == "with its book":
            books.delete_book(book=access.get_book(other.pk, to=Permission.BOOK_MANAGE, lock=True), now=NOW)
        else:
            erased.update(deleted_at=NOW - books.UNDO_PERIOD - timedelta(seconds=1))
            assert books.purge_deleted(now=NOW) == 1

    assert again(alice, run).state == State.GONE
    assert again(alice, others).state == State.READY
    work(half)
    assert again(alice, half).state in {State.GONE, State.FAILED}
    with alice.scope():
        assert not ExportFile.objects.filter(run__in=[run, half]).exists()
        assert not ExportPiece.objects.filter(run=run).exists()


def test_nothing_is_made_of_nobody(ask: Ask) -> None:
    with pytest.raises(services.Empty):
        ask()


# A worker that dies, or whose orderer is suspended ----------------------------------------------------------------


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_a_suspension_in_the_middle_stops_it_and_whoever_is_back_can_go_on(
    alice: Person, ask: Ask, people: list[Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "PIECE", 1)
    run, real = ask(made=False), working._write

    def write(*args: Any) -> None:
        real(*args)
        live.suspend(alice.user.pk, using="security")

    with monkeypatch.context() as patch:
        patch.setattr(working, "_write", write)
        work(run)
    with scope.account(account_id=alice.account.pk, actor="system:test"):
        stopped = Export.objects.get(pk=run.pk)
        assert (stopped.is_stopped, stopped.failure, stopped.done) == (True, "stopped", 1)
        assert not ExportFile.objects.exists()

    live.release(alice.user.pk)
    with scope.identity():
        epoch = live.state_of(alice.user.pk).epoch
    with alice.scope() as active:
        object.__setattr__(active, "epoch", epoch)
        services.go_on(run=Export.objects.get(pk=run.pk), now=NOW)
    work(run)

    assert again(alice, run).state == State.READY
    assert names_in(fetched(alice, run).data) == ["Ann Lee", "Ben Ho", "Cat Ng"]


def test_whoever_lost_the_right_meanwhile_gets_no_file(alice: Person, ask: Ask, contact: Contact) -> None:
    run = ask(made=False)
    with alice.scope():
        kept = Export.objects.get(pk=run.pk)
        rights = frozenset({Permission.CONTACT_VIEW, Permission.CONTACT_CHANGE})
        with scope.account(account_id=alice.account.pk, user_id=alice.user.pk, permissions=rights) as less:
            object.__setattr__(less, "epoch", 1)
            kept.asked = tasks.scope_to_keep()
        kept.save()

    work(run)

    with alice.scope():
        assert not ExportFile.objects.exists()
    assert again(alice, run).failure == "stopped"
    with alice.scope():
        tending.tend_here(now=NOW + DAY + timedelta(seconds=1))
    assert (again(alice, run).state, again(alice, run).failure) == (State.FAILED, "expired")


def test_a_book_that_would_be_too_large_a_file_says_so(
    alice: Person, ask: Ask, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "MOST_TEXT", 10)

    run = ask()

    assert (run.state, run.failure) == (State.FAILED, "too_large")
