"""After a test with real commits: every table but the reference data is emptied again, by the tables' owner.

TRUNCATE of all tables makes a new file for each table and each of its indexes, 400 or so, and most tests write rows to
ten tables. So the rows are deleted, and only of tables that were ever written. The owner is bound by row-level security
(FORCE) and by the triggers that keep records from being deleted: both are put away inside the one transaction that
deletes, and are back when it ends. Nobody sees a table without them, for whoever wants one meanwhile waits.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import connections
from django.db.transaction import atomic

# Reference data is loaded once for the whole run and stays.
KEPT = (
    "security_unscopedtable",
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "shipments_destination",
    "shipments_tariffedition",
    "shipments_servicetables",
    "shipments_suspension",
    "shipments_exchangerate",
    "shipments_numberrange",
)
LARGE_BYTES = 4 * 1024 * 1024  # of all tables together: from here on new files are cheaper than deleting row by row
WRITTEN = """
    SELECT format('%%I.%%I', nspname, relname), pg_relation_size(pg_class.oid), relforcerowsecurity,
        EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND NOT tgisinternal)
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname IN ('public', 'watch') AND relkind = 'r' AND NOT relname = ANY(%s)
    ORDER BY 1"""


class Table(NamedTuple):
    """A table that holds rows, or whose rows were deleted."""

    name: str
    bytes: int
    is_forced: bool
    has_triggers: bool

    def without_walls(self) -> list[str]:
        return self._alter("NO FORCE ROW LEVEL SECURITY", "DISABLE TRIGGER USER")

    def with_walls(self) -> list[str]:
        return self._alter("FORCE ROW LEVEL SECURITY", "ENABLE TRIGGER USER")

    def _alter(self, force: str, triggers: str) -> list[str]:
        wanted = [*([force] if self.is_forced else []), *([triggers] if self.has_triggers else [])]
        return [f"ALTER TABLE {self.name} {', '.join(wanted)}"] if wanted else []


def empty_tables() -> None:
    """Empty every table but the reference data, as the owner."""
    with atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(WRITTEN, [list(KEPT)])
        tables = [Table(*row) for row in cursor.fetchall()]
        written = [table for table in tables if table.bytes]
        if sum(table.bytes for table in written) > LARGE_BYTES:
            cursor.execute(f"TRUNCATE {', '.join(table.name for table in tables)}")
        elif written:
            cursor.execute("; ".join(_deletion(written)))


def _deletion(tables: list[Table]) -> list[str]:
    """One statement deletes from all tables, so that no order of foreign keys has to be kept."""
    deletes = ", ".join(f"of_{number} AS (DELETE FROM {table.name})" for number, table in enumerate(tables))
    return [
        *(statement for table in tables for statement in table.without_walls()),
        f"WITH {deletes} SELECT",
        "SET CONSTRAINTS ALL IMMEDIATE",
        *(statement for table in tables for statement in table.with_walls()),
    ]
