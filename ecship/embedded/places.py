"""Where things lie: one folder holds all that the embedded services make."""

import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ecship.embedded.errors import EmbeddedError

PROJECT = Path(__file__).resolve().parents[2]
LEAST_FREE_BYTES = 500 * 1024 * 1024


def run_folder(environment: Mapping[str, str]) -> Path:
    """Return RUN_DIR, by default `.run` in the project."""
    return Path(environment.get("RUN_DIR") or PROJECT / ".run").expanduser().absolute()


@dataclass(frozen=True)
class Home:
    """One folder with one set of services; two homes never meet."""

    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "log"

    @property
    def records(self) -> Path:
        """A file for each process of ours that runs, so that a later start can end what was left behind."""
        return self.path / "processes"

    @property
    def mail(self) -> Path:
        return self.path / "mail"

    def make(self) -> None:
        """Create the folders. Others may pass through (the database server is another user) but not look."""
        check_space(self.path)
        for folder in (self.path, self.logs, self.records, self.mail):
            folder.mkdir(parents=True, exist_ok=True)
        if self.path.stat().st_uid == os.geteuid():
            self.path.chmod(0o711)
        for private in (self.logs, self.records, self.mail):
            private.chmod(0o700)

    def read(self, name: str) -> dict[str, Any]:
        """Return a small JSON file of the home; an absent or half-written one is empty."""
        try:
            content = json.loads((self.path / name).read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return content if isinstance(content, dict) else {}

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        write_private(self.path / name, json.dumps(content, indent=1))


def write_private(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner only."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def check_space(path: Path) -> None:
    """Refuse to start on a nearly full disk: a database that cannot write is worse than none."""
    there = next(parent for parent in (path, *path.parents) if parent.exists())
    free = shutil.disk_usage(there).free
    if free < LEAST_FREE_BYTES:
        raise EmbeddedError(
            f"The disk that holds {path} has only {free // 2**20} MB left; {LEAST_FREE_BYTES // 2**20} MB are needed. "
            "Free some space, or choose another disk with RUN_DIR=/path."
        )


class Lock:
    """One supervisor to a home. A record lock, because forked children must not keep it alive."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.file: IO[str] | None = None

    def take(self) -> bool:
        self.home.path.mkdir(parents=True, exist_ok=True)
        file = (self.home.path / "lock").open("a+")
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self.file = file
        return True

    def release(self) -> None:
        if self.file:
            self.file.close()
            self.file = None
