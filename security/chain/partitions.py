"""The months of the access log and of the security events: made ahead, so that nothing is ever refused.

Tables belong to the owner. The security role makes partitions by one function of the owner's, which takes nothing from
its caller and can make the next months, and no more. What belongs to no month yet waits in the default partition.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime

from django.db import DatabaseError, connections, transaction

from security import alarms, periods
from security.chain import sinks

log = logging.getLogger(__name__)

ALIAS = "security"
PARENTS = ("security_accessentry", "security_securityevent")


@dataclass(frozen=True)
class Made:
    """What was done for one table: partitions made, and rows that still wait in the default one."""

    parent: str
    made: int
    waiting: int


def can_be_made(using: str) -> bool:
    """Tell whether the database is as new as the function."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('walls.make_partitions()') IS NOT NULL")
        row = cursor.fetchone()
    return row is not None and row[0] is True


def make(*, using: str = ALIAS) -> list[Made]:
    """Make this month's and the next three months' partitions. Safe to run at any time, and twice."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT parent, made, waiting FROM walls.make_partitions()")
        return [Made(*row) for row in cursor.fetchall()]


def look_after() -> list[Made]:
    """Make partitions, and raise an alarm for each table whose default partition holds rows."""
    done = make()
    for one in done:
        if one.waiting:
            alarms.raise_alarm("trail_default_rows", table=one.parent)
    return done


@dataclass(frozen=True)
class Retired:
    """One month of one table past its time; `rows` is None where it could not go yet, and `why` says so."""

    parent: str
    month: date
    rows: int | None
    why: str = ""


def months_kept() -> dict[str, int]:
    """Return how many whole months of each table are kept beside the current one."""
    return dict(zip(PARENTS, (periods.ACCESS_LOG.months(), periods.EVENTS.months()), strict=True))


def past_their_time(*, now: datetime) -> list[tuple[str, date]]:
    """Return the months that are there and need not be."""
    due = []
    for parent, months in months_kept().items():
        oldest = now.year * 12 + now.month - 1 - months
        due += [(parent, month) for month in _months(parent) if month.year * 12 + month.month - 1 < oldest]
    return due


def retire(*, now: datetime, dry_run: bool = False) -> list[Retired]:
    """Drop whole months past their time, each by itself, the oldest first.

    The database's function refuses a month with a row that is not chained, or whose head not every sink has been given.
    """
    given = sinks.given_out()
    return [_retire(parent, month, given, dry_run=dry_run) for parent, month in past_their_time(now=now)]


def _retire(parent: str, month: date, given: int, *, dry_run: bool) -> Retired:
    try:
        with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
            cursor.execute("SELECT walls.retire_month(%s, %s, %s)", [parent, month, given])
            row = cursor.fetchone()
            assert row is not None
            transaction.set_rollback(dry_run, using=ALIAS)
    except DatabaseError as error:
        why = str(error).partition("\n")[0]
        log.warning("a month stays: %s", why, extra={"table": parent})
        return Retired(parent, month, None, why)
    return Retired(parent, month, row[0])


def _months(parent: str) -> list[date]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT substring(c.relname from '_y([0-9]{4})m[0-9]{2}$')::int,"
            " substring(c.relname from '_y[0-9]{4}m([0-9]{2})$')::int"
            " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass AND c.relname ~ '_y[0-9]{4}m[0-9]{2}$' ORDER BY 1, 2",
            [parent],
        )
        return [date(year, month, 1) for year, month in cursor.fetchall()]
