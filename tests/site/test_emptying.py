"""After a test with real commits the tables are empty again, and every wall that was put away for it stands."""

from __future__ import annotations

import pytest
from django.db import connections

from tests.conftest import make_person
from tests.emptying import KEPT, WRITTEN, empty_tables

pytestmark = pytest.mark.django_db(transaction=True)
WALLS = (
    "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relkind IN ('r', 'p') ORDER BY oid",
    "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger ORDER BY oid",
    "SELECT * FROM pg_policies ORDER BY 1, 2, 3",
)


def walls() -> list[list[tuple[object, ...]]]:
    found = []
    with connections["owner"].cursor() as cursor:
        for question in WALLS:
            cursor.execute(question)
            found.append(cursor.fetchall())
    return found


def rows() -> dict[str, int]:
    """Count the rows of the tables that were written, past row-level security, by their pages' contents."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(WRITTEN, [list(KEPT)])
        written = [name for name, size, *_ in cursor.fetchall() if size]
        cursor.execute(f"ANALYZE {', '.join(written)}")
        cursor.execute("SELECT oid::regclass::text, reltuples FROM pg_class WHERE oid = ANY(%s::regclass[])", [written])
        return {name: int(count) for name, count in cursor.fetchall()}


@pytest.mark.parametrize("large", [False, True], ids=["rows deleted", "new files"])
def test_nothing_is_left_and_every_wall_stands(monkeypatch: pytest.MonkeyPatch, large: bool) -> None:
    monkeypatch.setattr("tests.emptying.LARGE_BYTES", 0 if large else 2**40)
    make_person("alice")
    before, there = walls(), rows()

    empty_tables()

    assert there["accounts_user"] == there["accounts_account"] == there["security_accountkey"] == 1
    assert not any(rows().values()) if not large else rows() == {}
    assert walls() == before
