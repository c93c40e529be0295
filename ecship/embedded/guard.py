"""Runs one program and ends it when its supervisor is gone, even by `kill -9`.

A stand-alone script of the standard library, started as a file: it must be light, and it runs beside each service.
It holds the program's record (pid and start time) so that a later start can find a leftover without guessing.
"""

import argparse
import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

TICK_SECONDS = 0.3
PR_SET_PDEATHSIG = 1


def started(pid: int) -> str:
    """Return when a process started, as a token that no later process with the same pid can have; "" if it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return "" if Path("/proc/self").exists() else _started_by_ps(pid)
    except ProcessLookupError:
        return ""
    fields = stat.rpartition(")")[2].split()
    if fields[0] in "ZX":
        return ""
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}:{fields[19]}"


def _started_by_ps(pid: int) -> str:
    answer = subprocess.run(["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603
    return answer.stdout.strip()


def die_with_parent(stop: signal.Signals) -> Callable[[], None] | None:
    """Return what a child must do first, so that the kernel ends it with its parent; None where no kernel does."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def arrange() -> None:
        prctl(PR_SET_PDEATHSIG, int(stop), 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), stop)

    return arrange


def end_with_parent(stop: signal.Signals) -> None:
    """Have the kernel send this very process a signal when its parent ends; nothing where no kernel does."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(stop), 0, 0, 0)


def main() -> int:
    arguments = _arguments()
    stop = signal.Signals[arguments.stop]
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: asked.append(received))
    uid, gid = _identity(arguments.user)
    child = subprocess.Popen(  # noqa: S603
        arguments.command,
        start_new_session=True,
        preexec_fn=die_with_parent(stop),
        user=uid,
        group=gid,
        extra_groups=None if uid is None else [],
    )
    _record(arguments.record, child.pid, arguments.stop)
    deadline = 0.0
    while child.poll() is None:
        if not deadline and (asked or started(arguments.supervisor) != arguments.started):
            deadline = time.monotonic() + arguments.grace
            child.send_signal(stop)
        if deadline and time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
        _pause(child.pid, arguments.supervisor if not deadline else 0)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    arguments.record.unlink(missing_ok=True)
    code: int = child.returncode
    return code if code >= 0 else 128 - code


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--supervisor", type=int, required=True)
    parser.add_argument("--started", required=True)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--stop", default="SIGTERM")
    parser.add_argument("--grace", type=float, default=10)
    parser.add_argument("--user", default="")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def _identity(user: str) -> tuple[int | None, int | None]:
    if not user:
        return None, None
    uid, gid = user.split(":")
    return int(uid), int(gid)


def _record(path: Path, pid: int, stop: str) -> None:
    here = os.getpid()
    content = {"pid": pid, "started": started(pid), "stop": stop, "guard": here, "guard_started": started(here)}
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(content))
    fresh.replace(path)


def _pause(*pids: int) -> None:
    """Sleep for a tick, or less when one of the processes ends (known at once where the kernel offers it)."""
    descriptors: list[int] = []
    try:
        descriptors.extend(os.pidfd_open(pid) for pid in pids if pid)
        select.select(descriptors, [], [], TICK_SECONDS)
    except (AttributeError, OSError):
        time.sleep(TICK_SECONDS / 10)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
