"""`python -m bench.servers`: the same application under several servers, by turns; see docs/decisions.

Granian is measured where it is installed; it is not among the locked packages.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from importlib.util import find_spec
from statistics import median

from bench.bench_api import COMPARED, OURS, ROUNDS, SECONDS, _owner_of_the_book, prepared
from bench.stage import GUNICORN, running, site
from ecship.embedded.ports import LOOPBACK

ACCOUNTS = 700
GTHREAD = [sys.executable, "-m", "gunicorn", OURS, *GUNICORN, f"--bind={LOOPBACK}:{{port}}"]
SYNC = [sys.executable, "-m", "gunicorn", OURS, "--workers=4", "--no-control-socket", f"--bind={LOOPBACK}:{{port}}"]
GRANIAN = [
    *(sys.executable, "-m", "granian", "--interface=wsgi", "--workers=2", "--blocking-threads=4", "--no-ws"),
    *(f"--host={LOOPBACK}", "--port={port}", "--log-level=warning", OURS),
]


def main() -> None:
    servers = {"gunicorn gthread 2 x 4": GTHREAD, "gunicorn sync 4": SYNC}
    if find_spec("granian"):
        servers["granian wsgi 2 x 4"] = GRANIAN
    here = site(ACCOUNTS)
    token = here.manage("create_api_key", f"--email={_owner_of_the_book(here)}", "--scopes=all").splitlines()[-1]
    with ExitStack() as stack:
        sides = {
            name: prepared(stack.enter_context(running(command, here.runtime())), token)
            for name, command in servers.items()
        }
        for operation in ("get", "list"):
            rates: dict[str, list[float]] = {name: [] for name in sides}
            for _round in range(ROUNDS):
                for name, side in sides.items():
                    rates[name].append(side.go(COMPARED[operation], clients=4, seconds=SECONDS).rate)
            for name, side in sides.items():
                memory = side.server.memory_mib()
                print(
                    f"{operation:<5} {name:<24} {median(rates[name]):6.1f}/s, worker {memory['pss']:.0f} MiB",
                    flush=True,
                )


if __name__ == "__main__":
    main()
