"""What an attack may have changed or left behind: rows, as the owner sees them; the cache; files; mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import connections

from tests.emptying import KEPT
from tests.labels.reading import text_of

FORCED = "SELECT relname FROM pg_class WHERE relforcerowsecurity AND relnamespace = 'public'::regnamespace"
COLUMNS = """
    SELECT c.relname, array_agg(a.attname::text) FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT c.relname = ANY(%s) GROUP BY c.relname
"""
# Which accounts a report of an incident names: the security role's own, which the runtime role cannot reach.
REPORTS = frozenset({"security_exposedaccount"})
SESSIONS = {"django_session", "usersessions_usersession"}  # whoever signs in has a new one


class Ledger:
    """Watches one account's rows and puts the whole database back to how it was when the ledger was opened."""

    def __init__(self, tables: dict[str, set[str]]) -> None:
        self.tables = tables
        self.files = set(_files())

    def rows_of(self, account_id: UUID, *, numbers: list[str]) -> str:
        """Return SQL for a digest of all rows of an account, of its members, and of the events of its items."""
        members = f"(SELECT user_id FROM accounts_member WHERE account_id = '{account_id}')"
        listed = ", ".join(f"'{number}'" for number in numbers)
        parts = []
        for table, columns in sorted(self.tables.items()):
            if table in SESSIONS or table in REPORTS:
                continue
            if "account_id" in columns:
                condition = f"account_id = '{account_id}'"
            elif table == "accounts_account":
                condition = f"id = '{account_id}'"
            elif table == "accounts_user":
                condition = f"id IN {members}"
            elif "user_id" in columns:
                condition = f"user_id IN {members}"
            elif table == "tracking_event":
                condition = f"item_number IN ({listed})"
            else:
                continue
            parts.append(_rows(table, condition))
        return _digest(parts)

    @staticmethod
    def rows_for_colleagues(account_id: UUID, *, restricted: UUID, everything: bool) -> str:
        """Return SQL for a digest of what a colleague may not change: the restricted book, people and keys; with
        `everything`, all contacts and shipments as well."""
        own = f"account_id = '{account_id}'"
        parts = [_rows(f"accounts_{table}", own) for table in ("member", "invitation", "apikey")]
        parts.append(_rows("accounts_account", f"id = '{account_id}'"))
        for table, column in (("addressbook", "id"), ("contact", "book_id")):
            parts.append(_rows(f"addressbook_{table}", own if everything else f"{column} = '{restricted}'"))
        parts.append(_rows("addressbook_addressbookuserpermission", f"content_object_id = '{restricted}'"))
        if everything:
            parts.append(_rows("shipments_shipment", own))
        return _digest(parts)

    def renew(self) -> None:
        """Take the database as it is now for how it should be."""
        with connections["owner"].cursor() as cursor:
            for table in self.tables:
                cursor.execute(f'DELETE FROM "kept_{table}"; INSERT INTO "kept_{table}" SELECT * FROM "{table}"')
        self.files = set(_files())

    @staticmethod
    def digest(sql: str) -> str:
        with connections["owner"].cursor() as cursor:
            cursor.execute(sql)
            row: tuple[str] = cursor.fetchone()
            return row[0]

    @staticmethod
    def restore() -> None:
        """Put every row back as it was."""
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT pg_temp.put_back()")

    def new_files(self) -> list[Path]:
        return [path for path in _files() if path not in self.files]


def _rows(table: str, condition: str) -> str:
    return f"SELECT '{table} ' || t::text AS row FROM \"{table}\" t WHERE {condition}"


def _digest(parts: list[str]) -> str:
    return f"SELECT coalesce(md5(string_agg(row, '|' ORDER BY row)), '') FROM ({' UNION ALL '.join(parts)}) rows"


@contextmanager
def opened() -> Iterator[Ledger]:
    """Open a ledger on the database as it is now. The owner sees all rows meanwhile; the runtime role sees no more."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(COLUMNS, [list(KEPT)])
        tables = {table: set(columns) for table, columns in cursor.fetchall()}
        cursor.execute(FORCED)
        forced = [row[0] for row in cursor.fetchall()]
        cursor.execute("; ".join(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY' for table in forced))
        cursor.execute("; ".join(f'CREATE TEMP TABLE "kept_{name}" AS SELECT * FROM "{name}"' for name in tables))
        cursor.execute(_putting_back(tables))
    try:
        yield Ledger(tables)
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("DROP FUNCTION pg_temp.put_back()")
            cursor.execute("; ".join(f'DROP TABLE "kept_{name}"' for name in tables))
            cursor.execute("; ".join(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY' for table in forced))


def _putting_back(tables: Iterable[str]) -> str:
    """Return SQL for a function that puts all rows back: its statements are planned once, not after each address."""
    names = [f'"{table}"' for table in tables]
    # The database counts changes of a book's contacts; putting them back is none.
    statements = ["ALTER TABLE addressbook_contact DISABLE TRIGGER changed_insert"]
    statements += [f"DELETE FROM {name}" for name in names]
    statements += [f'INSERT INTO {name} SELECT * FROM "kept_{name[1:]}' for name in names]
    statements += ["SET CONSTRAINTS ALL IMMEDIATE", "ALTER TABLE addressbook_contact ENABLE TRIGGER changed_insert"]
    return f"CREATE FUNCTION pg_temp.put_back() RETURNS void LANGUAGE plpgsql AS $$BEGIN {'; '.join(statements)}; END$$"


def _files() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def left_in(response: Any) -> str:
    """Return all that left with an answer, as text: body (a PDF's text too), headers, cookies, and mail."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    texts = [text_of(body) if body.startswith(b"%PDF") else body.decode("utf-8", "replace")]
    texts += [str(make_header(decode_header(str(value)))) for value in response.headers.values()]
    texts += [cookie.value for cookie in response.cookies.values()]
    for message in mail.outbox:
        texts += [message.subject, str(message.body), *(str(part) for part in getattr(message, "alternatives", []))]
    mail.outbox.clear()
    return "\n".join(texts).casefold()


def left_in_cache(*, but: UUID) -> Iterator[tuple[str, bytes]]:
    """Go through everything in Redis that is not kept under the given account's own key."""
    client = cache._cache.get_client()  # type: ignore[attr-defined]  # Django's own access to its Redis
    readers = {
        b"string": client.get,
        b"list": lambda key: b"".join(client.lrange(key, 0, -1)),
        b"hash": lambda key: repr(client.hgetall(key)).encode(),
        b"set": lambda key: repr(client.smembers(key)).encode(),
        b"zset": lambda key: repr(client.zrange(key, 0, -1)).encode(),
    }
    for key in client.scan_iter():
        if str(but).encode() not in key and (read := readers.get(client.type(key))):
            yield key.decode("utf-8", "replace"), (read(key) or b"").lower()
