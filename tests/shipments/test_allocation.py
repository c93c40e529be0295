"""Item numbers under load: many processes at one range, some of them killed with a number in hand."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator

import pytest
from django.db import IntegrityError, connection, transaction

from security import scope
from security.warrants import Warrant
from shipments import item_numbers
from shipments.models import NumberRange

PROCESSES, KILLED, NUMBERS = 8, 2, 25
# A worker that says each number once it is committed. One that is to be killed dies in a transaction that has one.
WORKER = """
import os, signal, sys
import django
django.setup()
from uuid import uuid4
from django.db import connections
from django.utils import timezone
from security import scope
from shipments import item_numbers
connections["default"].settings_dict["NAME"] = sys.argv[1]
is_killed = sys.argv[2] == "killed"
for turn in range(int(sys.argv[3])):
    with scope.account(account_id=uuid4()):
        number = item_numbers.allocate(("ARM", "SRM", "LRM")[turn % 3], now=timezone.now())
        if is_killed and turn == 7:
            os.kill(os.getpid(), signal.SIGKILL)
    print(number, flush=True)
"""


@pytest.fixture
def registered_ranges(transactional_db: None) -> Iterator[None]:
    """Put two short ranges in place of those of registered mail, which outlive the test, and those back afterwards."""
    kept = list(NumberRange.objects.filter(range_group="RA"))
    replace_ranges(
        NumberRange(range_group="RA", indicator="RA", first_serial=first, last_serial=first + 149, next_serial=first)
        for first in (20_000_000, 30_000_000)
    )
    yield
    replace_ranges(kept)


@scope.warrant(Warrant.REFERENCE)
def replace_ranges(ranges: Iterable[NumberRange]) -> None:
    NumberRange.objects.filter(range_group="RA").delete()
    NumberRange.objects.bulk_create(ranges)


@pytest.mark.usefixtures("registered_ranges")
def test_processes_that_share_a_range_and_die_never_give_a_number_twice() -> None:
    workers = [start(killed=index < KILLED) for index in range(PROCESSES)]
    said = [worker.communicate(timeout=120)[0].split() for worker in workers]

    numbers = [number for lines in said for number in lines]
    assert [worker.returncode for worker in workers] == [-9] * KILLED + [0] * (PROCESSES - KILLED)
    assert len(numbers) == len(set(numbers)) == KILLED * 7 + (PROCESSES - KILLED) * NUMBERS
    assert all(item_numbers.is_valid(number) for number in numbers)
    assert {number[2:4] for number in numbers} == {"20", "30"}


def start(*, killed: bool) -> subprocess.Popen[str]:
    fate = "killed" if killed else "lives"
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], fate, str(NUMBERS)],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "ecship.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "last"), [(40_000_050, 40_000_150), (40_000_000, 40_000_099), (39_999_000, 41_000_000)]
)
def test_the_database_refuses_ranges_that_overlap(first: int, last: int) -> None:
    make_range("RX", 40_000_000, 40_000_099)

    with pytest.raises(IntegrityError, match="number_range_"), transaction.atomic():
        make_range("RX", first, last)


@pytest.mark.django_db
def test_ranges_beside_each_other_and_of_other_indicators_are_welcome() -> None:
    for indicator, first in (("RX", 40_000_000), ("RX", 40_000_100), ("RY", 40_000_000)):
        make_range(indicator, first, first + 99)


@pytest.mark.django_db
@pytest.mark.parametrize("indicator", ["rx", "R", "R1", ""])
def test_the_database_refuses_an_indicator_that_is_not_two_capitals(indicator: str) -> None:
    with pytest.raises(IntegrityError, match="number_range_indicator"), transaction.atomic():
        make_range(indicator, 1, 2)


@scope.warrant(Warrant.REFERENCE)
def make_range(indicator: str, first: int, last: int) -> NumberRange:
    return NumberRange.objects.create(
        range_group="RA", indicator=indicator, first_serial=first, last_serial=last, next_serial=first
    )
