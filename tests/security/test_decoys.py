"""Decoys: kept up, like everybody else in every column, and a read of one suspends."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.hashers import check_password
from django.db import connections
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import Account, User
from addressbook.models import Contact
from security import scope, trail
from security.detection import decoys
from security.detection.models import Cause, Decoy, DecoyObject
from security.thresholds import DEFAULTS
from tests.conftest import PASSWORD, Person, make_person
from tests.mailbox import deliver, link
from tests.security.watching import DATABASES, suspensions

pytestmark = pytest.mark.django_db(transaction=True, databases=[*DATABASES, "owner"])


@pytest.fixture
def decoy() -> Decoy:
    decoys.keep_up(now=timezone.now())
    for _time in range(40):  # until it has a contact and a draft
        decoys.live_on(now=timezone.now(), hours=24 / DEFAULTS.decoys.activity_a_day)
    found = Decoy.objects.using("security").first()
    assert found is not None
    return found


def test_a_part_of_what_is_missing_is_opened_at_a_time() -> None:
    opened = [decoys.keep_up(now=timezone.now()) for _time in range(5)]

    assert opened == [1, 1, 1, 0, 0]
    assert Decoy.objects.using("security").count() == DEFAULTS.decoys.least
    assert DecoyObject.objects.using("security").count() >= 2 * DEFAULTS.decoys.least


def test_without_a_mail_domain_there_are_none() -> None:
    with override_settings(DECOY_MAIL_DOMAINS=[]):
        assert decoys.keep_up(now=timezone.now()) == 0


def test_nobody_signs_in_as_a_decoy(decoy: Decoy) -> None:
    with scope.identity():
        user = User.objects.get(pk=decoy.person)

    assert not any(check_password(word, user.password) for word in ("", PASSWORD, user.name, user.email))
    assert user.password.startswith(User.objects.model(password=user.password).password[:10])


def look_at(person: Person, contact: UUID) -> None:
    """Do what a page with every wall away does: note in its own account that something was read."""
    with person.scope():
        trail.record(action=trail.Action.READ, kind="contact", ids=[contact])


def contact_of(decoy: Decoy) -> UUID:
    with scope.account(account_id=decoy.account_id, actor="system:test"):
        found = Contact.objects.first()
    assert found is not None
    return found.pk


def test_whoever_reads_something_of_a_decoy_is_suspended(decoy: Decoy) -> None:
    charlie = make_person("charlie")
    look_at(charlie, contact_of(decoy))

    seen, again = decoys.watch(now=timezone.now()), decoys.watch(now=timezone.now())

    assert (seen, again) == (1, 0)
    (held,) = suspensions()
    assert (held.cause, held.person, held.until) == (Cause.DECOY, charlie.user.pk, None)
    assert charlie.client.get("/en/account/").status_code == 403


def test_a_decoys_own_life_and_the_sites_own_jobs_suspend_nobody(decoy: Decoy, alice: Person) -> None:
    with scope.account(account_id=decoy.account_id, actor="system:expire"):
        trail.record(action=trail.Action.EXPIRE, kind="contact", ids=[contact_of(decoy)])
    alice.client.get("/en/address-books/")

    assert decoys.watch(now=timezone.now()) == 0
    assert suspensions() == []


# In every column like everybody else --------------------------------------------------------------------------

SHAPES = [
    (re.compile(r"^[0-9a-f]{8}-[0-9a-f-]{27}$"), "an id"),
    (re.compile(r"^[0-9a-f]{32}$"), "a request"),
    (re.compile(r"^user:[0-9a-f-]{36}$"), "a person"),
    (re.compile(r"^\d+\.\d+\.\d+\.\d+(/\d+)?$"), "an address"),
    (re.compile(r"^\[.*\]$", re.DOTALL), "a list"),
    (re.compile(r"^\d{4}-\d\d-\d\d .*"), "a time"),
    (re.compile(r"^sealed_argon2.*|^\$?\w+\$.{60,}$|^[\w+/=$:-]{90,}$"), "a password"),
    (re.compile(r"^[^@\s]+@[^@\s]+$"), "an e-mail"),
]
# What differs from one real account to the next says nothing.
VARIES = {"account_emailaddress.id",
          "accounts_user.language", "accounts_account.kind", "accounts_account.name", "accounts_user.name",
          "addressbook_contact.country", "addressbook_contact.can_send", "addressbook_contact.email_index",
          "addressbook_contact.phone_index", "security_accessentry.row_count", "addressbook_addressbook.version",
          "addressbook_addressbook.filled",
          "security_accessentry.pos", "addressbook_contact.can_receive"}  # fmt: skip


def shape(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return "bytes"
    text = "nothing" if value is None else str(value)
    return next((name for pattern, name in SHAPES if pattern.match(text)), text)


def profile(account_id: UUID, person: UUID) -> dict[str, set[str]]:
    """Return for each column of each table which shapes of values an account and its person have there."""
    found: dict[str, set[str]] = {}
    for table, row in rows_of(account_id, person):
        for column, value in row.items():
            found.setdefault(f"{table}.{column}", set()).add(shape(value))
    return found


def rows_of(account_id: UUID, person: UUID) -> Iterator[tuple[str, dict[str, Any]]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, array_agg(a.attname::text) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
            " AND a.attnum > 0 AND NOT a.attisdropped GROUP BY 1"
        )
        for table, columns in cursor.fetchall():
            conditions = [f"{name} = '{account_id}'" for name in ("account_id",) if name in columns]
            conditions += [f"{name} = '{person}'" for name in ("user_id",) if name in columns]
            if table in {"accounts_user", "accounts_account"}:
                conditions = [f"id IN ('{account_id}', '{person}')"]
            if not conditions or table.startswith(("django_session", "usersessions_")):
                continue
            cursor.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
            cursor.execute(f'SELECT * FROM "{table}" WHERE {" OR ".join(conditions)}')
            names = [column.name for column in cursor.description]
            for row in cursor.fetchall():
                yield table, dict(zip(names, row, strict=True))
            cursor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')


def sign_up_and_live() -> tuple[UUID, UUID]:
    """Be an ordinary person: sign up, confirm, sign in, add a contact, look at the books, begin a shipment."""
    client = Client(REMOTE_ADDR="192.0.2.7")
    email = "real.person@example.org"
    client.post("/en/sign-in/signup/", {"email": email, "kind": "personal", "account_name": "Me"})
    chosen = {"kind": "personal", "account_name": "Me", "password": PASSWORD}
    client.post(link(deliver()[-1]), chosen)
    client.post("/en/sign-in/login/", {"login": email, "password": PASSWORD})
    client.post("/en/contacts/add/", {"name": "Ann Lee", "country": "HK", "line1": "1 Road", "district": "Sha Tin"})
    client.get("/en/address-books/")
    client.post("/en/shipments/new/", {"submission_key": "5f0c7a0e-3c5f-4a57-9d2b-0d5b4c1f2e3a"})
    with scope.identity():
        user = User.objects.get(email=email)
        return Account.objects.get(members__user=user).pk, user.pk


def test_no_column_outside_the_schema_tells_a_decoy_from_a_real_account(decoy: Decoy) -> None:
    real = profile(*sign_up_and_live())
    made = profile(decoy.account_id, decoy.person)

    differs = {
        column: (made.get(column), shapes)
        for column, shapes in real.items()
        if column not in VARIES and not (shapes & made.get(column, set()))
    }
    assert differs == {}
    assert set(made) - set(real) == set()
    assert len(real) > 60


def test_a_decoys_book_says_how_many_contacts_it_has(decoy: Decoy) -> None:
    rows = list(rows_of(decoy.account_id, decoy.person))
    kept = Counter(
        row["book_id"] for table, row in rows if table == "addressbook_contact" and row["deleted_at"] is None
    )
    said = {row["id"]: row["filled"] for table, row in rows if table == "addressbook_addressbook"}

    assert kept
    assert said == {book: kept[book] for book in said}
