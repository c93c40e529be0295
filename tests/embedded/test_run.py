"""`make run` as somebody types it: real processes, what they know, how they end and come back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from ecship.embedded import ports
from ecship.embedded.banner import answers
from ecship.embedded.places import PROJECT
from tests.embedded.conftest import Shell, wait_until

OUR_PROCESSES = {"web", "console", "worker", "webhooks", "security", "beat"}
SECRETS = {"owner_password", "security_password", "postgres_password"}
START_SECONDS = 150


@dataclass
class Site:
    """One `make run` with its own folder and port."""

    shell: Shell
    port: int = field(default_factory=ports.free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> Path:
        return self.shell.folder.with_name(f"{self.shell.folder.name} {self.port}.txt")

    def start(self) -> None:
        environment = self.shell.environment(PORT=str(self.port))
        environment = {name: value for name, value in environment.items() if not name.startswith("MAKE")}
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                ["make", "run"],
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(lambda: self.ended or self.says("ECShip is ready"), START_SECONDS)
        assert not self.ended, self.output.read_text()

    @property
    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def says(self, text: str) -> bool:
        return text in self.output.read_text()

    def reported(self) -> set[tuple[str, str, str]]:
        """Return process, connection and role of every line of the log in which a process says its role."""
        lines = [line.partition("{") for line in self.output.read_text().splitlines() if '"database role"' in line]
        entries: list[dict[str, Any]] = [json.loads(brace + rest) for _, brace, rest in lines]
        return {(entry["service"], entry["connection"], entry["role"]) for entry in entries}

    def environments(self) -> dict[str, list[dict[str, str]]]:
        """Return the environments of all running processes under each of our guards, forked ones too."""
        found: dict[str, list[dict[str, str]]] = {}
        for name in OUR_PROCESSES:
            top = json.loads((self.shell.folder / "processes" / f"{name}.json").read_text())["pid"]
            found[name] = [environment_of(pid) for pid in family(top)]
        return found

    @property
    def supervisor(self) -> int:
        pid: int = json.loads((self.shell.folder / "services.json").read_text())["pid"]
        return pid

    def stop(self) -> int:
        """Tell the supervisor to stop; return what make says then (told itself, make would name the signal)."""
        assert self.process
        os.kill(self.supervisor, signal.SIGTERM)
        return self.process.wait(60)


def family(top: int) -> list[int]:
    """Return a process and all that descend from it."""
    children = Path(f"/proc/{top}/task").glob("*/children")
    return [top, *(pid for path in children for child in path.read_text().split() for pid in family(int(child)))]


def environment_of(pid: int) -> dict[str, str]:
    words = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(word.split("=", 1) for word in words if "=" in word)


def status(port: int, path: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        return int(answer.status)


@pytest.fixture(scope="module")
def started_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One folder for this module: its database is prepared once."""
    if not Path("/proc/self").exists():
        pytest.skip("reads the environments of processes in /proc")
    opened = Site(Shell(tmp_path_factory.mktemp("run") / "a folder with spaces"))
    yield opened
    if not opened.ended:
        opened.stop()
    opened.shell.close()


@pytest.fixture
def site(started_once: Site) -> Site:
    if started_once.ended:
        started_once.start()
    return started_once


def test_each_process_says_its_role_and_knows_no_other_credential(site: Site) -> None:
    expected = {
        ("web", "default", "ecship_app"),
        ("worker", "default", "ecship_app"),
        ("beat", "default", "ecship_app"),
        ("security", "default", "ecship_app"),
        ("console", "default", "ecship_app"),
        ("console", "security", "ecship_security"),
        ("security", "security", "ecship_security"),
    }

    wait_until(lambda: site.reported() >= expected, 60)
    # What serves and works is forked after the first of each has said its role.
    wait_until(lambda: all(len(site.environments()[name]) >= 3 for name in ("web", "worker")))
    environments = site.environments()

    assert site.reported() == expected
    secrets = json.loads((site.shell.folder / "secrets.json").read_text())
    for name, found in environments.items():
        asks_across = name in {"security", "console"}
        allowed = {"security_password"} if asks_across else set()
        for environment in found:
            assert "DATABASE_OWNER_URL" not in environment, name
            assert ("DATABASE_SECURITY_URL" in environment) == asks_across, name
            assert ("CONSOLE" in environment) == (name == "console"), name
            assert environment["DATABASE_URL"].startswith("postgresql://ecship_app:"), name
            told = "\n".join(environment.values())
            assert {secret for secret in SECRETS if secrets[secret] in told} == allowed, name
    assert len(environments["web"]) >= 3  # gunicorn and its two workers
    assert len(environments["worker"]) >= 3


def test_the_console_answers_at_the_address_of_the_banner_and_serves_staff_alone(site: Site) -> None:
    console = json.loads((site.shell.folder / "console.json").read_text())["CONSOLE_ADDRESS"]
    port = int(console.rpartition(":")[2])

    assert site.says(f"Staff console:    {console}")
    assert "create_staff" in site.output.read_text()
    link = (site.shell.folder / "demo-link").read_text()
    assert site.says(f"{console}{link}"), "how Dana begins"
    assert status(port, link) == 200
    assert (status(port, "/healthz"), status(port, "/en/sign-in/login/")) == (200, 200)
    for closed in ("/en/sign-in/signup/", "/en/track/", "/api/v1/openapi.json"):
        with pytest.raises(HTTPError, match="404"):
            status(port, closed)
    with pytest.raises(HTTPError, match="404"):
        status(site.port, "/en/reference/")


@pytest.mark.parametrize("victim", ["supervisor", pytest.param("make", marks=pytest.mark.nightly)])
def test_nothing_is_left_after_kill_9_and_the_next_run_serves_the_same_data(site: Site, victim: str) -> None:
    assert site.process
    password = (site.shell.folder / "demo-password").read_text()
    pid = site.process.pid if victim == "make" else site.supervisor

    os.kill(pid, signal.SIGKILL)
    site.process.wait(60)

    wait_until(lambda: not site.shell.running(), 60)
    wait_until(lambda: not ports.is_taken(site.port))
    site.start()
    assert status(site.port, "/en/") == 200
    assert not site.says("Preparing the database")
    assert (site.shell.folder / "demo-password").read_text() == password
    assert answers(site.port)


def test_sigterm_stops_everything_and_the_exit_code_says_so(site: Site) -> None:
    assert site.stop() == 0

    assert not site.shell.running()
    assert not ports.is_taken(site.port)
    assert not (site.shell.folder / "services.json").exists()


@pytest.mark.nightly
def test_two_sites_side_by_side_serve_and_stop_alone(site: Site, shell: Shell) -> None:
    second = Site(shell)
    second.start()

    assert (status(site.port, "/healthz"), status(second.port, "/healthz")) == (200, 200)
    assert second.stop() == 0
    assert status(site.port, "/en/") == 200
