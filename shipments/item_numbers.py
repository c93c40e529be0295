"""Item numbers (UPU S10): two letters, eight digits, a check digit and the country; never given out twice."""

from __future__ import annotations

import logging
import re
from datetime import datetime

from django.db import connection
from django.db.models import F, Sum

from addressbook import countries
from security import alarms
from shipments.catalogue import SERVICES
from shipments.models.reference import LOW, NumberRange

log = logging.getLogger(__name__)

WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
COUNTRY = "HK"
SHAPE = re.compile(r"([A-Z]{2})([0-9]{8})([0-9])([A-Z]{2})")
SEPARATORS = re.compile(r"[\s\-.]+")
ALARMS = frozenset({LOW, LOW // 10, 0})  # numbers left when the operator is told


class RangeExhausted(Exception):
    """No number range of the group has a number left; staff must open another."""


def check_digit(serial: str) -> int:
    """Return the check digit of eight digits: 11 minus the weighted sum modulo 11; 10 becomes 0, 11 becomes 5."""
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(serial, WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def compose(indicator: str, serial: int) -> str:
    """Return the item number of a serial in a Hong Kong range."""
    digits = f"{serial:08d}"
    return f"{indicator}{digits}{check_digit(digits)}{COUNTRY}"


def normalise(text: str) -> str:
    """Return what somebody typed as an item number is written: capitals, no separators."""
    return SEPARATORS.sub("", text).upper()


def is_valid(number: str) -> bool:
    """Tell whether a normalised number has the shape, a country of origin and the right check digit."""
    found = SHAPE.fullmatch(number)
    return found is not None and found[4] in countries.codes() and check_digit(found[2]) == int(found[3])


def human(number: str) -> str:
    """Return the form people read: `RR 1234 5678 5 HK`."""
    return f"{number[:2]} {number[2:6]} {number[6:10]} {number[10:11]} {number[11:]}"


def is_numbered(service: str, *, has_customs: bool) -> bool:
    """Tell whether items of a service get a number: ordinary mail does only with a customs declaration."""
    group = SERVICES[service].numbers
    return bool(group) and (group != "U" or has_customs)


def allocate(service: str, *, now: datetime) -> str:
    """Take the next number of a service's range, inside the caller's transaction and an account's scope.

    The range's row stays locked until that transaction ends: take the number last. A rollback gives it back unused.
    Raises RangeExhausted.
    """
    group = SERVICES[service].numbers
    with connection.cursor() as cursor:
        # The one thing that an account's context may do to a range (migration 0006).
        cursor.execute("SELECT indicator, serial, remaining FROM walls.take_number(%s, %s)", [group, now])
        taken = cursor.fetchone()
    if taken is None:
        alarms.raise_alarm("no_numbers", table="shipments_numberrange", ids=[group])
        raise RangeExhausted(group)
    indicator, serial, left = taken
    if left in ALARMS:
        log.error("item numbers run out", extra={"range_group": group, "indicator": indicator, "left": left})
    return compose(indicator, serial)


def left_by_group() -> dict[str, int]:
    """Return how many numbers each range group has left, in all of its ranges; none for a group without any."""
    groups = sorted({service.numbers for service in SERVICES.values() if service.numbers})
    ranges = NumberRange.objects.values_list("range_group").annotate(
        remaining=Sum(F("last_serial") - F("next_serial") + 1)
    )
    return {**dict.fromkeys(groups, 0), **dict(ranges)}
