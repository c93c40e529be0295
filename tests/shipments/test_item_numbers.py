"""S10 item numbers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from security import scope
from security.warrants import Warrant
from shipments import item_numbers
from shipments.models import NumberRange
from tests.conftest import Person


@pytest.mark.parametrize("number", ["RB123456785GB", "KK981387689HK", "RT371435919HK", "EE876543216HK"])
def test_good_numbers_are_valid(number: str) -> None:
    assert item_numbers.is_valid(number)


@pytest.mark.parametrize(
    "number", ["RB123456789HK", "RB123456786US", "RB123456785XX", "", "RB12345678", "rb123456785gb"]
)
def test_bad_numbers_are_not(number: str) -> None:
    assert not item_numbers.is_valid(number)


def test_check_digit_of_the_standards_example() -> None:
    assert item_numbers.check_digit("47312482") == 9


@given(st.integers(min_value=0, max_value=99_999_999), st.integers(min_value=0, max_value=8), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(serial: int, place: int, shift: int) -> None:
    number = item_numbers.compose("RA", serial)
    digits = list(number)
    digits[2 + place] = str((int(digits[2 + place]) + shift) % 10)

    assert item_numbers.is_valid(number)
    # The standard folds 10 to 0 and 11 to 5, so that a few slips cannot be seen by it.
    rest = sum(int(d) * w for d, w in zip("".join(digits[2:10]), item_numbers.WEIGHTS, strict=True)) % 11
    assert not item_numbers.is_valid("".join(digits)) or rest in {0, 1, 6, 11}


def test_what_people_type_is_normalised() -> None:
    assert item_numbers.normalise(" rr 1234-5678 5 hk ") == "RR123456785HK"
    assert item_numbers.human("RR123456785HK") == "RR 1234 5678 5 HK"


@pytest.mark.django_db
def test_numbers_follow_each_other_across_services_of_a_group(alice: Person) -> None:
    with scope.warrant(Warrant.REFERENCE):
        NumberRange.objects.filter(range_group="RA").update(next_serial=10_000_000)

    with alice.scope():
        numbers = [item_numbers.allocate(code, now=timezone.now()) for code in ("ARM", "SRM", "LRM")]

    assert [number[2:10] for number in numbers] == ["10000000", "10000001", "10000002"]
    assert all(item_numbers.is_valid(number) for number in numbers)


@pytest.mark.django_db
def test_the_next_range_serves_when_one_is_used_up_and_then_there_are_none(alice: Person) -> None:
    with scope.warrant(Warrant.REFERENCE):
        NumberRange.objects.filter(range_group="LA").delete()
        for first in (5, 900):
            NumberRange.objects.create(
                range_group="LA", indicator="LB", first_serial=first, last_serial=first, next_serial=first
            )

    with alice.scope():
        numbers = [item_numbers.allocate("AEX", now=timezone.now()) for _ in range(2)]

    assert [number[:10] for number in numbers] == ["LB00000005", "LB00000900"]
    with alice.scope(), pytest.raises(item_numbers.RangeExhausted):
        item_numbers.allocate("AEX", now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_numbers_taken_at_once_are_distinct_even_when_some_roll_back(alice: Person) -> None:
    def take(index: int) -> str | None:
        try:
            with alice.scope():
                number = item_numbers.allocate("ARM", now=timezone.now())
                if index % 5 == 0:
                    raise RuntimeError
                return number
        except RuntimeError:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = [number for number in pool.map(take, range(40)) if number]

    assert len(taken) == len(set(taken)) == 32
