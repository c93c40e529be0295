"""What `make run` prints when the site answers: where it is and who may sign in.

`python -m ecship.embedded.banner PORT` only asks whether it answers: the image's health check.
"""

import http.client
import os
import sys
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from ecship.embedded.ports import LOOPBACK

ANSWER_SECONDS = 120.0
CAST = {
    "alice@example.com": "owns a business account",
    "bob@example.com": "works in it, as a clerk",
    "charlie@example.com": "a stranger with an account of his own",
}


@dataclass(frozen=True)
class Banner:
    """All that a person needs to begin."""

    address: str
    console: str
    password: str
    mail: Path
    link: str  # the path by which Dana begins in the console, once; "" where it is too old

    def __str__(self) -> str:
        people = "\n".join(f"    {email:<22}{who}" for email, who in CAST.items())
        line = "=" * 78
        return (
            f"\n{line}\n"
            f"  ECShip is ready:  {self.address}\n\n"
            f"  Sign in as (password for all three: {self.password})\n{people}\n\n"
            f"  Staff console:    {self.console}\n"
            f"{self._dana()}\n"
            f"  Mails land in  {self.mail}\n"
            f"  Stop with      Ctrl-C\n{line}\n"
        )

    def _dana(self) -> str:
        """Say how Dana comes in: with a password and an app of her own, set up behind a link that works once."""
        again = '    Another link:   make manage ARGS="create_staff --email dana@example.com --role security"\n'
        if not self.link:
            return f"    dana@example.com, security staff, signs in with an authenticator app\n{again}"
        return (
            "    dana@example.com, security staff, begins here, once, with an authenticator app:\n"
            f"    {self.console}{self.link}\n{again}"
        )


def announce_when_ready(ports: Collection[int], banner: Banner, say: Callable[[str], None]) -> None:
    """Wait in the background until site and console answer, then say so."""
    threading.Thread(target=_wait_and_say, args=(ports, banner, say), daemon=True).start()


def _wait_and_say(ports: Collection[int], banner: Banner, say: Callable[[str], None]) -> None:
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        if all(answers(port) for port in ports):
            say(str(banner))
            return
        time.sleep(0.2)
    say(f"The site does not answer at {banner.address}; see the lines above.")


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        connection.request("GET", "/healthz", headers={"Host": _host(), "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _host() -> str:
    """Return a name that the site listens to."""
    return os.environ.get("ALLOWED_HOSTS", LOOPBACK).split(",")[0].strip() or LOOPBACK


if __name__ == "__main__":
    sys.exit(0 if answers(int(sys.argv[1])) else 1)
