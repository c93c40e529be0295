"""A statement injected into an account's page writes no person, with row-level security away or with the guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import ProgrammingError, connection, connections, transaction
from psycopg.errors import InsufficientPrivilege

from security import scope
from security.walls import Wall
from security.warrants import Warrant
from tests.conftest import Person
from tests.walls.switches import without

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "trail", "owner"])

SINGLES = [[], [Wall.RLS], [Wall.WRITEGUARD]]
BOTH = [Wall.RLS, Wall.WRITEGUARD]
# What an injected statement would do to somebody else, given their row's id.
INJECTED = {
    "raise somebody's rank": "UPDATE accounts_user SET staff_role = 'postal' WHERE id = '{user}'",
    "claim an e-mail": "UPDATE account_emailaddress SET email = 'mine@example.com' WHERE user_id = '{user}'",
    "rename an account": "UPDATE accounts_account SET name = 'Mine' WHERE id = '{account}'",
    "end sessions": "DELETE FROM django_session",
}


@pytest.fixture
def inject(alice: Person, charlie: Person) -> Callable[[str], int]:
    """Send a statement in Charlie's context, with Alice's ids; return how many rows it has changed."""
    alice.client.get("/en/")

    def send(statement: str) -> int:
        with charlie.scope(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format(user=alice.user.pk, account=alice.account.pk))
            changed: int = cursor.rowcount
            transaction.set_rollback(True)
        return changed

    return send


def written(inject: Callable[[str], int], statement: str) -> int:
    """Return how many rows a statement has changed: none where a policy or the guard refuses it."""
    try:
        return inject(statement)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, InsufficientPrivilege):
            raise
        return 0


@pytest.mark.parametrize("walls", SINGLES, ids=str)
@pytest.mark.parametrize("statement", list(INJECTED.values()), ids=list(INJECTED))
def test_no_person_is_written_with_at_most_one_wall_away(
    inject: Callable[[str], int], statement: str, walls: list[Wall]
) -> None:
    with without(*walls):
        assert written(inject, statement) == 0


@pytest.mark.parametrize("statement", list(INJECTED.values()), ids=list(INJECTED))
def test_with_both_away_each_statement_writes(inject: Callable[[str], int], statement: str) -> None:
    with without(*BOTH):
        assert written(inject, statement) > 0, "this statement proves nothing"


def test_ones_own_account_is_written_with_a_warrant(charlie: Person) -> None:
    rename = f"UPDATE accounts_account SET name = 'Mine' WHERE id = '{charlie.account.pk}'"

    with charlie.scope(), scope.warrant(Warrant.ACCOUNT), connection.cursor() as cursor:
        cursor.execute(rename)
        assert cursor.rowcount == 1


# Nobody may change these at all, and only the security role reads them: INSERT is the one right on them.
WRITE_ONLY = {"security_securityevent"}


def test_every_protected_table_that_can_be_written_has_a_write_guard() -> None:
    unguarded = """
        SELECT c.relname FROM pg_class c WHERE c.relforcerowsecurity AND c.relnamespace = 'public'::regnamespace
        AND NOT c.relispartition -- nobody reaches one by itself: tests/security/test_tables.py
        AND (has_any_column_privilege('ecship_app', c.oid, 'INSERT, UPDATE')
            OR has_table_privilege('ecship_app', c.oid, 'INSERT, UPDATE, DELETE'))
        AND NOT EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'writeguard')
    """
    rights = "SELECT has_table_privilege('ecship_app', %s, 'UPDATE, DELETE')"
    with connections["owner"].cursor() as cursor:
        cursor.execute(unguarded)
        found: list[Any] = [row[0] for row in cursor.fetchall()]
        allowed = []
        for table in WRITE_ONLY:
            cursor.execute(rights, [table])
            allowed += [table for row in cursor.fetchall() if row[0]]

    assert set(found) == WRITE_ONLY
    assert allowed == []
