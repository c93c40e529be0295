"""Who runs the database server, and from where.

PostgreSQL refuses to run as root, so root hands it to an existing unprivileged user. That user may be unable to reach
the project or the wheel (below `/root`, say). Parent folders keep their permissions: the binaries are copied and the
data put into a private folder of that user instead, and the home remembers where.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ecship.embedded.errors import EmbeddedError
from ecship.embedded.places import Home

CANDIDATES = ("postgres", "nobody")
FILE = "postgres-place.json"
PARTS = ("bin/postgres", "bin/initdb", "lib", "share")


@dataclass(frozen=True)
class Server:
    """The installation to run, the folder for its data, and `uid:gid` of who runs it ("" for ourselves)."""

    installation: Path
    folder: Path
    user: str

    @property
    def identity(self) -> tuple[int, int] | tuple[None, None]:
        if not self.user:
            return None, None
        uid, gid = self.user.split(":")
        return int(uid), int(gid)


def server_of(home: Home, installation: Path) -> Server:
    if os.geteuid() != 0:
        folder = home.path / "postgres"
        folder.mkdir(mode=0o700, exist_ok=True)
        return Server(installation, folder, "")
    who = _somebody()
    user = f"{who.pw_uid}:{who.pw_gid}"
    if place := home.read(FILE).get("place"):
        if _is_owned(Path(place), who):
            return _in_place(Path(place), installation, user, who)
        if not (home.path / "postgres" / "data").exists() and Path(place).exists():
            raise EmbeddedError(f"{place} should hold the database of {home.path} but belongs to somebody else.")
    folder = home.path / "postgres"
    folder.mkdir(mode=0o700, exist_ok=True)
    os.chown(folder, who.pw_uid, who.pw_gid)
    if _may(who, folder, installation):
        return Server(installation, folder, user)
    folder.rmdir()
    made = Path(tempfile.mkdtemp(prefix="ecship-postgres-", dir=_roomy()))
    os.chown(made, who.pw_uid, who.pw_gid)
    home.write(FILE, {"place": str(made)})
    return _in_place(made, installation, user, who)


def remove_place(home: Home) -> None:
    """Remove the folder outside the home, if there is one."""
    place = home.read(FILE).get("place")
    if place and _is_owned(Path(place), _somebody()):
        shutil.rmtree(place)


def _in_place(place: Path, installation: Path, user: str, who: pwd.struct_passwd) -> Server:
    """Use the wheel's binaries where they can be reached, else a copy that belongs to root."""
    if _may(who, place, installation):
        return Server(installation, place, user)
    packages = place / "server"
    package, inside = installation.parent, Path(installation.parent.name) / installation.name
    if not packages.exists():
        fresh = place / "server.new"
        shutil.rmtree(fresh, ignore_errors=True)
        for part in PARTS:
            _copy(installation / part, fresh / inside / part)
        libraries = package.with_name(f"{package.name}.libs")  # found by the programs relative to themselves
        if libraries.exists():
            _copy(libraries, fresh / libraries.name)
        fresh.rename(packages)
    return Server(packages / inside, place, user)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)


def _somebody() -> pwd.struct_passwd:
    for name in CANDIDATES:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedError(
        "PostgreSQL does not run as root and neither the user postgres nor nobody exists. "
        "Start as another user, or give DATABASE_URL and DATABASE_OWNER_URL."
    )


def _may(who: pwd.struct_passwd, folder: Path, installation: Path) -> bool:
    """Ask as that user: permissions, access lists and mount options all count."""
    shared = "$2/share/postgresql/postgres.bki"  # of a distribution's server it lies elsewhere, readable by all
    test = f'test -w "$1" && {{ test -r "{shared}" || test ! -e "{shared}"; }} && exec "$2/bin/postgres" --version'
    answer = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", test, "sh", str(folder), str(installation)],
        user=who.pw_uid,
        group=who.pw_gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        check=False,
    )
    return answer.returncode == 0


def _is_owned(place: Path, who: pwd.struct_passwd) -> bool:
    return place.is_dir() and not place.is_symlink() and place.stat().st_uid == who.pw_uid


def _roomy() -> str:
    return "/var/tmp" if Path("/var/tmp").is_dir() else tempfile.gettempdir()  # noqa: S108
