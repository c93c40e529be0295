"""What is built from sources before a page can be seen: front-end packages, stylesheet, message catalogues."""

import fcntl
import subprocess
import sys
from pathlib import Path

from ecship.embedded.errors import EmbeddedError
from ecship.embedded.fingerprint import fingerprint
from ecship.embedded.node import npm
from ecship.embedded.places import PROJECT

PACKAGES = ("package.json", "package-lock.json", ".npmrc")
PACKAGES_STAMP = PROJECT / "node_modules" / ".ecship-packages"
STYLESHEET = PROJECT / "static" / "build" / "app.css"


def build(*, anew: bool = False) -> None:
    """Bring everything up to date; one at a time in a project, because the folders are shared."""
    lock = PROJECT / "static" / "build"
    lock.mkdir(parents=True, exist_ok=True)
    with (lock / ".lock").open("w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        _fetch_packages()
        _build_face(anew=anew)
        _build_messages()


def _fetch_packages() -> None:
    wanted = fingerprint(PACKAGES)
    if _stamp(PACKAGES_STAMP) == wanted:
        return
    print("Fetching front-end packages ...", flush=True)
    npm("ci", "--no-audit", "--no-fund", "--ignore-scripts")
    PACKAGES_STAMP.write_text(wanted)


def _build_face(*, anew: bool) -> None:
    """Fill static/build; what is there and newer than its sources stays."""
    if anew:
        STYLESHEET.unlink(missing_ok=True)
    answer = subprocess.run([sys.executable, "-m", "ecship.frontend"], cwd=PROJECT, check=False)
    if answer.returncode:
        raise EmbeddedError("The stylesheet and scripts could not be built; the reason is above.")


def _build_messages() -> None:
    answer = subprocess.run([sys.executable, "-m", "ecship.messages_build"], cwd=PROJECT, check=False)
    if answer.returncode:
        raise EmbeddedError("The message catalogues could not be built; the reason is above.")


def _stamp(path: Path) -> str:
    return path.read_text() if path.exists() else ""
