"""Starting guarded processes, and ending those that an earlier supervisor left behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ecship.embedded import guard
from ecship.embedded.places import Home

LEFTOVER_SECONDS = 15.0


def guarded(
    home: Home, name: str, command: list[str], *, stop: str = "SIGTERM", grace: float = 10, user: str = ""
) -> list[str]:
    """Return the command line that runs `command` under a guard of this very process."""
    return [
        sys.executable,
        "-I",
        "-S",
        str(Path(guard.__file__).resolve()),
        f"--supervisor={os.getpid()}",
        f"--started={guard.started(os.getpid())}",
        f"--record={home.records / name}.json",
        f"--stop={stop}",
        f"--grace={grace}",
        f"--user={user}",
        "--",
        *command,
    ]


def start(
    home: Home,
    name: str,
    command: list[str],
    *,
    environment: Mapping[str, str],
    stop: str = "SIGTERM",
    user: str = "",
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a service in the background, in its own session, with its output in the home's log folder."""
    with (home.logs / f"{name}.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603
            guarded(home, name, command, stop=stop, grace=LEFTOVER_SECONDS, user=user),
            env=dict(environment),
            cwd=cwd or "/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def finish(process: subprocess.Popen[bytes]) -> None:
    """Ask a guarded process to stop and wait for it."""
    process.terminate()
    try:
        process.wait(LEFTOVER_SECONDS + 5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_leftovers(home: Home) -> int:
    """End what the home's records say still runs; return how many there were. Never by name: pid and start time."""
    paths = sorted(home.records.glob("*.json"))
    left = [process for path in paths for process in _recorded(path) if process.runs()]
    for process in left:
        process.send(process.stop)
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while any(process.runs() for process in left) and time.monotonic() < deadline:
        time.sleep(0.05)
    for process in left:
        if process.runs():
            process.send(signal.SIGKILL)
    for path in paths:
        path.unlink(missing_ok=True)
    return len(left)


@dataclass(frozen=True)
class Recorded:
    """A process as a record names it; another process that got the same pid later is not it."""

    pid: int
    started: str
    stop: signal.Signals

    def runs(self) -> bool:
        return bool(self.started) and guard.started(self.pid) == self.started

    def send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if number == signal.SIGKILL and os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)


def _recorded(path: Path) -> list[Recorded]:
    try:
        record = json.loads(path.read_text())
        return [
            Recorded(int(record["guard"]), str(record["guard_started"]), signal.SIGTERM),
            Recorded(int(record["pid"]), str(record["started"]), signal.Signals[record["stop"]]),
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []
