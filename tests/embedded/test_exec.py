"""`python -m ecship.embedded exec`: services for one command."""

import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from tests.embedded.conftest import Shell, wait_until

SHOW_ROLES = """
import json, os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    rows = connection.execute(
        "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolcanlogin, rolreplication"
        " FROM pg_roles WHERE rolname LIKE 'ecship%' ORDER BY rolname").fetchall()
    owner = connection.execute(
        "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datlocprovider::text"
        " FROM pg_database WHERE datname = 'ecship'").fetchone()
    version = connection.info.server_version
try:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE mine ()")
        created = True
except psycopg.errors.InsufficientPrivilege:
    created = False
print(json.dumps([rows, owner, version, created]))
"""
TEST_DATABASE = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname="postgres", autocommit=True) as connection:
    connection.execute("CREATE DATABASE test_ecship")
for name in ("DATABASE_URL", "DATABASE_SECURITY_URL"):
    with psycopg.connect(os.environ[name], dbname="test_ecship") as connection:
        print(connection.execute("SELECT current_user").fetchone()[0])
"""
SHOW_REDIS = """
import os, redis
client = redis.Redis.from_url(os.environ["REDIS_URL"])
print(client.config_get("maxmemory-policy")["maxmemory-policy"], client.config_get("bind")["bind"])
"""
WAIT = "import os, json, time; print(json.dumps(dict(os.environ)), flush=True); time.sleep(300)"


def python(shell: Shell, script: str) -> str:
    answer = shell.run("exec", "--", sys.executable, "-c", script)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def started(shell: Shell, **more: str) -> tuple[Any, dict[str, str]]:
    """Start a command that only waits; return its supervisor and the environment it was given."""
    process = shell.start("exec", "--", sys.executable, "-c", WAIT, **more)
    assert process.stdout
    return process, json.loads(process.stdout.readline())


def test_roles_have_the_rights_of_production_and_no_others(shell: Shell) -> None:
    rows, database, version, created = json.loads(python(shell, SHOW_ROLES))

    #      name, superuser, creates databases, creates roles, passes by row-level security, signs in, replicates
    assert rows == [
        ["ecship_app", False, False, False, False, True, False],
        ["ecship_owner", False, True, False, False, True, False],
        ["ecship_security", False, False, False, False, True, False],
    ]
    assert database == ["ecship_owner", "UTF8", "C", "c"]
    assert version // 10000 == 18
    assert not created


def test_all_roles_reach_a_test_database_of_the_owner(shell: Shell) -> None:
    assert python(shell, TEST_DATABASE).split() == ["ecship_app", "ecship_security"]


def test_redis_listens_on_loopback_and_never_evicts(shell: Shell) -> None:
    assert python(shell, SHOW_REDIS).split() == ["noeviction", "127.0.0.1"]


def test_exit_code_is_the_commands_and_nothing_is_left(shell: Shell) -> None:
    answer = shell.run("exec", "--", "sh", "-c", "exit 7")

    assert answer.returncode == 7
    assert not shell.running()


def test_given_addresses_are_used_and_nothing_is_started(shell: Shell) -> None:
    given = {"DATABASE_URL": "postgresql://me@db.example/mine", "REDIS_URL": "redis://cache.example/0"}

    answer = shell.run("exec", "--", "sh", "-c", 'echo "$DATABASE_URL $REDIS_URL $DATABASE_OWNER_URL"', **given)

    assert answer.stdout.strip() == "postgresql://me@db.example/mine redis://cache.example/0"
    assert not list(shell.folder.glob("exec/*/postgres"))


def test_passwords_are_asked_for_and_kept_private(shell: Shell) -> None:
    process, environment = started(shell)

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(re.sub(r":[^:@/]+@", ":wrong@", environment["DATABASE_URL"]))
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(re.sub(r":[^:@/]+@", "", environment["REDIS_URL"])).ping()
    files = list(Path(environment["RUN_DIR"]).glob("*.json"))
    assert files
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
    assert environment["RUN_DIR"].startswith(str(shell.folder))
    process.terminate()
    assert process.wait(30) == 128 + signal.SIGTERM
    assert not shell.running()


def test_two_commands_side_by_side_never_meet(shell: Shell) -> None:
    _, first = started(shell)
    _, second = started(shell)

    assert len({environment["DATABASE_URL"] for environment in (first, second)}) == 2
    assert len({environment["REDIS_URL"] for environment in (first, second)}) == 2


def test_nothing_is_left_after_kill_9_and_the_next_start_recovers(shell: Shell) -> None:
    process, first = started(shell)
    with psycopg.connect(first["DATABASE_OWNER_URL"]) as connection:
        connection.execute("CREATE TABLE kept ()")

    os.kill(process.pid, signal.SIGKILL)
    _, second = started(shell)

    assert second["RUN_DIR"] == first["RUN_DIR"]
    with psycopg.connect(second["DATABASE_OWNER_URL"]) as connection:
        connection.execute("TABLE kept")
    wait_until(lambda: not any(word_of(first, pid) for pid in shell.running()))


def word_of(environment: dict[str, str], pid: int) -> bool:
    """Tell whether a running process was given the addresses of an earlier start."""
    try:
        return environment["DATABASE_URL"].encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


def test_leftovers_are_ended_even_when_their_guards_were_killed_too(shell: Shell) -> None:
    process, _ = started(shell)
    records = [json.loads(path.read_text()) for path in shell.folder.glob("exec/1/processes/*.json")]
    assert len(records) == 2

    os.kill(process.pid, signal.SIGKILL)
    for record in records:
        os.kill(record["guard"], signal.SIGKILL)

    wait_until(lambda: not shell.running())
    assert shell.run("exec", "--", "true").returncode == 0


def test_a_stale_pid_of_somebody_else_is_left_alone(shell: Shell) -> None:
    assert shell.run("exec", "--", "true").returncode == 0
    record = {"pid": os.getpid(), "started": "long ago", "stop": "SIGKILL", "guard": os.getpid(), "guard_started": ""}
    (shell.folder / "exec/1/processes/postgres.json").write_text(json.dumps(record))
    (next(shell.folder.glob("exec/1/postgres/data"), None) or shell.folder).joinpath("postmaster.pid").write_text(
        f"{os.getpid()}\n"
    )

    assert shell.run("exec", "--", "true").returncode == 0


OLDEST = "/usr/lib/postgresql/15/bin"  # where Debian's postgresql-15 puts its programs


def test_another_postgresql_serves_from_its_own_data(shell: Shell) -> None:
    if not Path(OLDEST, "postgres").exists():
        pytest.skip(f"PostgreSQL 15 is not in {OLDEST}")
    assert shell.run("exec", "--", "true").returncode == 0

    answer = shell.run("exec", "--", sys.executable, "-c", SHOW_ROLES, PG_BIN=OLDEST)

    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)[2] // 10000 == 15
    assert shell.run("exec", "--", "true").returncode == 0


def test_a_folder_without_postgresql_is_named(shell: Shell) -> None:
    answer = shell.run("exec", "--", "true", PG_BIN="/nowhere/bin")

    assert answer.returncode == 1
    assert "there is no postgres and initdb in /nowhere/bin" in answer.stderr
