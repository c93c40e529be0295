"""The embedded services as a stranger's shell starts them: real processes, a folder of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ecship.embedded import guard
from ecship.embedded.places import PROJECT

SERVICES = ("DATABASE_", "REDIS_", "RUN_DIR", "ECSHIP_", "SECRET_KEY", "PYTEST_", "PORT", "PG_BIN")


@dataclass
class Shell:
    """Runs `python -m ecship.embedded` in its own folder."""

    folder: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(SERVICES)}
        return {**inherited, "RUN_DIR": str(self.folder), "ECSHIP_FAST_DB": "1", **more}

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=PROJECT,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            self.command(*arguments),
            cwd=PROJECT,
            env=self.environment(**more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "ecship.embedded", *arguments]

    def running(self) -> set[int]:
        """The pids of all processes on this machine that were started from our folder."""
        return {pid for pid in _all_pids() if str(self.folder) in _words(pid)}

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=60)
        wait_until(lambda: not self.running())
        self.run("clean")


def _all_pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


def _words(pid: int) -> str:
    """Return a process's command line and environment; "" when it is gone or only waits to be reaped."""
    try:
        text = Path(f"/proc/{pid}/cmdline").read_bytes() + b"\0" + Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return ""
    return text.decode(errors="replace") if guard.started(pid) else ""


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    if not Path("/proc/self").exists():
        pytest.skip("looks for leftover processes in /proc")
    opened = Shell(tmp_path / "a folder with spaces")
    yield opened
    opened.close()
