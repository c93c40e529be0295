"""What is said before anything starts."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from ecship.embedded import unprivileged
from ecship.embedded.errors import EmbeddedError
from ecship.embedded.keys import demo_password, secrets_of
from ecship.embedded.places import PROJECT, Home, Lock
from ecship.embedded.site import runtime_environment
from tests.embedded.conftest import Shell


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_taken_port_is_named_with_what_to_do(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answer = shell.run("run", PORT=str(port))

    assert answer.returncode == 1
    assert f"Port {port} is taken" in answer.stderr
    assert f"make run PORT={port + 1}" in answer.stderr


def test_a_port_that_is_none_is_refused(shell: Shell) -> None:
    assert "PORT must be a number" in shell.run("run", PORT="http").stderr


def test_a_full_disk_is_said_before_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 10**9 - 10**8, 10**8))

    with pytest.raises(EmbeddedError, match="only 95 MB left"):
        Home(tmp_path / "home").make()


def test_a_home_is_run_once(shell: Shell) -> None:
    lock = Lock(Home(shell.folder))
    assert lock.take()

    answer = shell.run("run", PORT="18999")

    lock.release()
    assert "is already running" in answer.stderr
    assert "RUN_DIR=" in answer.stderr


def test_secrets_are_made_once_and_for_us_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()

    assert secrets_of(home) == secrets_of(home)
    assert demo_password(home) == demo_password(home)
    assert {path.stat().st_mode & 0o777 for path in home.path.iterdir() if path.is_file()} == {0o600}


def test_web_and_worker_never_know_the_owners_or_the_security_roles_address() -> None:
    known = runtime_environment({"DATABASE_URL": "a", "DATABASE_OWNER_URL": "b", "DATABASE_SECURITY_URL": "c"})

    assert known == {"DATABASE_URL": "a"}


def test_parents_keep_their_permissions_when_the_server_cannot_reach_its_home(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root hands the server to another user")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = Home(closed / "home")
    home.make()
    installation = tmp_path / "no" / "installation"
    for part in ("bin/postgres", "bin/initdb", "lib/x", "share/postgresql/postgres.bki"):
        (installation / part).parent.mkdir(parents=True, exist_ok=True)
        (installation / part).touch(mode=0o755)

    server = unprivileged.server_of(home, installation)

    assert not server.folder.is_relative_to(tmp_path)
    assert server.folder.stat().st_mode & 0o777 == 0o700
    assert unprivileged.server_of(home, installation) == server
    assert closed.stat().st_mode & 0o777 == 0o700
    unprivileged.remove_place(home)
    assert not server.folder.exists()


def test_an_unprivileged_user_runs_both_services_itself(tmp_path: Path) -> None:
    """As root we become somebody else who may read this project, since a root's folder may be closed to others."""
    become: list[str] = []
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("setpriv is not here, so root cannot become another user")
        capability = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *capability]
    tmp_path.chmod(0o777)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    folder = tmp_path / "theirs"
    show = "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL']).close(); print(os.geteuid())"

    answer = subprocess.run(
        [*become, sys.executable, "-m", "ecship.embedded", "exec", "--", sys.executable, "-c", show],
        cwd=PROJECT,
        env={**Shell(folder).environment(), "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    assert int(answer.stdout) != 0
    assert (folder / "exec/1/postgres/data").stat().st_uid == int(answer.stdout)
