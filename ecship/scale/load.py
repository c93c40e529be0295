"""Filling a site to scale: all in one transaction of the owner, so that there is all of it or nothing.

COPY does not pass row-level security, which binds the owner too (FORCE). Within the transaction, and for the owner
alone, that is lifted; indexes and references of the large tables are set aside and made again at the end. Whoever else
asks waits, and meets every wall as it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import Any

import django
from django.conf import settings
from django.db import connections, transaction
from psycopg import sql

from addressbook.models import Contact
from ecship.demo import LETTER
from ecship.scale import rows, spread
from security import context
from shipments import pricing
from shipments.models import Shipment

OWNER = "owner"
ROWS_AT_ONCE = 6_000  # contacts and shipments that one process seals before it hands them over
AHEAD = 2  # parts that each process may have ready: what is sealed waits in memory
LOCK_SECONDS = 30
NUMBERS = "RA"  # the range group of registered mail, which all seeded shipments are
LARGE_TABLES = (rows.TABLES[Contact].name, rows.TABLES[Shipment].name)
# Addresses that belong to nobody (RFC 2606): a site where anybody else has one is somebody's real site.
NOBODYS = r"@([a-z0-9-]+\.)*(example\.(com|org|net)|example|test|invalid|localhost)$"
_LONDON: dict[str, Any] = {
    "name": "Edith Example", "lines": ["1 Example Road"], "city": "London", "postcode": "SW1A 1AA", "country": "GB",
}  # fmt: skip
_LETTER_ABROAD = {
    **LETTER, "recipient": _LONDON, "destination": "GB", "service": "ARM", "category": "documents",
}  # fmt: skip
_PACKET_ABROAD = {
    **_LETTER_ABROAD, "contents": "goods", "weight_g": 400, "format": "packet", "category": "gift",
    "items": [
        {"description": "Paper lantern", "quantity": 2, "weight_g": 300, "value": "160.00", "currency": "HKD",
         "hs_code": "480200", "origin": "HK"},
    ],
}  # fmt: skip
ITEMS = ({**LETTER, "destination": "HK", "category": "documents"}, _LETTER_ABROAD, _PACKET_ABROAD)

Report = Callable[[int, int], None]  # rows that stand, and rows there will be


class CannotSeed(Exception):
    """This site is not one to be filled with made-up accounts; the message says why."""


class SeededAlready(Exception):
    """The accounts of this seed are there."""


def load(
    *, accounts: int, contacts: int, shipments: int, seed: int, until: datetime, password: str, processes: int,
    report: Report, even: bool = False,
) -> int:  # fmt: skip
    """Make accounts with books and shipments; `contacts` and `shipments` are means. Returns how many rows of those.

    Raises CannotSeed, SeededAlready.
    """
    if settings.PRODUCTION:
        raise CannotSeed("This is a production site.")
    if OWNER not in connections.settings:
        raise CannotSeed("Give DATABASE_OWNER_URL: only the tables' owner may copy rows into them.")
    order = rows.Order(seed, until, password, timedelta(days=settings.LABEL_VALID_DAYS), _items(until))
    shares = spread.shares(accounts=accounts, contacts=contacts, shipments=shipments, seed=seed, even=even)
    whole = sum(share.contacts + share.shipments for share in shares)
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_SECONDS}s"])
        cursor.execute("SELECT set_config('maintenance_work_mem', '256MB', true)")
        with _lifted(cursor):
            _check(cursor, order, accounts)
            if shipments:
                order = _with_numbers(cursor, order, sum(share.shipments for share in shares))
            _copy_all(cursor, order, shares, processes, report, whole)
    _analyse()
    return whole


def _items(until: datetime) -> tuple[rows.Item, ...]:
    """Price the kinds of item with the tariff of the day."""
    return tuple(_item(values, until) for values in ITEMS)


def _item(values: dict[str, Any], until: datetime) -> rows.Item:
    shipment = Shipment(**values)
    offer = pricing.offers_for(shipment, on=until.date()).of(shipment.service)
    if offer is None:
        raise CannotSeed("Load the tariff first: manage.py bootstrap.")
    names = rows.NAMES[Shipment]
    return rows.Item(
        private={name: getattr(shipment, name) for name in names},
        plain={name: value for name, value in values.items() if name not in names},
        price={"postage_hkd": offer.postage_hkd, "tariff_edition": offer.edition, "zone": offer.zone},
    )


def _check(cursor: Any, order: rows.Order, accounts: int) -> None:
    """Refuse a site with real people in it, or with another key than ours, and what was seeded before."""
    cursor.execute("SELECT inner_pad FROM walls.context_key")
    if bytes(cursor.fetchone()[0]) != context.pads()[0]:
        raise CannotSeed("The database was made with another ECSHIP_CONTEXT_KEY: what is sealed here would stay shut.")
    cursor.execute("SELECT EXISTS (SELECT FROM accounts_user WHERE email !~ %s)", [NOBODYS])
    if cursor.fetchone()[0]:
        raise CannotSeed("People with real e-mail addresses have accounts here.")
    cursor.execute("SELECT count(*) FROM accounts_user WHERE email LIKE %s", [f"owner-%@seed-{order.seed}.example"])
    if found := cursor.fetchone()[0]:
        if found == accounts:
            raise SeededAlready
        raise CannotSeed(f"Seed {order.seed} has {found} accounts here already; choose another --seed.")


def _with_numbers(cursor: Any, order: rows.Order, wanted: int) -> rows.Order:
    """Set item numbers aside, as a booking takes them: they are never given out again."""
    cursor.execute(
        "UPDATE shipments_numberrange SET next_serial = next_serial + %(wanted)s WHERE id = (SELECT id FROM"
        " shipments_numberrange WHERE range_group = %(group)s AND last_serial - next_serial + 1 >= %(wanted)s"
        " ORDER BY id LIMIT 1 FOR UPDATE) RETURNING indicator, next_serial - %(wanted)s",
        {"wanted": wanted, "group": NUMBERS},
    )
    if (taken := cursor.fetchone()) is None:
        raise CannotSeed(f"No number range of the group {NUMBERS} has {wanted} numbers left.")
    return replace(order, indicator=taken[0], first_serial=taken[1])


# The walls, for the owner alone ----------------------------------------------------------------


@contextmanager
def _lifted(cursor: Any) -> Iterator[None]:
    """Let the owner copy; whatever was set aside stands again at the end, or the whole transaction is undone."""
    tables = [table.name for table in rows.TABLES.values()]
    cursor.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relforcerowsecurity", [tables])
    forced = [name for (name,) in cursor.fetchall()]
    for name in forced:
        cursor.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(sql.Identifier(name)))
    # New contacts of new books are laid out whole, so nobody asks in which version they came.
    cursor.execute("ALTER TABLE addressbook_contact DISABLE TRIGGER changed_insert")
    made_again = [statement for table in LARGE_TABLES for statement in _set_aside(cursor, table)]
    yield
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with references unchecked cannot be altered
    for statement in made_again:
        cursor.execute(statement)
    cursor.execute("ALTER TABLE addressbook_contact ENABLE TRIGGER changed_insert")
    for name in forced:
        cursor.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(sql.Identifier(name)))


def _set_aside(cursor: Any, table: str) -> list[sql.Composable]:
    """Drop a table's references and those of its indexes that no constraint needs; return what makes them again."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
        [table],
    )
    references = cursor.fetchall()
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
        [table],
    )
    indexes = cursor.fetchall()
    owner = sql.Identifier(table)
    for name, _definition in references:
        cursor.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(owner, sql.Identifier(name)))
    for name, _definition in indexes:
        cursor.execute(sql.SQL("DROP INDEX {}").format(sql.SQL(name)))
    return [
        *(sql.SQL(definition) for _name, definition in indexes),
        *(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(owner, sql.Identifier(name), sql.SQL(definition))
            for name, definition in references
        ),
    ]


# Rows ----------------------------------------------------------------


def _copy_all(
    cursor: Any, order: rows.Order, shares: list[spread.Share], processes: int, report: Report, whole: int
) -> None:
    done = 0
    for part, lines in _sealed_parts(order, shares, processes):
        for table in rows.TABLES.values():
            if text := lines.get(table.name):
                _copy(cursor, table.name, table.columns, text)
        done += sum(share.contacts + share.shipments for share in part)
        report(done, whole)


def _copy(cursor: Any, table: str, columns: list[str], lines: bytes) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with cursor.copy(statement) as copy:
        copy.write(lines)


def _sealed_parts(
    order: rows.Order, shares: list[spread.Share], processes: int
) -> Iterator[tuple[list[spread.Share], dict[str, bytes]]]:
    """Yield parts of the accounts with their lines, sealed by other processes, never far ahead of who writes them."""
    if processes < 2:
        yield from ((part, rows.lines_of(order, part)) for part in _parts(shares))
        return
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=django.setup)
    waiting: deque[tuple[list[spread.Share], Future[dict[str, bytes]]]] = deque()
    try:
        for part in _parts(shares):
            waiting.append((part, pool.submit(rows.lines_of, order, part)))
            if len(waiting) > processes * AHEAD:
                first, sealed = waiting.popleft()
                yield first, sealed.result()
        yield from ((part, sealed.result()) for part, sealed in waiting)
    finally:
        pool.shutdown(cancel_futures=True)


def _parts(shares: Iterable[spread.Share]) -> Iterator[list[spread.Share]]:
    """Divide the accounts into parts of about the same work; a large book is one of its own."""
    part: list[spread.Share] = []
    size = 0
    for share in shares:
        part.append(share)
        size += share.contacts + share.shipments + 2
        if size >= ROWS_AT_ONCE:
            yield part
            part, size = [], 0
    if part:
        yield part


def _analyse() -> None:
    """Tell the planner what is there now, and mark the pages as seen by all."""
    names = sql.SQL(", ").join(sql.Identifier(table.name) for table in rows.TABLES.values())
    with connections[OWNER].cursor() as cursor:
        cursor.execute(sql.SQL("VACUUM (ANALYZE) {}").format(names))
