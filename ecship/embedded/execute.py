"""One command with services of its own: tests, checks, migrations being written.

Commands run side by side (two test runs, two developers in one folder), so each takes a numbered home that nobody
holds; `--site` joins the data of `make run` instead.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ecship.embedded.errors import EmbeddedError
from ecship.embedded.guard import die_with_parent
from ecship.embedded.places import Home, Lock
from ecship.embedded.services import running_services, services

MOST_HOMES = 64


def execute(path: Path, command: list[str], given: Mapping[str, str], *, site: bool) -> int:
    """Run the command and return its exit code (128 and the signal's number if one ended it)."""
    if site:
        return _execute_on_site(Home(path), command, given)
    home, lock = _free_home(path)
    try:
        with services(home, given) as environment:
            return _run(command, environment)
    finally:
        lock.release()


def _execute_on_site(home: Home, command: list[str], given: Mapping[str, str]) -> int:
    lock = Lock(home)
    if not lock.take():
        return _run(command, running_services(home, given))
    try:
        with services(home, given) as environment:
            return _run(command, environment)
    finally:
        lock.release()


def _free_home(path: Path) -> tuple[Home, Lock]:
    for number in range(1, MOST_HOMES + 1):
        home = Home(path / "exec" / str(number))
        Home(path).path.mkdir(parents=True, exist_ok=True)
        lock = Lock(home)
        if lock.take():
            return home, lock
    raise EmbeddedError(f"{MOST_HOMES} commands already run in {path / 'exec'}.")


def _run(command: list[str], environment: Mapping[str, str]) -> int:
    """Run in the foreground: the terminal's Ctrl-C reaches the command itself, a plain TERM is passed on."""
    programs = str(Path(sys.executable).parent)
    environment = {**environment, "PATH": f"{programs}{os.pathsep}{environment.get('PATH', os.defpath)}"}
    try:
        child = subprocess.Popen(command, env=environment, preexec_fn=die_with_parent(signal.SIGTERM))  # noqa: S603
    except OSError as error:
        raise EmbeddedError(f"{command[0]} cannot be started: {error.strerror}.") from error
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _frame: child.send_signal(number))
    code = child.wait()
    signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code
