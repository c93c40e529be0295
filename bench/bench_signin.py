"""`make bench`: can the time of an answer tell whether an e-mail is known? Signing in, signing up, reset, invitation.

Known and unknown e-mails are asked in turns, known, unknown, known, unknown, in this process, without a network whose
noise would hide a difference, against a database of its own. Each e-mail is asked about once and from an address of its
own, so that no limit answers. BENCH_PAIRS (400) makes it shorter or longer.

For each it prints both medians, their ratio, the chance that somebody who sees one time of each names the known one
(Mann and Whitney's statistic over all pairs: 50 % is a guess), and how likely so large a deviation from 50 % is by
chance alone. Below 1 in 400 the two can be told apart, and the bench fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from math import erfc, sqrt
from statistics import median
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from bench.stage import ADDRESSES
from ecship.embedded.places import PROJECT

PAIRS = int(os.environ.get("BENCH_PAIRS") or 400)
WARM_UP = 20
TOLD_APART = 1 / 400
DATABASE = "bench_signin"
PASSWORD = "correct horse battery staple"  # noqa: S105
Ask = Callable[[str, str], int]


@dataclass(frozen=True)
class Times:
    """Seconds that answers took, for e-mails that are known and that are not."""

    known: list[float]
    unknown: list[float]

    def chance_to_tell(self) -> float:
        """How often the larger of a known and an unknown time is the known one, over all pairs."""
        ranks: dict[float, int] = {}
        for rank, value in enumerate(sorted([*self.known, *self.unknown]), start=1):
            ranks.setdefault(value, rank)
        total = sum(ranks[value] for value in self.known)
        size = len(self.known)
        return (total - size * (size + 1) / 2) / (size * len(self.unknown))

    def by_chance(self) -> float:
        """How likely a chance so far from 50 % is where both are the same (normal approximation, two-sided)."""
        one, other = len(self.known), len(self.unknown)
        deviation = sqrt((one + other + 1) / (12 * one * other))
        return erfc(abs(self.chance_to_tell() - 0.5) / deviation / sqrt(2))


def prepare() -> None:
    """Make the database anew, as its owner, and have Django use it."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        name = sql.Identifier(DATABASE)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    for key in ADDRESSES:
        if os.environ.get(key):
            os.environ[key] = urlunsplit(urlsplit(os.environ[key])._replace(path=f"/{DATABASE}"))
    os.environ["LOG_LEVEL"] = "CRITICAL"
    os.environ["RATE_LIMIT_FACTOR"] = "1000"  # Alice invites more people than one may in a day
    manage = [sys.executable, str(PROJECT / "manage.py")]
    for command in (["migrate", "--verbosity=0"], ["bootstrap"]):
        subprocess.run([*manage, *command], cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecship.settings")
    django.setup()


def people() -> None:
    """Fill the site with people who are known, all with one password's hash; Alice also has an account."""
    from allauth.account.models import EmailAddress
    from django.contrib.auth.hashers import make_password

    from accounts import services
    from accounts.models import User
    from security import scope

    hashed = make_password(PASSWORD)
    with scope.identity():
        users = [User(email=email("known", number), password=hashed) for number in range(WARM_UP + PAIRS)]
        User.objects.bulk_create(users)
        EmailAddress.objects.bulk_create(
            EmailAddress(user=user, email=user.email, primary=True, verified=True) for user in users
        )
        alice = services.create_verified_user(email="alice@example.com", password=PASSWORD)
        services.open_account(user=alice, kind="business")


def email(kind: str, number: int) -> str:
    """Return an e-mail; known and unknown ones are of one length."""
    return f"{'k' if kind == 'known' else 'u'}{number:05}@example.com"


def ways() -> dict[str, Ask]:
    """Return what can be asked about an e-mail, each a function of e-mail and the asker's address."""
    from django.test import Client

    alice = Client()
    answer = alice.post("/en/sign-in/login/", {"login": "alice@example.com", "password": PASSWORD})
    assert answer.status_code == 302, answer.status_code
    new = {"kind": "personal", "account_name": ""}

    def post(path: str, data: dict[str, str], source: str) -> int:
        return Client().post(path, data, REMOTE_ADDR=source).status_code

    return {
        "sign in": lambda who, source: post("/en/sign-in/login/", {"login": who, "password": "wrong one"}, source),
        "sign up": lambda who, source: post("/en/sign-in/signup/", {"email": who, **new}, source),
        "reset": lambda who, source: post("/en/sign-in/password/reset/", {"email": who}, source),
        "invite": lambda who, _source: alice.post("/en/account/invite/", {"email": who, "role": "clerk"}).status_code,
    }


def sources() -> Iterator[str]:
    for number in count():
        yield f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def measure(ask: Ask, source: Iterator[str]) -> Times:
    times = Times([], [])
    statuses = set()
    for number in range(WARM_UP + PAIRS):
        for kind, found in (("known", times.known), ("unknown", times.unknown)):
            who, address = email(kind, number), next(source)
            started = time.perf_counter()
            statuses.add(ask(who, address))
            found.append(time.perf_counter() - started)
    assert len(statuses) == 1, statuses
    assert statuses <= {200, 302}, statuses
    return Times(times.known[WARM_UP:], times.unknown[WARM_UP:])


def main() -> int:
    prepare()
    from django.core.cache import cache

    cache.clear()
    people()
    source, told = sources(), 0
    print(f"{PAIRS} known and {PAIRS} unknown e-mails, in turns")
    print(f"{'':10}{'known':>10}{'unknown':>10}{'ratio':>8}{'named':>9}{'by chance':>11}")
    for name, ask in ways().items():
        times = measure(ask, source)
        known, unknown = median(times.known) * 1000, median(times.unknown) * 1000
        by_chance = times.by_chance()
        apart = by_chance < TOLD_APART
        told += apart
        print(
            f"{name:10}{known:8.2f}ms{unknown:8.2f}ms{known / unknown:8.3f}{times.chance_to_tell():9.1%}"
            f"{by_chance:11.3f}  {'TOLD APART' if apart else 'cannot be told apart'}"
        )
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
