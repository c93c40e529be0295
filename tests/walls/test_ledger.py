"""What an attack changed is put back whole, or the next one would meet other rows than it was written for."""

from __future__ import annotations

import pytest
from django.db import connections

from tests.walls import ledger
from tests.walls.furnishing import furnish

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "trail", "owner", "security"])

CHANGES = {
    "a row written": "UPDATE accounts_user SET name = 'Mallory'",
    "a row more": "INSERT INTO accounts_user SELECT (jsonb_populate_record(u, jsonb_build_object("
    "'id', gen_random_uuid(), 'email', 'mallory@example.com'))).* FROM accounts_user u LIMIT 1",
    "a row less": "DELETE FROM shipments_shipment WHERE item_number IS NULL",
    "another in its place": "WITH gone AS (DELETE FROM django_session RETURNING *) "
    "INSERT INTO django_session SELECT 'x' || substr(session_key, 2), session_data, expire_date FROM gone",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_put_back(change: str) -> None:
    furnish()
    with ledger.opened() as book, connections["owner"].cursor() as cursor:
        everything = ledger._digest([ledger._rows(table, "true") for table in sorted(book.tables)])
        before = book.digest(everything)
        for _time in range(2):  # what was put back counts as kept
            cursor.execute(change)
            assert cursor.rowcount > 0
            assert book.digest(everything) != before
            book.restore()
            assert book.digest(everything) == before
