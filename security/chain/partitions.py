"""The months of the access log and of the security events: made ahead, so that nothing is ever refused.

Tables belong to the owner. The security role makes partitions by one function of the owner's, which takes nothing from
its caller and can make the next months, and no more. What belongs to no month yet waits in the default partition.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections

from security import alarms

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
