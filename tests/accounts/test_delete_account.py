"""An account that is deleted is gone with all that it had, its key first; and nothing of another account is."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, ApiKey, Invitation, Member
from addressbook.models import AddressBook, Contact
from security import scope
from security.models import AccessEntry, AccountKey
from shipments.models import Shipment
from tests.accounts.test_kept_forms import sign_in
from tests.conftest import Person, make_person
from tests.mailbox import deliver
from tests.shipments.booking import make_booked

pytestmark = pytest.mark.django_db
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

    assert full.post(DELETE, {"name": "Alice Trading"}).status_code == 302

    assert held(full) == [0, 0, 0, 0]
    assert held(charlie) == others
    with scope.identity():
        assert not Account.objects.filter(pk=full.account.pk).exists()
        assert not Member.objects.filter(account_id=full.account.pk).exists()
        assert not ApiKey.objects.exists()
        assert not Invitation.objects.exists()
    assert full.client.get("/en/address-books/").status_code == 403
    assert charlie.client.get("/en/address-books/").status_code == 200


def test_it_stands_in_the_access_log(full: Person) -> None:
    full.post(DELETE, {"name": "Alice Trading"})

    with full.scope():
        entry = AccessEntry.objects.filter(kind="account", action="delete").get()
    assert (entry.ids, entry.user_id) == ([str(full.account.pk)], full.user.pk)


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
    deliver()
    mail.outbox.clear()

    full.post(DELETE, {"name": "Alice Trading"})

    letters = deliver()
    assert {letter.to[0] for letter in letters} == {"alice@example.com", "bob@example.com"}
    assert all("Alice Trading" in letter.body for letter in letters)


def test_no_row_that_may_be_read_names_the_account_any_more_but_the_access_log(full: Person) -> None:
    full.post(DELETE, {"name": "Alice Trading"})

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
