"""A copy of an account holds everything of it and nothing else, for the owner who asked, while they own it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import keys, services
from accounts.copies import sections, tending, working
from accounts.copies import services as copies
from accounts.copies.models import AccountCopy, CopyFile, CopyPiece, CopyState
from accounts.models import Member
from accounts.roles import Role
from addressbook import services as books
from addressbook.models import AddressBook, Contact
from security import live, scope
from security.detection.models import Freeze
from security.leased import LEASE
from security.models import AccessEntry
from tests.addressbook.imports.conftest import asking
from tests.conftest import Person, make_person
from tests.mailbox import deliver
from tests.security.watching import DATABASES
from tests.shipments.booking import make_booked, make_draft
from tests.tracking.journeys import record

pytestmark = pytest.mark.django_db
NOW = timezone.now()
COPIES = "/en/account/copy/"


def fill(person: Person, word: str) -> Contact:
    with person.scope():
        book = books.default_book(now=NOW)
        contact = Contact(book=book, country="HK", created_at=NOW, updated_at=NOW)
        contact.name, contact.phone, contact.notes = f"{word} Wong", "+852 2123 4567", f"=cmd|'{word}'"
        contact.save()
        binned = Contact(book=book, country="HK", created_at=NOW, updated_at=NOW, deleted_at=NOW)
        binned.name = f"{word} Binned"
        binned.save()
        make_booked(now=NOW)
        make_draft(now=NOW)
    return contact


@pytest.fixture
def contact(alice: Person, charlie: Person) -> Contact:
    fill(charlie, "Foreign")
    return fill(alice, "Canary")


def ask(person: Person, *, made: bool = True) -> AccountCopy:
    with asking(person):
        run = copies.begin(by=person.user.pk, now=NOW)
    if made:
        work(run)
    return again(person, run)


def work(run: AccountCopy, *, at: Any = NOW) -> None:
    working.work(run.pk, account_id=run.account_id, clock=lambda: at)


def again(person: Person, run: AccountCopy) -> AccountCopy:
    with person.scope():
        return AccountCopy.objects.get(pk=run.pk)


def opened(person: Person, run: AccountCopy) -> dict[str, str]:
    with person.scope():
        data = copies.take(run=AccountCopy.objects.get(pk=run.pk), now=NOW).data
    with ZipFile(BytesIO(data)) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist()}


# What is in it ---------------------------------------------------------------------------------------------------


def test_everything_is_in_it_in_the_form_that_was_promised(alice: Person, bob: Person, contact: Contact) -> None:
    with alice.scope():
        _key, token = keys.create_api_key(account=alice.account, by=alice.user, name="Shop", scopes=["contacts:read"])
        services.invite(email="guest@example.com", role="clerk", by=alice.user.pk, now=NOW)
        number = str(alice_item())
    record("EMA", number=number)

    files = opened(alice, ask(alice))

    read = {name: json.loads(text) for name, text in files.items() if name.endswith(".json")}
    assert set(read) == {f"{section.name}.json" for section in sections.everything()}
    assert read["account.json"][0]["name"] == "Alice Trading"
    assert {row["email"] for row in read["members.json"]} == {"alice@example.com", "bob@example.com"}
    assert {row["name"] for row in read["contacts.json"]} == {"Canary Wong", "Canary Binned"}
    assert [row["email"] for row in read["invitations.json"]] == ["guest@example.com"]
    assert [row["item_number"] for row in read["tracking_events.json"]] == [number]
    assert {row["status"] for row in read["shipments.json"]} == {"booked", "draft"}
    assert all(row["sender"] and row["recipient"] for row in read["shipments.json"] if row["status"] == "booked")
    assert any(row["kind"] == "account_copy" for row in read["access_log.json"])
    assert read["api_keys.json"][0]["name"] == "Shop"
    assert token not in str(files)
    assert "Foreign" not in str(files)


def alice_item() -> str | None:
    from shipments.models import Shipment

    return Shipment.objects.exclude(item_number=None).values_list("item_number", flat=True).get()


def test_it_says_what_is_what_in_three_languages_and_no_cell_is_a_formula(alice: Person, contact: Contact) -> None:
    files = opened(alice, ask(alice))

    assert "A copy of an account" in files["README.txt"]
    assert files["README.txt"] != files["README.zh-hant.txt"] != files["README.zh-hans.txt"]
    assert all(section.name in files["README.txt"] for section in sections.everything())
    rows = list(csv.reader(StringIO(files["contacts.csv"].removeprefix("\ufeff"))))
    assert rows[0][0] == "Name"
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


def test_what_cannot_be_opened_is_named_and_the_rest_is_there(alice: Person, contact: Contact) -> None:
    with alice.scope():
        Contact.objects.filter(pk=contact.pk).update(sealed=b"x" * 60)

    files = opened(alice, ask(alice))

    rows = json.loads(files["contacts.json"])
    assert {"id": str(contact.pk), "unreadable": True} in rows
    assert len(rows) == 2


def test_a_page_takes_as_many_statements_however_many_rows_there_are(
    alice: Person, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sections, "PAGE", 2)
    few = statements(alice)
    with alice.scope():
        book = books.default_book(now=NOW)
        for name in "abcdef":
            one = Contact(book=book, country="HK", created_at=NOW, updated_at=NOW)
            one.name = name
            one.save()

    assert statements(alice) == few


def statements(person: Person) -> dict[str, int]:
    """How many statements the first page of each section takes."""
    counts = {}
    with person.scope():
        AddressBook.objects.count()  # the scope's own statements are gone
        for section in sections.everything():
            section.find("")
            with CaptureQueriesContext(connection) as seen:
                section.find("")
            counts[section.name] = len(seen)
    assert max(counts.values()) <= 4, counts
    return counts


# Who gets it -----------------------------------------------------------------------------------------------------


def test_it_is_asked_for_made_fetched_and_removed_by_pages(alice: Person, contact: Contact) -> None:
    asked = alice.post(COPIES)
    with alice.scope():
        run = AccountCopy.objects.get()
    assert asked.headers["Location"] == f"{COPIES}{run.pk}/"
    assert "The file is being made" in alice.get(f"{COPIES}{run.pk}/").text
    work(run)

    answer = alice.client.get(f"{COPIES}{run.pk}/file/")

    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.content.startswith(b"PK")
    assert alice.client.head(f"{COPIES}{run.pk}/file/").status_code == 405
    assert "Last downloaded" in alice.get(f"{COPIES}{run.pk}/").text
    assert alice.post(f"{COPIES}{run.pk}/remove/").status_code == 302
    assert "removed" in alice.get(f"{COPIES}{run.pk}/").text
    assert alice.client.get(f"{COPIES}{run.pk}/file/").status_code == 302


def test_nobody_but_the_owner_who_asked_finds_it(alice: Person, charlie: Person, contact: Contact) -> None:
    run = ask(alice)
    other = make_person("olive", account=alice.account, role=Role.OWNER)
    manager = make_person("mona", account=alice.account, role=Role.MANAGER)

    for path in ("", "file/"):
        page = f"{COPIES}{run.pk}/{path}"
        assert [who.client.get(page).status_code for who in (other, charlie, manager)] == [404, 404, 403]
    assert manager.client.get(COPIES).status_code == 403


def test_the_owners_are_told(alice: Person, contact: Contact) -> None:
    make_person("olive", account=alice.account, role=Role.OWNER)
    deliver()
    mail.outbox.clear()

    ask(alice, made=False)

    assert {letter.to[0] for letter in deliver()} == {"alice@example.com", "olive@example.com"}


def test_the_log_has_what_was_read_and_what_left_with_the_file(alice: Person, contact: Contact) -> None:
    run = ask(alice)
    with alice.scope():
        read = AccessEntry.objects.filter(kind="contact", action="read")
        assert [(str(contact.pk) in entry.ids, entry.fields) for entry in read] == [(True, [])]

    opened(alice, run)

    with alice.scope():
        given = AccessEntry.objects.filter(kind="contact", action="export").get()
        assert str(contact.pk) in given.ids
        assert "email" in given.fields
        assert AccessEntry.objects.filter(kind="shipment", action="export").count() == 1


def test_a_second_click_gets_the_copy_of_the_first_and_a_day_has_two(alice: Person) -> None:
    assert ask(alice, made=False).pk == ask(alice).pk
    ask(alice)

    with alice.scope(), pytest.raises(copies.OverBudget):
        copies.begin(by=alice.user.pk, now=NOW)
    assert alice.client.post(COPIES, follow=True).status_code == 200


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_it_waits_while_address_books_or_shipments_are_frozen(alice: Person) -> None:
    from security.detection import freeze

    run = ask(alice)
    for feature in ("addressbook", "shipments"):
        frozen = freeze.freeze(feature, size=Freeze.Size.ALL, cause="staff", now=timezone.now())
        assert alice.client.get(f"{COPIES}{run.pk}/file/").status_code == 503
        assert alice.client.post(COPIES).status_code == 503
        freeze.thaw(frozen, by=alice.user.pk, now=timezone.now())


# How long it is there, and who stops it --------------------------------------------------------------------------


def test_it_lies_sealed_and_goes_after_a_day(alice: Person, contact: Contact) -> None:
    run = ask(alice)
    with alice.scope():
        assert bytes(CopyFile.objects.get().sealed)[:2] != b"PK"
        assert tending.tend_here(now=NOW + timedelta(hours=23)) == []
        assert CopyFile.objects.exists()
        tending.tend_here(now=NOW + timedelta(hours=25))
        assert not CopyFile.objects.exists()
        assert not CopyPiece.objects.exists()
    assert again(alice, run).state == CopyState.GONE
    with alice.scope():
        tending.tend_here(now=NOW + timedelta(days=366))
        assert not AccountCopy.objects.exists()


def test_it_does_not_outlive_a_contact_that_is_erased_for_good(alice: Person, contact: Contact) -> None:
    run = ask(alice)
    with alice.scope():
        Contact.objects.filter(pk=contact.pk).update(deleted_at=NOW - books.UNDO_PERIOD - timedelta(seconds=1))
        books.purge_deleted(now=NOW)

    assert again(alice, run).state == CopyState.GONE


@contextmanager
def killed_in(monkeypatch: pytest.MonkeyPatch, step: int) -> Iterator[None]:
    """Kill the worker at the end of its so-many-th step, before it is committed."""
    real, seen = working.Job.step, [0]

    class Killed(BaseException):
        pass

    @contextmanager
    def dying(self: working.Job) -> Iterator[Any]:
        with real(self) as run:
            yield run
            seen[0] += 1
            if seen[0] == step:
                raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(working.Job, "step", dying)
        with pytest.raises(Killed):
            yield


@pytest.mark.parametrize("step", [1, 8, 14])
def test_killed_it_goes_on_behind_the_last_whole_piece(
    alice: Person, contact: Contact, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    run, later = ask(alice, made=False), NOW + LEASE + timedelta(seconds=1)

    with killed_in(monkeypatch, step):
        work(run)
    work(run)  # its lease still holds
    assert again(alice, run).state == CopyState.MAKING
    with alice.scope():
        assert tending.tend_here(now=later) == [run.pk]
    work(run, at=later)

    assert again(alice, run).state == CopyState.READY
    assert {row["name"] for row in json.loads(opened(alice, run)["contacts.json"])} == {"Canary Wong", "Canary Binned"}


@pytest.mark.parametrize("how", ["suspended", "no owner any more"])
@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_whoever_may_not_any_more_gets_no_file(alice: Person, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    run, real = ask(alice, made=False), working._read

    def read(*args: Any) -> None:
        real(*args)
        if how == "suspended":
            live.suspend(alice.user.pk, using="security")
        else:
            with scope.identity():
                Member.objects.filter(user=alice.user).update(role=Role.MANAGER)

    with monkeypatch.context() as patch:
        patch.setattr(working, "_read", read)
        work(run)

    with scope.account(account_id=alice.account.pk, actor="system:test"):
        stopped = AccountCopy.objects.get(pk=run.pk)
        assert (stopped.is_stopped, stopped.failure) == (True, "stopped")
        assert not CopyFile.objects.exists()


# What is held of a person ----------------------------------------------------------------------------------------


def test_somebody_gets_what_is_held_of_themselves(alice: Person, bob: Person) -> None:
    answer = bob.client.get("/en/account/you/data/")

    data = answer.json()
    assert data["person"]["emails"] == [{"email": "bob@example.com", "verified": True, "primary": True}]
    assert [(one["name"], one["role"]) for one in data["accounts"]] == [("Alice Trading", "clerk")]
    assert "alice@" not in answer.text
    assert "argon2" not in answer.text
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
