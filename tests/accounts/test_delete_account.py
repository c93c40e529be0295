"""An account is deleted after a time in which any owner takes it back; then it is gone with all that it had.

Its key goes first, and nothing of another account goes. Meanwhile it is read-only at every entrance.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import closing, tasks
from accounts.models import Account, ApiKey, Invitation, Member, User
from addressbook.imports import working as importing
from addressbook.models import AddressBook, Contact
from security import live, scope
from security.incidents import exposure, hold
from security.incidents import services as incidents
from security.incidents.models import ExposedAccount, Incident
from security.incidents.reach import Reach
from security.models import AccessEntry, AccountKey
from security.refusals import Forbidden
from security.warrants import Warrant
from shipments.models import Shipment
from tests.accounts.test_kept_forms import sign_in
from tests.addressbook.imports.made import upload_read
from tests.api.calling import call
from tests.conftest import Person, make_person
from tests.mailbox import deliver
from tests.security.watching import DATABASES, key_of
from tests.shipments.booking import make_booked

pytestmark = pytest.mark.django_db(databases=DATABASES)
DELETE = "/en/account/delete/"
TENANTS = (AddressBook, Contact, Shipment, AccountKey)


def fill(person: Person) -> None:
    now = timezone.now()
    with person.scope():
        book = AddressBook(created_at=now)
        book.name = "Friends"
        book.save()
        contact = Contact(book=book, country="HK", created_at=now, updated_at=now)
        contact.name = "Canary Wong"
        contact.save()
        make_booked()


def delete(person: Person) -> None:
    """Ask for it, and let the time go by."""
    assert person.post(DELETE, {"name": f"{person.user.name} Trading"}).status_code == 302
    erase(person)


def erase(person: Person, *, days: int = 15) -> bool:
    return closing.erase(person.account.pk, now=timezone.now() + timedelta(days=days))


def held(person: Person) -> list[int]:
    with person.scope():
        return [model._default_manager.count() for model in TENANTS]


@pytest.fixture
def full(alice: Person, charlie: Person) -> Person:
    """Alice's account, with everything in it; Charlie's beside it."""
    fill(alice)
    fill(charlie)
    alice.post("/en/account/invite/", {"email": "guest@example.com", "role": "clerk"})
    alice.post("/en/account/keys/add/", {"name": "Shop", "scopes": ["contacts:read"], "lifetime_days": "30"})
    return alice


def test_it_goes_with_everything_and_nothing_else_does(full: Person, charlie: Person) -> None:
    others = held(charlie)
    assert all(held(full))

    delete(full)

    assert held(full) == [0, 0, 0, 0]
    assert held(charlie) == others
    with scope.identity():
        assert not Account.objects.filter(pk=full.account.pk).exists()
        assert not Member.objects.filter(account_id=full.account.pk).exists()
        assert not ApiKey.objects.exists()
        assert not Invitation.objects.exists()
    assert "sign-in" in full.client.get("/en/address-books/").headers["Location"]
    assert charlie.client.get("/en/address-books/").status_code == 200


def test_it_stands_in_the_access_log(full: Person) -> None:
    delete(full)

    with full.scope():
        entries = AccessEntry.objects.filter(kind__in=["account_deletion", "account"], action__in=["change", "delete"])
        found = [(entry.kind, entry.action, entry.actor, entry.ids) for entry in entries.order_by("at")]
    ids = [str(full.account.pk)]
    assert found == [
        ("account_deletion", "change", f"user:{full.user.pk}", ids),
        ("account", "delete", "system:closing", ids),
    ]


@pytest.mark.parametrize("typed", ["", "Alice", "Charlie Trading"])
def test_it_asks_for_the_accounts_name(full: Person, typed: str) -> None:
    before = held(full)

    assert full.post(DELETE, {"name": typed}).status_code == 200

    assert held(full) == before


@pytest.mark.parametrize("role", ["manager", "clerk", "viewer"])
def test_only_owners_delete_an_account(full: Person, role: str) -> None:
    other = make_person("mona", account=full.account, role=role)
    before = held(full)

    assert other.post(DELETE, {"name": "Alice Trading"}).status_code == 403
    assert held(full) == before


def test_an_older_session_shows_again_who_it_is(full: Person) -> None:
    client = Client()
    sign_in(client, "alice")
    before = held(full)

    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        answer = client.post(DELETE, {"name": "Alice Trading"})

    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert held(full) == before


def test_everybody_who_was_in_it_is_told(full: Person, bob: Person) -> None:
    full.post(DELETE, {"name": "Alice Trading"})
    told = deliver()
    mail.outbox.clear()
    erase(full)

    gone = deliver()
    assert {letter.to[0] for letter in gone} == {"alice@example.com", "bob@example.com"}
    assert [sum(part in letter.subject for letter in gone) for part in ("was deleted", "sign-in was removed")] == [2, 2]
    asked = [letter for letter in told if "is to be deleted" in letter.subject]
    assert {letter.to[0] for letter in asked} == {"alice@example.com", "bob@example.com"}
    assert ["sign-in/keep/" in letter.body for letter in asked] == [True, False]


def test_no_row_that_may_be_read_names_the_account_any_more_but_the_access_log(full: Person) -> None:
    delete(full)

    left = []
    with scope.account(account_id=full.account.pk), connections["default"].cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_name) "
            "WHERE c.column_name = 'account_id' AND t.table_schema = 'public' AND c.table_schema = 'public' "
            "AND t.table_type = 'BASE TABLE' "
            "AND has_table_privilege(format('%I.%I', t.table_schema, t.table_name), 'SELECT')"
        )
        tables = [row[0] for row in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE account_id = %s', [full.account.pk])
            if (row := cursor.fetchone()) and row[0]:
                left.append(table)

    assert len(tables) > 6
    assert set(left) <= {"security_accessentry"}


# The waiting time ------------------------------------------------------------------------------------------------


def ask(person: Person) -> None:
    assert person.post(DELETE, {"name": "Alice Trading"}).status_code == 302


def is_closing(person: Person) -> bool:
    with scope.identity():
        return Account.objects.get(pk=person.account.pk).closing_at is not None


def test_nothing_goes_before_its_time(full: Person) -> None:
    before = held(full)
    ask(full)

    assert not erase(full, days=13)
    assert held(full) == before
    assert closing.due(now=timezone.now() + timedelta(days=13)) == []
    assert closing.due(now=timezone.now() + timedelta(days=15)) == [full.account.pk]


def test_asking_twice_puts_nothing_off_and_nobody_can_join_meanwhile(full: Person) -> None:
    ask(full)
    with scope.identity():
        first = Account.objects.get(pk=full.account.pk).closing_at

    assert "Keep the account" in full.get(DELETE).text
    assert full.post(DELETE, {"name": "Alice Trading"}).status_code == 200

    with scope.identity():
        assert Account.objects.get(pk=full.account.pk).closing_at == first
        assert not Invitation.objects.exists()


READS = ("", "address-books/", "shipments/", "account/", "account/access-log/", "account/copy/", "privacy/")
CHANGES = ("address-books/add/", "shipments/new/", "account/invite/", "account/keys/add/")


def test_a_page_reads_on_and_changes_nothing(full: Person, bob: Person) -> None:
    ask(full)

    assert {full.client.get(f"/en/{path}").status_code for path in READS} == {200}
    for who in (full, bob):
        for path in CHANGES[:2]:
            answer = who.client.post(f"/en/{path}", {"name": "Another"})
            assert answer.status_code == 403
            assert "read-only" in answer.text
    assert {full.client.get(f"/en/{path}").status_code for path in CHANGES[2:]} == {403}
    assert "is deleted on" in full.get("/en/").text


def test_a_key_reads_on_and_changes_nothing(full: Person) -> None:
    with full.scope():
        book = AddressBook.objects.get()
        book.access = "restricted"
        with scope.warrant(Warrant.SHARING):
            book.save()
    key = key_of(full)
    assert call(key, "post", "/api/v1/address-books/", {"name": "New"}).status_code == 201
    ask(full)

    assert str(book.pk) in [row["id"] for row in key.get("/api/v1/address-books/").json()["results"]]
    answer = call(key, "post", "/api/v1/address-books/", {"name": "New"})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ecship:problem:closing")


def test_an_import_that_began_before_goes_no_further(full: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    with full.scope() as active:
        run = upload_read(AddressBook.objects.get(), "Ann", timezone.now())
        monkeypatch.setattr(importing.Job, "step", lambda _self: nullcontext(run))
        job = importing.Job(run.pk, uuid4(), run.state, active, timezone.now)
        with job.part():
            pass
    ask(full)

    with full.scope(), pytest.raises(Forbidden), job.part():
        pass


@pytest.mark.parametrize("how", ["page", "link"])
def test_any_owner_takes_it_back(full: Person, how: str) -> None:
    other = make_person("olive", account=full.account, role="owner")
    ask(full)
    letters = {letter.to[0]: str(letter.body) for letter in deliver() if "is to be deleted" in letter.subject}
    link = "".join(re.findall(r"/en/sign-in/keep/\S+", letters["olive@example.com"]))
    mail.outbox.clear()

    if how == "page":
        assert other.post("/en/account/keep/").status_code == 302
    else:
        assert "Keep the account" in Client().get(link).text
        assert is_closing(full)
        assert Client().post(link).status_code == 200

    assert not is_closing(full)
    assert not erase(full)
    assert {letter.to[0] for letter in deliver()} == {"alice@example.com", "olive@example.com"}
    assert full.client.get("/en/shipments/new/").status_code == 200
    with full.scope():
        assert AccessEntry.objects.filter(kind="account_deletion", action="restore", user_id=other.user.pk).exists()
    assert Client().post(link).status_code == 404
    ask(full)
    assert Client().post(link).status_code == 404, "it stops no later one"


def test_a_link_of_somebody_who_owns_it_no_more_or_is_suspended_stops_nothing(full: Person) -> None:
    ask(full)
    with scope.identity():
        account = Account.objects.get(pk=full.account.pk)
        link = f"/en/sign-in/keep/{closing.token_for(account, full.user.pk)}/"
        Member.objects.filter(user=full.user).update(role="manager")
        assert Client().post(link).status_code == 404
        Member.objects.filter(user=full.user).update(role="owner")
    live.suspend(full.user.pk)

    assert Client().post(link).status_code == 403
    assert Client().post("/en/sign-in/keep/made-up/").status_code == 404
    assert is_closing(full)


@pytest.mark.parametrize("role", ["manager", "clerk", "viewer"])
def test_nobody_else_takes_it_back(full: Person, charlie: Person, role: str) -> None:
    other = make_person("mona", account=full.account, role=role)
    ask(full)

    assert other.post("/en/account/keep/").status_code == 403
    charlie.post("/en/account/keep/")
    assert is_closing(full)


def test_all_are_told_again_shortly_before_once(full: Person) -> None:
    ask(full)
    deliver()
    mail.outbox.clear()

    early, late = timezone.now() + timedelta(days=11), timezone.now() + timedelta(days=13)
    assert [closing.remind(now=now) for now in (early, late, late)] == [0, 1, 0]
    assert [letter.subject for letter in deliver()] == ["Your account is deleted soon"]


def test_the_job_erases_what_is_due(full: Person) -> None:
    ask(full)

    with time_machine.travel(timezone.now() + timedelta(days=15)):
        tasks.close_account(account_id=str(full.account.pk))
        tasks.close_account(account_id=str(full.account.pk))  # named twice

    assert held(full) == [0, 0, 0, 0]


# Incidents -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_an_incident_that_reaches_it_or_might_holds_it(full: Person, charlie: Person) -> None:
    ask(full)
    now = timezone.now()
    incident = incidents.open_incident(
        title="T", reach=Reach(since=now - timedelta(days=1), actors=(f"user:{charlie.user.pk}",)), by=None, now=now
    )

    assert not erase(full), "nobody knows yet whom it reaches"
    report = exposure.make(incident=incident, by=None, now=now)
    assert hold.is_held(charlie.account.pk, [charlie.user.pk]), "it is about them"
    assert not hold.is_held(full.account.pk, [full.user.pk])
    ExposedAccount.objects.using("security").create(exposure_id=report.pk, account_id=full.account.pk, findings=[])
    assert not erase(full), "it is in the report"
    Incident.objects.using("security").update(state="closed")
    live.suspend(full.user.pk, using="security")
    assert not erase(full), "somebody of it is suspended"
    live.release(full.user.pk)
    assert erase(full)


# People ----------------------------------------------------------------------------------------------------------


def test_who_is_in_no_other_account_goes_with_it(full: Person, bob: Person) -> None:
    other = make_person("olive")
    with scope.identity():
        Member.objects.create(account_id=other.account.pk, user=bob.user, role="clerk")

    delete(full)

    with scope.identity():
        assert not User.objects.filter(pk=full.user.pk).exists()
        assert not EmailAddress.objects.filter(email="alice@example.com").exists()
        assert User.objects.filter(pk=bob.user.pk).exists()
    assert bob.client.get("/en/address-books/").status_code == 200


def test_of_whom_something_else_still_refers_to_an_empty_row_stays(full: Person) -> None:
    with scope.identity():
        LogEntry.objects.create(user=full.user, action_flag=1, object_repr="")

    delete(full)

    with scope.identity():
        left = User.objects.get(pk=full.user.pk)
        assert (left.email, left.name, left.is_active) == (f"{left.pk}@gone.invalid", "", False)
        assert not EmailAddress.objects.filter(user=left).exists()


CLOSE = "/en/account/you/close/"


def test_somebody_removes_their_own_sign_in_but_not_as_the_only_owner(full: Person, bob: Person) -> None:
    assert "only owner" in full.get(CLOSE).text
    full.post(CLOSE, {"email": "alice@example.com"})
    bob.post(CLOSE, {"email": "alice@example.com"})
    with scope.identity():
        assert User.objects.filter(email__in=["alice@example.com", "bob@example.com"]).count() == 2
    deliver()
    mail.outbox.clear()

    assert bob.post(CLOSE, {"email": "bob@example.com"}).status_code == 302

    with scope.identity():
        assert not User.objects.filter(pk=bob.user.pk).exists()
        assert not Member.objects.filter(account=full.account).exclude(user=full.user).exists()
    assert bob.client.get("/en/account/you/").status_code == 302
    assert {"bob@example.com", "alice@example.com"} == {letter.to[0] for letter in deliver()}
    assert is_kept(full)


def is_kept(person: Person) -> bool:
    return all(held(person))
