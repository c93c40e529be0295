"""Whose are the ids that somebody asked for and did not get? Asked afterwards, by the security role alone.

The request answered all of them alike, and in the same time. An id of an account that the person does not belong to is
a tripwire, unless a browser was led there: nobody is framed by a link. An id that exists nowhere is a guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.db import connections

from security.detection import hooks
from security.detection.signal import Signal, uuid_or_none

ALIAS = "security"
ELSEWHERE, FRAMED, UNKNOWN = "elsewhere", "framed", "unknown"
# Every table of customers' rows whose ids the security role may look up (`security.operations.Walls`).
TABLES = """
    SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND c.relname NOT LIKE 'security\\_%' AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid
        AND a.attname IN ('id', 'account_id') AND NOT a.attisdropped AND a.atttypid = 'uuid'::regtype
        AND has_column_privilege(c.oid, a.attnum, 'SELECT')) = 2
    ORDER BY 1
"""


@dataclass(frozen=True)
class Looked:
    """What an id that somebody asked for turned out to be: `elsewhere`, `framed` or `unknown`."""

    signal: Signal
    id: str
    what: str


def look(signals: Sequence[Signal]) -> list[Looked]:
    """Find out about all the strange ids of some signals; ids of their own accounts are left out."""
    owners = accounts_of({item for signal in signals for item in (*signal.strange, *signal.named)})
    own: dict[str, set[UUID]] = {}
    found: list[Looked] = []
    for signal in signals:
        if signal.person not in own:
            own[signal.person] = own_accounts(signal.person)
        mine = own[signal.person] | _served(signal) | ({UUID(signal.account)} if signal.account else set())
        found += _judged(signal, owners, mine)
    return found


def _served(signal: Signal) -> set[UUID]:
    """Return the accounts that a key serves for others: what is theirs it may well ask for, by whichever of them."""
    if not (signal.behalf and signal.key):
        return set()
    return own_accounts(signal.behalf) | hooks.holders().accounts_of_key(UUID(signal.key))


def own_accounts(person: str) -> set[UUID]:
    found = uuid_or_none(person)
    return hooks.holders().accounts_of(found) if found else set()


def _judged(signal: Signal, owners: dict[str, UUID], own: set[UUID]) -> Iterator[Looked]:
    for item in (*signal.strange, *signal.named):
        owner = owners.get(item)
        if owner is None and item in signal.strange:
            yield Looked(signal, item, UNKNOWN)
        elif owner is not None and owner not in own:
            yield Looked(signal, item, FRAMED if signal.is_framed else ELSEWHERE)


def accounts_of(ids: set[str]) -> dict[str, UUID]:
    """Return the account of each id that any customer's row has, or that is an account's own."""
    if not ids:
        return {}
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_question(), {"ids": [UUID(item) for item in ids]})
        return {str(row[0]): row[1] for row in cursor.fetchall()}


@lru_cache(maxsize=1)
def _question() -> str:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(TABLES)
        tables = [row[0] for row in cursor.fetchall()]
    parts = [f'SELECT id, account_id FROM "{table}" WHERE id = ANY(%(ids)s)' for table in tables]  # noqa: S608 - names of the catalogue
    return " UNION ALL ".join([*parts, "SELECT id, id FROM accounts_account WHERE id = ANY(%(ids)s)"])
