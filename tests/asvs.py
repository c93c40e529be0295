"""The map from OWASP ASVS to our tests (docs/asvs.toml), and the watch that a whole run has run what it names.

The watch sits where the outcomes of all workers come together: in the process that the run was started by. It looks at
runs of the whole suite alone; a part of it runs a part of the tests, and says nothing.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from ecship.embedded.places import PROJECT

FILE = PROJECT / "docs/asvs.toml"
WHOLE = {"not nightly", "nightly or not nightly"}  # which marks a run of all tests asks for
Outcomes = Mapping[str, set[str]]


@dataclass(frozen=True)
class Requirement:
    """One line of the map. `tests` and `kept_by` are named as pytest does, without parameters."""

    name: str
    level: int
    asks: str
    tests: tuple[str, ...] = ()
    not_applicable: str = ""
    kept_by: tuple[str, ...] = ()
    open: str = ""
    where: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        return self.tests + self.kept_by


@cache
def document() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text())


@cache
def requirements() -> tuple[Requirement, ...]:
    """Return the map in its order.

    Raises tomllib.TOMLDecodeError where one stands twice, TypeError for a key that no requirement has.
    """
    return tuple(_read(name, line) for name, line in document()["requirements"].items())


def _read(name: str, line: dict[str, Any]) -> Requirement:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in line.items()}
    return Requirement(name, **values)


def unproven(outcomes: Outcomes, asked: Iterable[Requirement]) -> list[str]:
    """Return a sentence for each named test that did not run and pass, whole: with all its parameters."""
    lines = []
    for requirement in asked:
        for test in requirement.named:
            found = outcomes.get(test, set())
            if found != {"passed"}:
                said = " and ".join(sorted(found)) or "not run"
                lines.append(f"ASVS {requirement.name}: {test} was {said}.")
    return lines


def is_whole(config: pytest.Config) -> bool:
    """Tell whether a run is of the whole suite, and not of some of it or of its list."""
    places = {(config.invocation_params.dir / place).resolve() for place in config.args}
    chosen = any(config.getoption(name) for name in ("keyword", "deselect", "ignore", "ignore_glob", "collectonly"))
    return places == {PROJECT / "tests"} and not chosen and config.getoption("markexpr") in WHOLE


@dataclass
class Watch:
    """What became of each test of a run, by its name without parameters."""

    outcomes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def note(self, report: pytest.TestReport) -> None:
        """Note an outcome. Of a test that passed its call counts; of any other, whatever stopped it."""
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.nodeid.partition("[")[0]].add(report.outcome)

    def finish(self, session: pytest.Session, asked: Iterable[Requirement] | None = None) -> list[str]:
        """Fail a whole run that passed but did not show what the map says; return what there is to say of it."""
        if hasattr(session.config, "workerinput") or not is_whole(session.config) or session.exitstatus:
            return []
        asked = requirements() if asked is None else tuple(asked)
        if lines := unproven(self.outcomes, asked):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            return lines
        shown, open_ = sum(bool(item.tests) for item in asked), sum(bool(item.open) for item in asked)
        tests = {test for item in asked for test in item.named}
        counts = f"{shown} shown by {len(tests)} tests that ran and passed, {open_} open"
        return [f"ASVS: {len(asked)} requirements, {counts}, {len(asked) - shown - open_} not applicable"]
