"""The runtime role's connections take one statement at a time; the runtime role makes nothing that outlives one."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connections, transaction

from tests.conftest import Person

pytestmark = pytest.mark.django_db(databases=["default", "trail", "owner"])


def ask(sql: str, parameters: Any = None, *, using: str = "default") -> list[tuple[Any, ...]]:
    with connections[using].cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


@pytest.mark.parametrize("using", ["default", "trail"])
@pytest.mark.parametrize("parameters", [None, [], ["x"]], ids=str)
def test_an_injected_statement_cannot_end_ours_and_begin_another(using: str, parameters: Any) -> None:
    sql = "SELECT 1; SELECT 2" if not parameters else "SELECT %s; SELECT 2"

    with pytest.raises(DatabaseError, match="multiple commands"), transaction.atomic(using=using):
        ask(sql, parameters, using=using)


def test_a_prepared_statement_of_ours_is_not_replaced(alice: Person) -> None:
    """What the injection would do, had it the whole connection: so the cursor is what stands in its way."""
    for _turn in range(settings.DATABASES["default"]["OPTIONS"].get("prepare_threshold", 5) + 1):
        with alice.scope():
            ask("SELECT id FROM accounts_account WHERE name <> %s", ["x"])
    ours = ask("SELECT name FROM pg_prepared_statements WHERE position('accounts_account WHERE name' IN statement) > 0")
    assert ours

    replace = f"SELECT 1; DEALLOCATE {ours[0][0]}; PREPARE {ours[0][0]} (text) AS SELECT current_user"
    with pytest.raises(DatabaseError, match="multiple commands"), alice.scope():
        ask(replace)


def test_the_owner_still_runs_scripts() -> None:
    assert ask("SELECT 1; SELECT 2", using="owner")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TEMP TABLE django_session (session_key text)",
        "CREATE TABLE public.planted (id int)",
        "CREATE TABLE walls.planted (id int)",
        "CREATE FUNCTION public.planted() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION pg_temp.planted() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA planted",
    ],
)
def test_the_runtime_role_makes_nothing(statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        ask(statement)
