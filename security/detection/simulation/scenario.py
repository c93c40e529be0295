"""Scenario files: who takes part, what they do and how often, and what must come of it.

A file is TOML. `[[people]]` are groups of alike people with `[[people.does]]`: one kind of act each, `every` so many
seconds of their working hours. `[expect]` holds what the simulator compares with; see `scenarios/`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "scenarios"


@dataclass(frozen=True)
class Does:
    """One kind of act. `every` is the mean time between two, in seconds; `at_once` how many come together.

    `what`: list (a page of own objects), read, work (declared), unknown, elsewhere, shared, framed (ids), number (one
    item number after another), miss, probe, try_email.
    """

    what: str
    every: float
    at_once: int = 1
    size: int = 25  # objects of a list or of a piece of work
    jitter: float = 0.5  # of the time in between
    endpoint: str = "addressbook:contact"
    begins: float = 0.0  # hours after the day's begin
    lasts: float = 24.0  # hours


@dataclass(frozen=True)
class People:
    """A group of people, keys or visitors who behave alike."""

    name: str
    count: int = 1
    hours: float = 8.0  # of a day that they work
    days: int = 1
    book: int = 300  # objects that they have
    young: bool = False
    key: bool = False
    anonymous: bool = False
    source: str = "own"  # each one's own, or a name that those share
    account: str = "own"
    proves_who_they_are: bool = True  # when asked
    changes_technique: bool = False  # does the next thing of its list after each suspension, and nothing else before
    does: tuple[Does, ...] = ()


@dataclass(frozen=True)
class Expect:
    """What must come of it; None is not compared. Times in minutes of simulated time from the first act."""

    noticed_within: float | None = None  # until somebody is slowed down, asked or suspended
    suspended_within: float | None = None
    foreign_asked: int | None = None  # ids of others that were asked for before each one was suspended, at most
    suspensions: int | None = None  # exactly
    rungs: tuple[int, ...] | None = None  # of the first person's suspensions
    step_ups_in_10000_hours: float | None = None
    technique_frozen: bool | None = None


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    people: tuple[People, ...]
    expect: Expect = field(default_factory=Expect)
    is_attack: bool = True


def read(name: str) -> Scenario:
    """Read a scenario by its name. Raises FileNotFoundError and ValueError."""
    return parse(name, tomllib.loads((FOLDER / f"{name}.toml").read_text()))


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def parse(name: str, found: dict[str, Any]) -> Scenario:
    people = tuple(
        _made(People, {**group, "does": tuple(_made(Does, act) for act in group["does"])}) for group in found["people"]
    )
    expect = {key: tuple(value) if isinstance(value, list) else value for key, value in found.get("expect", {}).items()}
    return Scenario(name, found["title"], people, _made(Expect, expect), found.get("is_attack", True))


def _made(kind: Any, values: dict[str, Any]) -> Any:
    if unknown := values.keys() - {one.name for one in fields(kind)}:
        raise ValueError(f"{kind.__name__} knows no {', '.join(sorted(unknown))}")
    return kind(**values)
