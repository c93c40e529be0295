"""The months of the access log and the security events: made ahead, by nobody but the owner's function."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import InternalError, ProgrammingError, connections, transaction
from django.utils import timezone

from security import trail
from security.chain import partitions, tasks
from security.models import AccessEntry, SecurityEvent
from security.trail import Action
from tests.conftest import Person

needs_security_role = pytest.mark.skipif(
    "security" not in connections.databases, reason="DATABASE_SECURITY_URL is not set"
)
pytestmark = [
    needs_security_role,
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "security", "owner"]),
]
ENTRIES = "security_accessentry"


def owner(sql: str) -> list[tuple[Any, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def name_of(moment: datetime) -> str:
    return f"{ENTRIES}_y{moment:%Y}m{moment:%m}"


def months_ahead(count: int) -> datetime:
    now = timezone.now()
    months = now.year * 12 + now.month - 1 + count
    return now.replace(year=months // 12, month=months % 12 + 1, day=3)


def note(person: Person) -> None:
    with person.scope():
        trail.record(action=Action.READ, kind="contact", ids=[uuid4()])


def where_it_lies() -> list[str]:
    with connections["security"].cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text FROM {ENTRIES} WHERE action = 'read'")
        return [row[0] for row in cursor.fetchall()]


def test_an_entry_lies_in_the_partition_of_its_month(alice: Person) -> None:
    note(alice)

    assert where_it_lies() == [name_of(timezone.now())]


def test_three_months_are_there_ahead_and_are_made_again() -> None:
    owner(f"DROP TABLE {name_of(months_ahead(3))}")

    [made, events] = partitions.make()

    assert (made.parent, made.made, made.waiting) == (ENTRIES, 1, 0)
    assert events.made == 0
    assert [one.made for one in partitions.make()] == [0, 0]


def test_what_fits_no_month_is_kept_and_alarms_until_its_month_is_made(alice: Person) -> None:
    with time_machine.travel(months_ahead(4)):
        note(alice)
    assert where_it_lies() == [f"{ENTRIES}_default"]

    tasks.keep_trail()

    [alarm] = SecurityEvent.objects.using("security").filter(kind="trail_default_rows")
    assert alarm.data["table"] == ENTRIES
    owner(f"SELECT walls.make_month('{ENTRIES}', '{months_ahead(4):%Y-%m-%d}')")
    assert where_it_lies() == [name_of(months_ahead(4))]
    assert [one.waiting for one in partitions.make()] == [0, 0]
    owner(f"DROP TABLE {name_of(months_ahead(4))}")


@pytest.mark.parametrize("alias", ["default", "security"])
def test_only_the_owner_makes_any_other_month(alias: str) -> None:
    for call in (f"walls.make_month('{ENTRIES}', '2030-01-01')", "walls.close_partition('accounts_user', 'ALL')"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(using=alias):
            connections[alias].cursor().execute(f"SELECT {call}")


def test_the_runtime_role_makes_none() -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connections["default"].cursor().execute("SELECT * FROM walls.make_partitions()")


@pytest.mark.parametrize("alias", ["default", "security"])
def test_a_partition_is_reached_by_nobody(alice: Person, alias: str) -> None:
    note(alice)
    month = name_of(timezone.now())
    for statement in (
        f"SELECT * FROM {month}",
        f"DELETE FROM {month}",
        f"ALTER TABLE {ENTRIES} DETACH PARTITION {month}",
    ):
        with pytest.raises((ProgrammingError, InternalError)), transaction.atomic(using=alias):
            connections[alias].cursor().execute(statement)


def test_a_page_of_the_log_asks_the_months_it_needs_and_no_others(alice: Person) -> None:
    before = timezone.now() - timedelta(days=1)
    with alice.scope():
        newest = AccessEntry.objects.filter(account_id=alice.account.pk)
        plan = newest.filter(at__lt=before, at__gte=before - timedelta(days=1)).order_by("-at", "-pk").explain()

    asked = {f"{month.year}m{month.month:02}" for month in (before, before - timedelta(days=1))}
    assert "y20" in plan
    assert all(part[:7] in asked for part in plan.split("accessentry_y")[1:]), plan
    assert "Seq Scan on security_accessentry_y" not in plan


def test_charlies_scope_sees_nothing_of_alices_months(alice: Person, charlie: Person) -> None:
    note(alice)

    with charlie.scope():
        assert not AccessEntry.objects.filter(action="read").exists()
    with alice.scope():
        assert AccessEntry.objects.filter(action="read").count() == 1
