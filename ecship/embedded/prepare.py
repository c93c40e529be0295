"""Migrations, reference data and the demo cast; skipped when nothing they depend on has changed."""

import subprocess
import sys
from collections.abc import Mapping

from ecship.embedded import keys
from ecship.embedded.errors import EmbeddedError
from ecship.embedded.fingerprint import fingerprint
from ecship.embedded.places import PROJECT, Home

FILE = "prepared.json"
SOURCES = (
    "requirements/base.txt",
    "*/migrations/*.py",
    "*/data/**/*",
    "*/tariff/**/*.py",
    "*/demo*.py",
    "*/demo/**/*",
    "ecship/management/commands/bootstrap.py",
    "security/operations.py",
    "security/sql/**/*",
)


def prepare(home: Home, environment: Mapping[str, str], runtime: Mapping[str, str], *, database: str) -> None:
    """Bring the database up to date: tables as their owner, everything else as the runtime role.

    `database` names it: the given address, or "" for our own, whose port is another one at each start.
    """
    wanted = fingerprint(SOURCES, also=database)
    if home.read(FILE).get("fingerprint") == wanted:
        return
    if not environment.get("DATABASE_OWNER_URL"):
        raise EmbeddedError("DATABASE_URL is given; give DATABASE_OWNER_URL too, the address for migrations.")
    print("Preparing the database ...", flush=True)
    keys.demo_password(home)
    _manage(environment, "migrate", "--verbosity=1")
    password, link = home.path / keys.DEMO_PASSWORD_FILE, home.path / keys.DEMO_LINK_FILE
    _manage(runtime, "bootstrap", f"--demo-password-file={password}", f"--demo-link-file={link}")
    home.write(FILE, {"fingerprint": wanted})


def _manage(environment: Mapping[str, str], *arguments: str) -> None:
    command = [sys.executable, str(PROJECT / "manage.py"), *arguments]
    if subprocess.run(command, cwd=PROJECT, env=dict(environment), check=False).returncode:  # noqa: S603
        raise EmbeddedError(f"`manage.py {arguments[0]}` failed; the reason is above.")
