"""Side by side: each worker of a test run has a Redis database of its own, as it has a PostgreSQL database of its own.

Loaded before anything reads the settings (see the Makefile). A worker takes one file after the other; the longest come
first, so that in the end none waits for another's.
"""

from __future__ import annotations

import os
import re
from collections import Counter

import pytest

worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if worker and os.environ.get("REDIS_URL"):
    number = int(worker.removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = re.sub(r"(/\d+)?$", f"/{number}", os.environ["REDIS_URL"], count=1)

LONGEST = [
    "tests/walls/test_corpus.py",
    "tests/journeys/test_main_job.py",
    "tests/walls/test_console.py",
    "tests/journeys/test_second_factor.py",
    "tests/journeys/test_console.py",
    "tests/site/test_pseudo.py",
    "tests/journeys/test_incident.py",
    "tests/api/test_operations.py",
    "tests/api/test_strange_input.py",
    "tests/embedded/test_exec.py",
    "tests/embedded/test_run.py",
    "tests/incidents/test_sending_kill.py",
    "tests/site/test_query_counts.py",
    "tests/journeys/test_lost_session.py",
    "tests/walls/test_walls.py",
    "tests/fuzz/test_schemathesis.py",
    "tests/accounts/test_slots.py",
    "tests/server/test_server.py",
]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, then those of many tests: what is short is left for the end."""
    files = [item.nodeid.split("::")[0] for item in items]
    tests = Counter(files)
    place = {file: (LONGEST.index(file) if file in LONGEST else len(LONGEST), -tests[file], file) for file in tests}
    items.sort(key=lambda item: place[item.nodeid.split("::")[0]])
