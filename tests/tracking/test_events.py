"""What events tell, whatever the order they came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from tracking.events import REASON_NEEDED, REUSE_AFTER, STATE_OF, Code, State, state_of, timeline

NOON = datetime(2026, 3, 27, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Happening:
    code: str
    at: datetime


def test_every_code_tells_a_state() -> None:
    assert set(STATE_OF) == set(Code)
    assert set(STATE_OF.values()) == set(State)


def test_held_by_customs_and_not_delivered_need_a_reason() -> None:
    assert set(REASON_NEEDED) == {"EME", "EMH"}


def test_no_events_tell_no_state() -> None:
    assert state_of([]) is None


def test_state_is_the_same_in_whatever_order_events_come() -> None:
    journey = [Happening(code, NOON + timedelta(hours=hour)) for hour, code in enumerate(["EMA", "EMC", "EMD", "EMG"])]

    states = {state_of(order) for order in permutations(journey)}

    assert states == {State.DELIVERY_OFFICE}


def test_a_late_event_of_an_earlier_time_does_not_move_the_item_back() -> None:
    assert state_of([Happening("EMI", NOON), Happening("EMC", NOON - timedelta(days=3))]) == State.DELIVERED


@pytest.mark.parametrize("order", [("EMH", "EMI"), ("EMI", "EMH")])
def test_events_of_one_moment_stand_in_the_order_of_a_journey(order: tuple[str, str]) -> None:
    events = [Happening(code, NOON) for code in order]

    assert [event.code for event in timeline(events)] == ["EMH", "EMI"]
    assert state_of(events) == State.DELIVERED


def test_a_collection_point_is_not_delivery() -> None:
    assert state_of([Happening("EDH", NOON)]) == State.DELIVERY_OFFICE


def test_events_of_an_earlier_item_with_the_number_are_not_told() -> None:
    earlier = Happening("EMI", NOON - REUSE_AFTER - timedelta(days=1))
    posted = Happening("EMA", NOON)

    assert timeline([posted, earlier]) == [posted]
