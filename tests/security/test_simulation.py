"""The simulator itself, and the short scenarios as tests; `manage.py simulate` runs all of them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from security import suspension, tuning
from security.detection.models import Finding, Suspension
from security.detection.simulation import scenario
from security.detection.simulation.engine import Simulation
from security.detection.simulation.scenario import Expect
from tests.security.test_thresholds import laxest
from tests.security.watching import DATABASES

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
SHORT = [
    "attack-sweep-of-foreign-ids", "attack-slow-foreign", "attack-new-technique", "attack-harvest", "attack-key-theft",
    "attack-spraying", "attack-enumeration", "attack-numbers", "attack-young-reader", "attack-export",
]  # fmt: skip
# A day of a few people, of the files that `manage.py simulate` runs as a whole.
CALM = scenario.parse(
    "calm",
    {
        "title": "A shop, a reader ahead, a keeper of bookmarks",
        "is_attack": False,
        "people": [
            {"name": "shop", "count": 3, "book": 8000, "does": [
                {"what": "work", "every": 10800, "size": 500, "at_once": 10}, {"what": "read", "every": 120},
                {"what": "miss", "every": 3600}]},
            {"name": "ahead", "count": 3, "does": [
                {"what": "list", "every": 180}, {"what": "read", "every": 180, "at_once": 25}]},
            {"name": "keeper", "count": 10, "does": [
                {"what": "unknown", "every": 7200}, {"what": "read", "every": 600},
                {"what": "framed", "every": 28800}]},
        ],
        "expect": {"suspensions": 0, "step_ups_in_10000_hours": 0},
    },
)  # fmt: skip


CALM_HOUR = scenario.parse(
    "hour", {"title": "An hour", "people": [{"name": "p", "hours": 1, "does": [{"what": "read", "every": 300}]}]}
)


@pytest.mark.parametrize("name", SHORT)
def test_an_attack_comes_out_as_its_file_expects(name: str) -> None:
    result = Simulation(scenario.read(name)).run()

    assert result.failures() == []
    assert result.acts > 10


def test_as_lax_as_two_people_can_make_it_an_attack_is_still_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning._held, "thresholds", laxest())
    swept = Simulation(scenario.read("attack-sweep-of-foreign-ids")).run()
    people = [{"name": "guesser", "hours": 0.04, "does": [{"what": "unknown", "every": 1}]}]
    guessed = Simulation(scenario.parse("guesses", {"title": "Random ids", "people": people})).run()

    assert (swept.suspended or 99) < 1
    assert (guessed.noticed or 99) < 5


def test_ordinary_people_are_left_alone() -> None:
    result = Simulation(CALM).run()

    assert result.failures() == []
    assert (result.outcome.throttled, result.refused) == (0, 0)


def test_what_a_site_in_use_holds_is_not_counted() -> None:
    now = timezone.now()
    suspension.suspend(cause="staff", person=uuid4(), now=now, using="security")
    Finding.objects.using("security").create(at=now, rule="misses", is_young=False, points=1)

    result = Simulation(CALM_HOUR).run()

    assert (result.suspensions, result.rules["misses"]) == (0, 0)


def test_nothing_of_a_run_stays_in_the_database() -> None:
    Simulation(scenario.read("attack-harvest")).run()

    assert not Suspension.objects.using("security").exists()
    assert not Finding.objects.using("security").exists()


def test_every_scenario_can_be_read_and_expects_something() -> None:
    found = [scenario.read(name) for name in scenario.names()]

    assert len(found) >= 20
    assert {one.is_attack for one in found} == {True, False}
    assert [one.name for one in found if one.expect == Expect()] == []


def test_a_scenario_that_does_not_come_out_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [{"name": "p", "hours": 0.1, "does": [{"what": "read", "every": 60}]}]
    calm = scenario.parse("x", {"title": "x", "people": people, "expect": {"noticed_within": 1}})
    monkeypatch.setattr(scenario, "read", lambda name: calm)

    with pytest.raises(CommandError, match="Not as expected: x"):
        call_command("simulate", "x")


def test_a_mistyped_scenario_is_named() -> None:
    with pytest.raises(ValueError, match="knows no wat"):
        scenario.parse("x", {"title": "x", "people": [{"name": "p", "does": [{"wat": "read", "every": 1}]}]})
    with pytest.raises(CommandError, match="no such scenario"):
        call_command("simulate", "attack-by-martians")
