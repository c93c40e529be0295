"""docs/asvs.toml is whole and true: every requirement of the edition, each with a test that is there, or a reason.

That the named tests also ran and passed is seen at the end of a whole run (`tests.asvs.Watch`); here is shown that it
would see one that did not.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeGuard, cast

import pytest
from django.conf import settings

from accounts.passwords import OUR_NAMES
from accounts.roles import RIGHTS, STAFF_RIGHTS
from ecship.embedded.places import PROJECT
from tests import asvs, asvs_edition
from tests.asvs import Requirement, Watch

SECURITY = (PROJECT / "docs/security.md").read_text()
OPERATIONS = (PROJECT / "docs/operations.md").read_text()


def section(heading: str, text: str = SECURITY) -> str:
    """Return what stands below a heading, up to the next of its rank or above."""
    found = re.search(rf"^(#+) {re.escape(heading)}$(.*?)(?=^#{{1,2}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[2]


# The map -----------------------------------------------------------------------------------------------------


def test_every_requirement_of_the_edition_stands_here_once_with_its_level() -> None:
    assert Counter(asvs_edition.levels().values()) == asvs_edition.PUBLISHED
    assert asvs.document()["edition"] == asvs_edition.EDITION

    assert {item.name: item.level for item in asvs.requirements()} == asvs_edition.asked()
    names = re.findall(r'^\[requirements\."([\d.]+)"\]$', asvs.FILE.read_text(), re.MULTILINE)
    assert sorted(names) == sorted(asvs_edition.asked()), "twice"


def test_the_chapters_are_counted_right() -> None:
    counted = Counter((item.name.partition(".")[0], item.level) for item in asvs.requirements())

    for chapter, line in asvs.document()["chapters"].items():
        assert [line[f"level_{level}"] for level in (1, 2, 3)] == [counted[chapter, level] for level in (1, 2, 3)]
    assert len(asvs.document()["chapters"]) == 17


def test_every_requirement_is_shown_or_has_a_reason() -> None:
    for item in asvs.requirements():
        assert bool(item.tests) + bool(item.not_applicable) + bool(item.open) == 1, item
        assert 8 < len(item.asks) < 120, item
        assert not item.asks.lower().startswith("verify"), "in our own words"
        assert not item.kept_by or item.not_applicable, item


@cache
def defined(file: str) -> dict[str, set[str]]:
    """Return the tests that a file defines, with the marks that each has, its file's too."""
    tree = ast.parse((PROJECT / file).read_text())
    of_file = set[str]().union(*(marks(node.value) for node in tree.body if is_pytestmark(node)))
    return {
        node.name: of_file.union(*(marks(decorator) for decorator in node.decorator_list))
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }


def is_pytestmark(node: ast.stmt) -> TypeGuard[ast.Assign]:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"


def marks(node: Any) -> set[str]:
    """Return the names of pytest's marks in an expression; those of single parameters are not the test's."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.parametrize":
        return set()
    return set(re.findall(r"pytest\.mark\.(\w+)", ast.unparse(node)))


def wrong(named: Iterable[str]) -> list[str]:
    """Return those of the named tests that are not there, or are left out of an ordinary run."""
    found = []
    for test in named:
        file, _, name = test.partition("::")
        marked = defined(file).get(name) if (PROJECT / file).is_file() else None
        if marked is None or marked & {"nightly", "skip", "xfail"}:
            found.append(test)
    return found


def test_every_named_test_is_there_and_runs_with_the_suite() -> None:
    for item in asvs.requirements():
        assert len(set(item.named)) == len(item.named), item.name
        assert wrong(item.named) == [], item.name


@pytest.mark.parametrize(
    "test",
    [
        "tests/site/test_nowhere.py::test_x",
        "tests/site/test_asvs.py::test_that_nobody_wrote",
        "tests/walls/test_corpus.py::test_every_pair_lets_through_only_what_is_known",
    ],
)
def test_a_test_that_is_not_there_or_is_nightly_alone_is_seen(test: str) -> None:
    assert wrong([test]) == [test]


def test_what_is_open_is_said_in_the_docs() -> None:
    part = section("OWASP ASVS")
    said = re.findall(r"^\| ([\d.]+) \| ([^|]+) \|$", part, re.MULTILINE)
    open_ = {item.name: item.open for item in asvs.requirements() if item.open}

    assert dict(said) == open_
    counts = [int(number) for number in re.findall(r"\*\*(\d+)\*\*", part)]
    assert counts == [
        len(asvs.requirements()),
        sum(bool(item.tests) for item in asvs.requirements()),
        sum(bool(item.not_applicable) for item in asvs.requirements()),
        len(open_),
    ]


# The watch ---------------------------------------------------------------------------------------------------

ONE = "tests/site/test_x.py::test_one"
TWO = "tests/site/test_x.py::test_two"
ASKED = [Requirement("1.2.3", 1, "Something", tests=(ONE,)), Requirement("1.2.4", 1, "More", open="missing")]


def report(nodeid: str, outcome: str, when: str = "call") -> pytest.TestReport:
    return cast("pytest.TestReport", SimpleNamespace(nodeid=nodeid, outcome=outcome, when=when))


def run(*reports: pytest.TestReport, status: int = 0, worker: bool = False, **changed: Any) -> tuple[int, list[str]]:
    """Finish a run in which this happened; return its exit status and what is said of it."""
    options = {"markexpr": "not nightly", "keyword": "", "collectonly": False, "deselect": None, "ignore": None,
               "ignore_glob": None, **changed}  # fmt: skip
    config = SimpleNamespace(
        args=changed.get("args", ["tests"]),
        invocation_params=SimpleNamespace(dir=PROJECT),
        getoption=options.get,
        **({"workerinput": {}} if worker else {}),
    )
    session = cast("pytest.Session", SimpleNamespace(config=config, exitstatus=status))
    watch = Watch()
    for item in reports:
        watch.note(item)
    lines = watch.finish(session, ASKED)
    return int(session.exitstatus), lines


def passed(nodeid: str) -> Iterator[pytest.TestReport]:
    yield from (report(nodeid, "passed", when) for when in ("setup", "call", "teardown"))


def test_a_run_in_which_all_named_tests_passed_is_green() -> None:
    status, lines = run(*passed(ONE), *passed(TWO))

    assert status == 0
    assert lines == ["ASVS: 2 requirements, 1 shown by 1 tests that ran and passed, 1 open, 0 not applicable"]


def test_every_parameter_of_a_named_test_counts() -> None:
    assert run(*passed(f"{ONE}[a]"), *passed(f"{ONE}[b-[c]]"))[0] == 0
    assert run(*passed(f"{ONE}[a]"), report(f"{ONE}[b]", "skipped", "setup")) == (
        1, [f"ASVS 1.2.3: {ONE} was passed and skipped."],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reports", "said"),
    [
        ([], "not run"),
        (list(passed(TWO)), "not run"),
        ([report(ONE, "passed", "setup")], "not run"),
        ([report(ONE, "skipped", "setup")], "skipped"),
        ([report(ONE, "skipped")], "skipped"),
        ([*passed(ONE), report(ONE, "failed", "teardown")], "failed and passed"),
    ],
)
def test_a_run_without_a_named_test_is_red(reports: list[pytest.TestReport], said: str) -> None:
    assert run(*reports) == (1, [f"ASVS 1.2.3: {ONE} was {said}."])


@pytest.mark.parametrize(
    "of_a_part",
    [
        {"args": ["tests/site"]}, {"args": ["tests/site/test_x.py::test_two"]}, {"keyword": "two"},
        {"markexpr": "browser"}, {"deselect": ["x"]}, {"ignore": ["x"]}, {"collectonly": True}, {"worker": True},
        {"status": 1}, {"status": 2},
    ],
)  # fmt: skip
def test_a_part_of_the_suite_a_worker_and_a_failed_run_are_left_alone(of_a_part: dict[str, Any]) -> None:
    assert run(**of_a_part) == (of_a_part.get("status", 0), [])


@pytest.mark.parametrize("expression", ["not nightly", "nightly or not nightly"])
def test_the_nightly_run_is_watched_too(expression: str) -> None:
    assert run(markexpr=expression)[0] == 1


CONFTEST = """
from tests import asvs

asvs.is_whole = lambda config: True
WATCH = asvs.Watch()
NAMED = ("test_a.py::test_passes", "test_b.py::test_passes", "test_b.py::test_skips", "test_c.py::test_gone")

def pytest_runtest_logreport(report):
    WATCH.note(report)

def pytest_sessionfinish(session):
    asked = [asvs.Requirement(str(at), 1, "Something", tests=(name,)) for at, name in enumerate(NAMED)]
    print("", *WATCH.finish(session, asked), sep=chr(10))
"""
FILES = {
    "conftest.py": CONFTEST,
    "test_a.py": "def test_passes(): pass",
    "test_b.py": "import pytest\ndef test_passes(): pass\ndef test_skips(): pytest.skip('not here')",
}


def test_outcomes_of_all_workers_come_together(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "xdist", "--numprocesses=2", "--dist=loadfile", "--rootdir=.", "."],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert "2 passed, 1 skipped" in ended.stdout
    assert [line for line in ended.stdout.splitlines() if line.startswith("ASVS")] == [
        "ASVS 2: test_b.py::test_skips was skipped.",
        "ASVS 3: test_c.py::test_gone was not run.",
    ]
    assert ended.returncode == 1


def test_the_run_that_this_is_part_of_is_watched(pytestconfig: pytest.Config) -> None:
    """The hooks are where pytest finds them, and the Makefile's own run is one of the whole suite."""
    from tests import conftest

    assert conftest.pytest_runtest_logreport.__module__ == "tests.conftest"
    assert isinstance(conftest.ASVS, Watch)
    makefile = (PROJECT / "Makefile").read_text()
    assert "TESTS ?= tests\n" in makefile
    assert pytestconfig.getini("addopts")[-1] in asvs.WHOLE


# What is to be written down ----------------------------------------------------------------------------------


def test_what_is_to_be_written_down_is() -> None:
    """Each place that the map names has something to say, and the paths that the docs name exist."""
    for place in {place for item in asvs.requirements() for place in item.where}:
        file, _, heading = place.partition("#")
        text = (PROJECT / file).read_text()
        found = re.search(rf"^(?:(#+) {re.escape(heading)}$|\*\*{re.escape(heading)}[.:?]?\*\*)", text, re.MULTILINE)
        assert found, place
        end = rf"^#{{1,{len(found[1])}}} " if found[1] else r"^(?:#+ |\*\*)"
        said = re.split(end, text[found.end() :], maxsplit=1, flags=re.MULTILINE)[0]
        assert len(said.split()) > 40, place
    for text in (SECURITY, OPERATIONS):
        named = re.findall(r"`((?:tests|security|accounts|ecship|deploy|shipments|addressbook)/[\w/.]+)`", text)
        assert [path for path in named if not (PROJECT / path).exists()] == []


def test_the_words_that_make_no_password_are_those_of_the_docs() -> None:
    said = section("Signing in")

    assert [name for name in OUR_NAMES if f"“{name}”" not in said] == []


def test_the_docs_say_how_long_a_session_lasts() -> None:
    said = section("How long a session lasts")
    words = {12: "Twelve hours", 8: "eight", 30: "thirty minutes", 15: "fifteen"}

    assert words[settings.SESSION_COOKIE_AGE // 3600] in said
    assert words[settings.STAFF_SESSION_SECONDS // 3600] in said
    assert words[timedelta(seconds=settings.SESSION_IDLE_SECONDS) // timedelta(minutes=1)] in said
    assert words[timedelta(seconds=settings.STAFF_SESSION_IDLE_SECONDS) // timedelta(minutes=1)] in said


def test_the_docs_name_every_right_of_every_role() -> None:
    said = section("Who may see and change what")
    rights = {right.value for granted in (*RIGHTS.values(), *STAFF_RIGHTS.values()) for right in granted}

    for role, granted in (*RIGHTS.items(), *((role, rights) for role, rights in STAFF_RIGHTS.items())):
        line = re.search(rf"^\| {role} \| (.*) \|$", said, re.MULTILINE | re.IGNORECASE)
        assert line, role
        assert set(re.findall(r"`([\w.]+)`", line[1])) == {right.value for right in granted}, role
    assert rights


def test_the_docs_name_every_secret_setting() -> None:
    said = section("Keys and algorithms")
    read = (PROJECT / "ecship/settings.py").read_text()
    secrets = set(re.findall(r'env\.secret\(\s*"(\w+)"', read)) | {"EMAIL_HOST_PASSWORD", "ECSHIP_SEAL_OLD_KEYS"}

    assert len(secrets) >= 6
    assert [name for name in secrets if f"`{name}`" not in said] == []


def test_every_setting_is_in_the_table_of_the_docs() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', (PROJECT / "ecship/settings.py").read_text()))

    assert [name for name in sorted(read) if f"`{name}`" not in section("Settings", OPERATIONS)] == []


def test_an_open_page_lets_go_of_what_it_shows() -> None:
    """Seen in a browser by tests/journeys/test_session_notice.py; here, that the script is built as it was seen."""
    written = Path(PROJECT / "static/src/app.js").read_text()

    assert "location.replace(location.href)" in written
    assert (PROJECT / "static/build/app.js").read_text() == written
