"""What is measured: databases of their own with seeded accounts, and real server processes on them."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from ecship.embedded.places import PROJECT
from ecship.embedded.ports import LOOPBACK, free_port

ADDRESSES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SECURITY_URL")
CONTACTS = 30  # of an account, on average
START_SECONDS = 60
# As production starts the web process, but for new workers now and then, which would be in the way of measuring.
GUNICORN = ("--config=python:ecship.server.options", "--max-requests=0")


@dataclass(frozen=True)
class Site:
    """One database with its accounts; `environment` is the owner's, for preparing."""

    accounts: int
    environment: dict[str, str]

    def runtime(self) -> dict[str, str]:
        """What a web process may know."""
        return {name: value for name, value in self.environment.items() if name not in ADDRESSES[1:]}

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, str(PROJECT / "manage.py"), *arguments]
        done = subprocess.run(  # noqa: S603
            command, env=self.environment, cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout.strip()

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.environment["DATABASE_OWNER_URL"], autocommit=True)


def site(accounts: int, *, each: int = 0) -> Site:
    """Return the site with so many accounts, made now unless an earlier run did; `each`: contacts in every book."""
    name = f"bench_{accounts}" + (f"_{each}" if each else "")
    owner = os.environ["DATABASE_OWNER_URL"]
    with psycopg.connect(owner, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    here = {key: _of_database(os.environ[key], name) for key in ADDRESSES if os.environ.get(key)}
    made = Site(accounts, {**os.environ, **here, "LOG_LEVEL": "ERROR", "RATE_LIMIT_FACTOR": "1000000"})
    made.manage("migrate", "--verbosity=0")
    made.manage("bootstrap")
    contacts = [f"--contacts={each}", "--even"] if each else [f"--contacts={CONTACTS}"]
    made.manage("seed_scale", f"--accounts={accounts}", *contacts, "--until=2026-06-30")
    if each:
        return made
    fill = [sys.executable, "-m", "django", "fill_bare", "--settings=bench.bare.settings"]
    subprocess.run(fill, env=made.environment, cwd=PROJECT, check=True)  # noqa: S603
    return made


def _of_database(address: str, name: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=f"/{name}"))


@dataclass(frozen=True)
class Server:
    """Running web processes."""

    port: int
    process: subprocess.Popen[bytes]

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def cpu_seconds(self) -> float:
        """Return what the workers have used so far, in user and system time."""
        ticks = 0
        for pid in self.workers():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_mib(self) -> dict[str, float]:
        """Return the largest worker's resident memory, and its share where pages are shared between workers."""
        found = [_memory(pid) for pid in self.workers()]
        return {name: max(memory[name] for memory in found) for name in ("rss", "pss")}


def _memory(pid: int) -> dict[str, float]:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kib = {line.split(":")[0].lower(): int(line.split()[1]) for line in rollup.splitlines()[1:]}
    return {"rss": kib["rss"] / 1024, "pss": kib["pss"] / 1024}


def server(application: str, environment: Mapping[str, str]) -> AbstractContextManager[Server]:
    """Run an application under the production server until the block ends."""
    return running(
        [sys.executable, "-m", "gunicorn", application, *GUNICORN, f"--bind={LOOPBACK}:{{port}}"], environment
    )


@contextmanager
def running(command: list[str], environment: Mapping[str, str]) -> Iterator[Server]:
    """Run a server's command, in which {port} stands for its port, until the block ends."""
    port = free_port()
    process = subprocess.Popen([part.format(port=port) for part in command], env=dict(environment), cwd=PROJECT)  # noqa: S603
    try:
        _wait(port, process)
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=20)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise TimeoutError("The server did not start.")
