"""Every threshold says its unit and its reason, and the docs say what the code does."""

from __future__ import annotations

from security.management.commands.describe_thresholds import BEGIN, END, FILE
from security.thresholds import THRESHOLDS, as_markdown, listed


def test_every_threshold_has_a_unit_and_a_reason() -> None:
    bare = [name for name, value, unit, reason in listed() if not (value and unit and len(reason) > 15)]

    assert bare == []
    assert len(list(listed())) > 50


def test_the_docs_show_this_very_table() -> None:
    shown = FILE.read_text().split(BEGIN)[1].split(END)[0]

    assert shown == as_markdown(), "run manage.py describe_thresholds --write"


def test_the_steps_of_the_ladder_go_up() -> None:
    ladder = THRESHOLDS.ladder

    assert ladder.note < ladder.throttle < ladder.step_up < ladder.case
    assert list(ladder.seconds[:3]) == sorted(ladder.seconds[:3])
    assert ladder.seconds[3] == 0
