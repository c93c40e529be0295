"""The mutation proof: no wall away and each one away, nothing bites; known pairs only; all away, everything bites."""

from __future__ import annotations

from itertools import combinations

import pytest
from django.test import override_settings

from security.walls import Wall
from tests.conftest import Person, make_person
from tests.walls.attacks import PLANTED, bites, make_prey
from tests.walls.switches import without
from tests.walls.tally import TALLY

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "owner", "security"]),
    pytest.mark.filterwarnings("ignore:.*never awaited"),
]

# Two walls away at once. What stays closed by a third wall is closed; what bites is known and written down here.
KNOWN_PAIRS: dict[frozenset[Wall], set[str]] = {
    frozenset({Wall.RLS, Wall.ENCRYPTION}): {"raw SQL", "injection", "injection that sets the context"},
    frozenset({Wall.ENCRYPTION, Wall.EGRESS}): {"layout without account"},
    frozenset({Wall.RLS, Wall.WRITEGUARD}): {"injected write", "mass assignment", "rehoming"},
}


# The mistakes that people make, as SECURITY names them, each with the attack that proves it.
MISTAKES = {
    "unfiltered get", "unfiltered list", "bulk", "export", "raw SQL", "injection", "nested key", "rehoming",
    "blind delete", "mass assignment", "values", "aggregates", "cache key without account", "autocomplete", "mail",
    "PDF", "layout without account",
}  # fmt: skip


def test_every_mistake_that_people_make_is_planted() -> None:
    assert set(PLANTED) >= MISTAKES


def people() -> tuple[Person, Person]:
    return make_person("charlie"), make_person("alice")


def biting(*walls: Wall) -> set[str]:
    """Run every planted attack with some walls away and return the names of those that bite."""
    bitten: set[str] = set()
    charlie, alice = people()
    with override_settings(ROOT_URLCONF="tests.walls.planted"):
        for name, attack in PLANTED.items():
            with without(*walls):
                if bites(attack, make_prey(charlie, alice)):
                    bitten.add(name)
    _count(frozenset(walls), bitten)
    return bitten


def _count(walls: frozenset[Wall], bitten: set[str]) -> None:
    TALLY.planted = len(PLANTED)
    TALLY.settings.add(walls)
    if len(walls) < 2:
        TALLY.planted_bites += len(bitten)
    elif len(walls) == 2 and bitten:
        TALLY.add_pair(" and ".join(sorted(walls)), bitten)
    elif len(walls) == len(Wall):
        TALLY.attackable += len(PLANTED)
        TALLY.biting += len(bitten)


def test_nothing_bites_when_every_wall_stands() -> None:
    assert biting() == set()


@pytest.mark.parametrize("wall", list(Wall), ids=str)
def test_nothing_bites_when_one_wall_is_away(wall: Wall) -> None:
    assert biting(wall) == set()


@pytest.mark.parametrize("pair", list(KNOWN_PAIRS), ids=lambda pair: " and ".join(sorted(pair)))
def test_a_known_pair_lets_through_what_is_known(pair: frozenset[Wall]) -> None:
    assert biting(*pair) == KNOWN_PAIRS[pair]


def test_everything_bites_when_all_walls_are_away() -> None:
    dead = set(PLANTED) - biting(*Wall)

    assert dead == set(), "these attacks prove nothing"


@pytest.mark.nightly
@pytest.mark.parametrize(
    "pair", [frozenset(pair) for pair in combinations(Wall, 2)], ids=lambda p: " and ".join(sorted(p))
)
def test_every_pair_lets_through_only_what_is_known(pair: frozenset[Wall]) -> None:
    assert biting(*pair) == KNOWN_PAIRS.get(pair, set())
