"""The signed context and row-level security, asked through raw SQL as an injected statement would."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag
from django.contrib.auth.hashers import check_password
from django.db import ProgrammingError, connection, transaction
from django.test import override_settings

from accounts.factors import FactorAdapter
from accounts.keys import create_api_key
from accounts.models import ApiKey, User
from security import context, scope
from security.models import AccessEntry, AccountKey
from security.trail import Action, record
from security.warrants import Warrant
from tests.conftest import PASSWORD, Person

pytestmark = pytest.mark.django_db


def rows(sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def test_tests_run_as_the_runtime_role() -> None:
    assert rows("SELECT current_user") == [("ecship_app",)]


def test_no_scope_gives_no_rows(alice: Person) -> None:
    assert rows("SELECT * FROM security_accountkey") == []
    assert rows("SELECT * FROM accounts_user") == []


def test_an_account_sees_its_own_rows_only(alice: Person, charlie: Person) -> None:
    with alice.scope():
        seen = rows("SELECT DISTINCT account_id FROM security_accountkey")

    assert seen == [(alice.account.pk,)]


def test_the_context_does_not_outlive_its_scope(alice: Person) -> None:
    with alice.scope():
        pass

    assert rows("SELECT current_setting('walls.context', true)") == [("",)]


@pytest.mark.parametrize("what", ["account", "kind", "pid", "expiry", "mac", "nonsense", "parts"])
def test_a_forged_context_gives_no_rows(alice: Person, charlie: Person, what: str) -> None:
    backend = context.backend()
    text = context.signed(kind="account", account_id=alice.account.pk, user_id=alice.user.pk, backend=backend)
    kind, account, user, pid, expiry, mac = text.split("|")
    forged = {
        "account": f"{kind}|{charlie.account.pk}|{user}|{pid}|{expiry}|{mac}",
        "kind": f"identity|{account}|{user}|{pid}|{expiry}|{mac}",
        "pid": context.signed(kind=kind, account_id=alice.account.pk, user_id=None, backend=backend._replace(pid=1)),
        "expiry": context.signed(kind=kind, account_id=alice.account.pk, user_id=None, backend=backend._replace(now=0)),
        "mac": f"{kind}|{account}|{user}|{pid}|{expiry}|{'0' * 64}",
        "nonsense": "true",
        "parts": f"{text}|more",
    }[what]

    with transaction.atomic():
        rows("SELECT set_config('walls.context', %s, true)", [text])
        before = rows("SELECT count(*) FROM security_accountkey")
        rows("SELECT set_config('walls.context', %s, true)", [forged])
        after = rows("SELECT count(*) FROM security_accountkey")

    assert (before, after) == ([(1,)], [(0,)])


def test_the_runtime_role_cannot_read_the_context_key() -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        rows("SELECT * FROM walls.context_key")


@pytest.mark.parametrize("role", ["ecship_owner", "ecship_security", "postgres"])
def test_the_runtime_role_becomes_nobody_else(role: str) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        rows(f"SET ROLE {role}")


def test_the_write_guard_refuses_planting(alice: Person, charlie: Person) -> None:
    with pytest.raises(ProgrammingError), alice.scope():
        AccountKey.objects.create(account_id=charlie.account.pk, version=9, wrapped=b"x")


def test_the_write_guard_refuses_rehoming(alice: Person, charlie: Person) -> None:
    with pytest.raises(ProgrammingError), alice.scope():
        rows("UPDATE security_accountkey SET account_id = %s RETURNING id", [charlie.account.pk])


def test_the_access_log_cannot_be_changed(alice: Person) -> None:
    with alice.scope():
        record(action=Action.READ, kind="contact", ids=[])
        for statement in ("UPDATE security_accessentry SET kind = 'x'", "DELETE FROM security_accessentry"):
            with pytest.raises(ProgrammingError), transaction.atomic():
                AccessEntry.objects.raw(statement).__iter__()


def test_an_injection_in_a_page_lists_only_members(alice: Person, bob: Person, charlie: Person) -> None:
    with scope.identity():
        create_api_key(account=charlie.account, by=charlie.user, name="shop", scopes=["contacts:read"])

    with alice.scope():
        users = {row[0] for row in rows("SELECT email FROM accounts_user")}
        emails = {row[0] for row in rows("SELECT email FROM account_emailaddress")}
        sessions = rows("SELECT * FROM django_session")
        keys = rows("SELECT * FROM accounts_apikey")
        factors = rows("SELECT * FROM mfa_authenticator")
        members = {row[0] for row in rows("SELECT account_id FROM accounts_member")}

    assert users == {"alice@example.com", "bob@example.com"}
    assert emails == {"alice@example.com"}
    assert (sessions, keys, factors) == ([], [], [])
    assert members == {alice.account.pk}
    with scope.identity():
        assert User.objects.count() == 3
        assert ApiKey.objects.count() == 1


# What an injected write reaches ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_user SET staff_role = 'security' WHERE id = %(alice)s",
        "UPDATE accounts_user SET email = 'charlie@example.com' WHERE id = %(alice)s",
        "UPDATE account_emailaddress SET email = 'charlie@example.com' WHERE user_id = %(alice)s",
        "DELETE FROM accounts_user WHERE id = %(alice)s",
    ],
)
def test_an_account_context_changes_no_person(alice: Person, charlie: Person, statement: str) -> None:
    with alice.scope(), connection.cursor() as cursor:
        cursor.execute(statement, {"alice": alice.user.pk})
        changed = cursor.rowcount

    assert changed == 0
    with scope.identity():
        assert User.objects.get(pk=alice.user.pk).staff_role == ""


def test_an_account_context_makes_no_stranger_a_member(alice: Person, charlie: Person) -> None:
    insert = (
        "INSERT INTO accounts_member (id, account_id, user_id, role, joined_at) VALUES (%s, %s, %s, 'viewer', now())"
    )

    with alice.scope(), pytest.raises(ProgrammingError, match="row-level security"), scope.warrant(Warrant.MEMBERS):
        rows(insert, [uuid4(), alice.account.pk, charlie.user.pk])


def test_an_account_context_puts_no_stranger_in_a_members_place(alice: Person, bob: Person, charlie: Person) -> None:
    update = "UPDATE accounts_member SET user_id = %s WHERE user_id = %s"

    with alice.scope(), pytest.raises(ProgrammingError, match="permission denied"), scope.warrant(Warrant.MEMBERS):
        rows(update, [charlie.user.pk, bob.user.pk])


def test_what_is_stored_of_a_password_and_a_factor_opens_under_the_key_of_keys_alone(alice: Person) -> None:
    adapter = FactorAdapter()
    sealed = adapter.encrypt("TOTPSECRET")
    with alice.scope():
        stored = rows("SELECT password FROM accounts_user WHERE id = %s", [alice.user.pk])[0][0]
    other = b64encode(bytes(range(32))).decode()

    assert "argon2id" not in stored
    assert "TOTPSECRET" not in sealed
    assert adapter.decrypt(sealed) == "TOTPSECRET"
    assert check_password(PASSWORD, stored)
    with override_settings(ECSHIP_KEK=other), pytest.raises(InvalidTag):
        check_password(PASSWORD, stored)
    with override_settings(ECSHIP_KEK=other), pytest.raises(InvalidTag):
        adapter.decrypt(sealed)
