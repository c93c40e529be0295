"""What each wall costs: the same requests with it and without it, by turns, in a process that only measures.

No server can be started like this: the switch is the tests' own, and taking walls of the database away asks for the
owner's credential. Times are of the whole request on the clock, database included, with one client. BENCH_ROUNDS (12)
turns of BENCH_REQUESTS (40) each.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from statistics import median
from typing import Any

from bench import report
from bench.inside import Caller, seconds_each, use
from bench.stage import site

ACCOUNTS = 700
ROUNDS = int(os.environ.get("BENCH_ROUNDS") or 12)
REQUESTS = int(os.environ.get("BENCH_REQUESTS") or 40)
KEPT = 100
OUTPUT = Path(__file__).parent / "results" / "walls.json"
OPERATIONS = ("list", "get", "create")


def main() -> None:
    here = site(ACCOUNTS)
    use(here.environment)
    from security.walls import Wall
    from tests.walls.switches import without

    email = f"walls-{os.getpid()}@bench.example"
    here.manage("create_account", f"--email={email}", "--password=a long passphrase for measuring", "--kind=business")
    caller = Caller(here.manage("create_api_key", f"--email={email}", "--scopes=all").splitlines()[-1])
    cases: dict[str, tuple[Wall, ...]] = {wall.value: (wall,) for wall in Wall} | {"all of them": tuple(Wall)}
    found: dict[str, Any] = {}
    for name, walls in cases.items():
        ratios: dict[str, list[float]] = {operation: [] for operation in OPERATIONS}
        for _round in range(ROUNDS):
            standing = _measure(caller)
            with without(*walls):
                away = _measure(caller)
            for operation in OPERATIONS:
                ratios[operation].append(away[operation] / standing[operation])
        found[name] = {operation: round(median(values), 3) for operation, values in ratios.items()}
        print(
            f"{name:<12} away: " + ", ".join(f"{what} {ratio:.3f}" for what, ratio in found[name].items()), flush=True
        )
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(found, indent=1) + "\n")
    report.write_section("walls", _table(found))


def _measure(caller: Caller) -> dict[str, float]:
    """Return the seconds of one request of each kind, in a book that was filled with the walls as they stand now.

    (What was sealed while sealing was away does not open afterwards, nor the other way round.)
    """
    from bench.bench_api import CONTACT

    book = caller.ask("POST", "/api/v1/address-books/", {"name": "Measured"})["id"]
    contacts = f"/api/v1/address-books/{book}/contacts/"
    made = [caller.ask("POST", contacts, CONTACT)["id"] for _number in range(30)]
    listing, _cpu = seconds_each(lambda: caller.ask("GET", contacts), REQUESTS)
    one, _cpu = seconds_each(lambda: caller.ask("GET", f"/api/v1/contacts/{made[0]}/"), REQUESTS)
    create, _cpu = seconds_each(lambda: caller.ask("POST", contacts, CONTACT), REQUESTS)
    caller.ask("DELETE", f"/api/v1/address-books/{book}/")
    return {"list": listing, "get": one, "create": create}


def _table(found: dict[str, dict[str, float]]) -> list[str]:
    what = (
        "Time of a request with a wall away, as a part of its time with every wall up: 0.95 means that the wall takes a"
        f" twentieth. Median of {ROUNDS} pairs measured by turns, {REQUESTS} requests each, one client,"
        " `python -m bench.bench_walls`."
    )
    lines = [what, "", "| Away | List 25 contacts | Get one | Create one |", "|---|---|---|---|"]
    return [*lines, *(f"| {name} | {row['list']} | {row['get']} | {row['create']} |" for name, row in found.items())]


if __name__ == "__main__":
    main()
