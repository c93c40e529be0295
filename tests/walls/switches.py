"""Taking walls away, for a while, in tests only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from django.test import override_settings

from security.walls import Wall, Watch

PROTECTED = "SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace"
GUARDS = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname ~ '^writeguard(_warrant|_number)?$'"
COMPOSITE = (
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE contype = 'f' AND conname LIKE '%\\_same\\_account'"
)


@contextmanager
def without(*walls: Wall, watched: bool = False) -> Iterator[None]:
    """Run a block with some walls away: those of the code by the test switch, those of the database by the owner.

    Nobody watches meanwhile, unless asked for: an attacker who was suspended would prove nothing of any wall.
    """
    blind = set() if watched else {Watch.DETECTION.value}
    with override_settings(SECURITY_WALLS_OFF=frozenset(blind | {wall.value for wall in walls})):
        down, up = _statements(set(walls))
        _as_owner(down)
        try:
            yield
        finally:
            _as_owner(up)


def _statements(walls: set[Wall]) -> tuple[list[str], list[str]]:
    down: list[str] = []
    up: list[str] = []
    if Wall.RLS in walls:
        tables = [row[0] for row in _ask(PROTECTED)]
        down += [f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY' for table in tables]
        up += [f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY' for table in tables]
    if Wall.WRITEGUARD in walls:
        guards = _ask(GUARDS)
        down += [f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, name in guards]
        up += [f"ALTER TABLE {table} ENABLE TRIGGER {name}" for table, name in guards]
    if Wall.REFERENCE in walls:
        for table, name, definition in _ask(COMPOSITE):
            down.append(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
            # What an attack has broken meanwhile must not keep the wall from standing up again.
            up.append(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition} NOT VALID')
    return down, up


def _ask(sql: str) -> list[tuple[str, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql)
        rows: list[tuple[str, ...]] = cursor.fetchall()
        return rows


def _as_owner(statements: list[str]) -> None:
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
