"""The local site's own secrets: made once for each home, never part of the project."""

import base64
import secrets
from dataclasses import asdict, dataclass, field

from ecship.embedded.places import Home, write_private

FILE = "secrets.json"
DEMO_PASSWORD_FILE = "demo-password"  # noqa: S105
DEMO_LINK_FILE = "demo-link"  # the path by which the demo's member of staff begins in the console
DEMO_LINK_SECONDS = 24 * 60 * 60  # as accounts.staff lets a link live


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _password() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Secrets:
    """Keys are 32 random bytes in base64; passwords are safe inside an address."""

    secret_key: str = field(default_factory=_key)
    context_key: str = field(default_factory=_key)
    kek: str = field(default_factory=_key)
    seal_key: str = field(default_factory=_key)
    postgres_password: str = field(default_factory=_password)
    owner_password: str = field(default_factory=_password)
    app_password: str = field(default_factory=_password)
    security_password: str = field(default_factory=_password)
    redis_password: str = field(default_factory=_password)

    def environment(self) -> dict[str, str]:
        return {
            "SECRET_KEY": self.secret_key,
            "ECSHIP_CONTEXT_KEY": self.context_key,
            "ECSHIP_KEK": self.kek,
            "ECSHIP_SEAL_KEY": self.seal_key,
        }


def secrets_of(home: Home) -> Secrets:
    """Return the home's secrets, making the missing ones."""
    known = {name: str(value) for name, value in home.read(FILE).items() if name in Secrets.__dataclass_fields__}
    made = Secrets(**known)
    if asdict(made) != known:
        home.write(FILE, asdict(made))
    return made


def demo_password(home: Home) -> str:
    """Return the password of the demo people of this home."""
    path = home.path / DEMO_PASSWORD_FILE
    if not path.exists():
        write_private(path, "-".join(secrets.token_hex(2) for _ in range(4)) + "\n")
    return path.read_text().strip()


def demo_link(home: Home, *, now: float) -> str:
    """Return the path by which the demo's member of staff begins; "" for none, or where it was made a day ago."""
    path = home.path / DEMO_LINK_FILE
    try:
        return path.read_text().strip() if now - path.stat().st_mtime < DEMO_LINK_SECONDS else ""
    except FileNotFoundError:
        return ""
