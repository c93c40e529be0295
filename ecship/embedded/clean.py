"""Removing all that the embedded services made."""

import shutil
from pathlib import Path

from ecship.embedded.errors import EmbeddedError
from ecship.embedded.places import Home, Lock
from ecship.embedded.processes import end_leftovers
from ecship.embedded.unprivileged import remove_place


def clean(path: Path) -> int:
    """Remove the site's data and those of the commands; refuse while any of them runs."""
    homes = [Home(path), *(Home(folder) for folder in sorted((path / "exec").glob("[0-9]*")))]
    homes = [home for home in homes if (home.path / "lock").exists()]
    locks = [Lock(home) for home in homes]
    if not all(lock.take() for lock in locks):
        raise EmbeddedError(f"Something in {path} is running; stop it first.")
    for home in homes:
        end_leftovers(home)
        remove_place(home)
    for home in reversed(homes):
        shutil.rmtree(home.path)
    return 0
