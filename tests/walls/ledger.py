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
KEEP = """
    CREATE FUNCTION pg_temp.keep() RETURNS void LANGUAGE sql AS
    $$SELECT set_config('ledger.kept_by', pg_current_xact_id()::xid::text, false)$$
"""
# Emptying one table may take rows of another with it, so it is asked until nothing more has changed.
PUT_BACK = """
    CREATE FUNCTION pg_temp.put_back() RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        emptied text[] := '{}';
        more text[] := ARRAY(SELECT pg_temp.changed());
        is_quiet boolean := more && ARRAY['addressbook_contact', 'addressbook_addressbook', 'accounts_account'];
        name text;
    BEGIN
        IF is_quiet THEN  -- the database counts changes of a book's contacts; putting them back is none
            ALTER TABLE addressbook_contact
                DISABLE TRIGGER changed_insert, DISABLE TRIGGER counted_insert, DISABLE TRIGGER counted_delete;
        END IF;
        WHILE cardinality(more) > 0 LOOP
            FOREACH name IN ARRAY more LOOP
                EXECUTE format('DELETE FROM %I', name);
            END LOOP;
            emptied := emptied || more;
            more := ARRAY(SELECT pg_temp.changed() EXCEPT SELECT unnest(emptied));
        END LOOP;
        ASSERT is_quiet OR NOT 'addressbook_contact' = ANY(emptied), 'contacts went, and their books would count them';
        FOREACH name IN ARRAY emptied LOOP
            EXECUTE format('INSERT INTO %I SELECT * FROM %I', name, 'kept_' || name);
        END LOOP;
        SET CONSTRAINTS ALL IMMEDIATE;
        IF is_quiet THEN
            ALTER TABLE addressbook_contact
                ENABLE TRIGGER changed_insert, ENABLE TRIGGER counted_insert, ENABLE TRIGGER counted_delete;
        END IF;
        PERFORM pg_temp.keep();
    END$$
"""
# Which accounts a report of an incident names: the security role's own, which the runtime role cannot reach.
REPORTS = frozenset({"security_exposedaccount"})
SESSIONS = {"django_session", "usersessions_usersession"}  # whoever signs in has a new one


class Ledger:
    """Watches one account's rows and puts the whole database back to how it was when the ledger was opened.

    Most requests change few tables or none, so those alone are put back whose rows are not the ones that were put
    there: their number is another one, or a later transaction wrote one.
    """

    def __init__(self, tables: dict[str, set[str]]) -> None:
        self.tables = tables
        self.files = set(_files())

    def rows_of(self, account_id: UUID, *, numbers: list[str], without: tuple[str, ...] = ()) -> str:
        """Return SQL for a digest of all rows of an account, of its members, and of the events of its items.

        `without`: tables that are left out, with their partitions.
        """
        members = f"(SELECT user_id FROM accounts_member WHERE account_id = '{account_id}')"
        listed = ", ".join(f"'{number}'" for number in numbers)
        parts = []
        for table, columns in sorted(self.tables.items()):
            if table in SESSIONS or table in REPORTS or table.startswith(without):
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
            cursor.execute("SELECT pg_temp.keep()")
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
        for function in (KEEP, _changed(tables), PUT_BACK):
            cursor.execute(function)
        cursor.execute("SELECT pg_temp.keep()")
    try:
        yield Ledger(tables)
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("DROP FUNCTION pg_temp.put_back(), pg_temp.changed(), pg_temp.keep()")
            cursor.execute("; ".join(f'DROP TABLE "kept_{name}"' for name in tables))
            cursor.execute("; ".join(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY' for table in forced))


def _changed(tables: Iterable[str]) -> str:
    """Return SQL for a function that names the tables whose rows are not those that were put there."""
    parts = [
        f'SELECT \'{table}\' WHERE (SELECT count(*) FROM "kept_{table}") <> (SELECT count(*) FROM "{table}")'
        f" OR EXISTS (SELECT FROM \"{table}\" WHERE xmin::text::bigint > current_setting('ledger.kept_by')::bigint)"
        for table in tables
    ]
    body = f"BEGIN RETURN QUERY {' UNION ALL '.join(parts)}; END"
    return f"CREATE FUNCTION pg_temp.changed() RETURNS SETOF text LANGUAGE plpgsql AS $${body}$$"


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
