"""Every threshold says its unit and its reason, and the docs say what the code does."""

from __future__ import annotations

from dataclasses import asdict
from math import inf, nan

import pytest

from security.management.commands.describe_thresholds import BEGIN, END, FILE
from security.thresholds import (
    DEFAULTS,
    LOWER,
    OutOfBounds,
    OutOfOrder,
    Rung,
    Threshold,
    Thresholds,
    as_markdown,
    known,
    with_values,
)


def test_every_threshold_has_a_unit_and_a_reason() -> None:
    bare = [one.name for one in known().values() if not (one.unit and len(one.reason) > 15)]

    assert bare == []
    assert len(known()) > 50


@pytest.mark.parametrize("one", known().values(), ids=known())
def test_a_default_lies_within_its_bounds_and_no_bound_is_outside(one: Threshold) -> None:
    if one.within is None:
        assert not one.allows(one.default), "what has no bounds is not changed at all"
        return
    least, most = one.within
    assert least < most
    assert one.allows(one.default)
    assert all(not one.allows(value) for value in (least - 1, most + 1, nan, inf, -inf))
    if one.is_whole:
        assert not one.allows(least + 0.5)


def laxest() -> Thresholds:
    """Everything as lax as two people can make it."""
    bound = {one.name: one.within[one.stricter is LOWER] for one in known().values() if one.within}
    return with_values(bound)


def test_no_two_people_turn_a_rule_off() -> None:
    lax = laxest()

    assert all(value > 0 for value in asdict(lax.points).values())
    assert lax.tripwires.egress >= Rung.DAY
    assert lax.ladder.offences <= 5


def test_steps_that_would_not_follow_each_other_are_refused() -> None:
    with pytest.raises(OutOfOrder):
        with_values({"ladder.throttle": 35, "ladder.step_up": 30})
    with pytest.raises(OutOfBounds):
        with_values({"ladder.nothing": 1})


def test_the_docs_show_this_very_table() -> None:
    shown = FILE.read_text().split(BEGIN)[1].split(END)[0]

    assert shown == as_markdown(), "run manage.py describe_thresholds --write"


def test_the_steps_of_the_ladder_go_up() -> None:
    ladder = DEFAULTS.ladder

    assert ladder.note < ladder.throttle < ladder.step_up < ladder.case
    assert list(ladder.seconds[:3]) == sorted(ladder.seconds[:3])
    assert ladder.seconds[3] == 0
