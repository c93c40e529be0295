"""The simulator against a running server on loopback: real requests, real workers, real time, bounded in both.

Accounts for it are made beforehand, on the very site that is asked, by whoever fills `CAST`. A thief asks for what is
another account's, a guesser for ids that exist nowhere, and ordinary people meanwhile do their work. What is measured
is what a client sees: records of others that came out, how long until it is refused everywhere, and who was wrongly
slowed down.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener
from uuid import UUID, uuid4

MOST_SECONDS = 120
MOST_REQUESTS = 2_000
TIMEOUT = 10.0  # seconds, of one request
CALM = 0.8  # seconds between two requests of an ordinary person
MARK = "SIMULATED"  # stands in every record that was made, to find it in an answer


class NotLoopback(ValueError):
    """The target is another machine, or may be one."""


@dataclass(frozen=True)
class Player:
    """Somebody with an account: what their requests carry, who they are in findings, and what they own."""

    name: str
    headers: dict[str, str]
    actor_id: UUID
    read: Callable[[UUID], str]  # the path of a contact
    lists: str  # the path of their list
    contacts: tuple[UUID, ...]


class Cast(Protocol):
    """Makes players; the floors above fill it."""

    def make(self, *, name: str, by: str) -> Player:
        """Open an account with a few contacts; `by` is `key` or `session`."""


CAST: list[Cast] = []


def target(address: str) -> str:
    """Return the address's origin. Raises NotLoopback, whatever else it is."""
    parts = urlsplit(address)
    try:
        port, host = parts.port, parts.hostname or ""
        found = {entry[4][0] for entry in socket.getaddrinfo(host, port or 80, type=socket.SOCK_STREAM)}
    except (ValueError, OSError) as error:
        raise NotLoopback(address) from error
    is_near = bool(found) and all(ipaddress.ip_address(str(one)).is_loopback for one in found)
    if parts.scheme not in {"http", "https"} or parts.username or not is_near:
        raise NotLoopback(address)
    # The number that was looked at, and not the name, which may mean another machine a moment later.
    one = sorted(map(str, found))[0]
    return f"{parts.scheme}://{f'[{one}]' if ':' in one else one}{f':{port}' if port else ''}"


@dataclass
class Seen:
    """What one player met: answers by status, records of others, and moments in seconds from their first request."""

    player: Player
    asked: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    records_out: int = 0
    slowed: float | None = None
    refused: float | None = None
    after_refused: int = 0  # answers with anything in them after that

    @property
    def disturbed(self) -> float | None:
        """When they were slowed down or refused, whichever was first."""
        return min((at for at in (self.slowed, self.refused) if at is not None), default=None)

    @property
    def is_disturbed(self) -> bool:
        return self.disturbed is not None


class Client:
    """Sends a player's requests. It follows no redirect, and goes by no proxy."""

    def __init__(self, origin: str, player: Player) -> None:
        self.origin, self.seen = origin, Seen(player)
        self.opener: OpenerDirector = build_opener(ProxyHandler({}), _NoRedirect())
        self.began = 0.0

    def get(self, path: str, *, is_foreign: bool = False) -> int:
        """Ask for a path; note what came of it, and return the status (0 where nobody answered)."""
        self.began = self.began or time.monotonic()
        status, body = self._send(path)
        at, seen = time.monotonic() - self.began, self.seen
        seen.asked += 1
        seen.statuses[status] = seen.statuses.get(status, 0) + 1
        if is_foreign and MARK in body:
            seen.records_out += 1
        if status == 200 and seen.refused is not None:
            seen.after_refused += 1
        if status == 429 and seen.slowed is None:
            seen.slowed = at
        if status in {302, 401, 403} and seen.refused is None:
            seen.refused = at
        return status

    def _send(self, path: str) -> tuple[int, str]:
        request = Request(self.origin + path, headers=self.seen.player.headers)  # noqa: S310 - `target` checked it
        try:
            with self.opener.open(request, timeout=TIMEOUT) as answer:
                return answer.status, answer.read(200_000).decode("utf-8", "replace")
        except HTTPError as error:
            with error:
                return error.code, error.read(200_000).decode("utf-8", "replace")
        except (URLError, OSError):
            return 0, ""


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


@dataclass(frozen=True)
class Outcome:
    """What came of a run."""

    thieves: list[Seen]
    guessers: list[Seen]
    ordinary: list[Seen]
    seconds: float

    @property
    def false_alarms(self) -> int:
        return sum(one.is_disturbed for one in self.ordinary)

    def failures(self) -> list[str]:
        found = [f"{one.player.name}: {one.records_out} records of others came out" for one in self.thieves
                 if one.records_out]  # fmt: skip
        found += [f"{one.player.name} was never refused" for one in self.thieves if one.refused is None]
        found += [
            f"{one.player.name} was answered {one.after_refused} times after"
            for one in self.thieves
            if one.after_refused
        ]
        found += [f"{one.player.name} was never slowed down" for one in self.guessers if not one.is_disturbed]
        found += [f"{one.player.name} was disturbed" for one in self.ordinary if one.is_disturbed]
        return found


def run(origin: str, *, people: int, seconds: float) -> Outcome:
    """Let two thieves, two guessers and so many ordinary people work for so long at most."""
    cast, until = CAST[0], time.monotonic() + min(seconds, MOST_SECONDS)
    victim = cast.make(name="victim", by="key")
    thieves = [Client(origin, cast.make(name=f"thief by {by}", by=by)) for by in ("key", "session")]
    guessers = [Client(origin, cast.make(name=f"guesser by {by}", by=by)) for by in ("key", "session")]
    ordinary = [
        Client(origin, cast.make(name=f"ordinary {number} by {by}", by=by))
        for number in range(people)
        for by in (("key", "session")[number % 2],)
    ]
    began, over = time.monotonic(), threading.Event()
    bystanders = _started([(_work, one, until, over) for one in ordinary])
    attackers = _started([(_steal, one, until, victim.contacts) for one in thieves])
    attackers += _started([(_guess, one, until) for one in guessers])
    for thread in attackers:
        thread.join()
    over.set()
    for thread in bystanders:
        thread.join()
    return Outcome(_seen(thieves), _seen(guessers), _seen(ordinary), time.monotonic() - began)


def _seen(clients: Sequence[Client]) -> list[Seen]:
    return [one.seen for one in clients]


def _started(works: Sequence[tuple[Any, ...]]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, args=arguments, daemon=True) for work, *arguments in works]
    for thread in threads:
        thread.start()
    return threads


def _goes_on(client: Client, until: float) -> bool:
    return time.monotonic() < until and client.seen.asked < MOST_REQUESTS


def _work(client: Client, until: float, over: threading.Event) -> None:
    """Read one's own list and contacts, at ease, until the others are done."""
    player = client.seen.player
    for number in range(MOST_REQUESTS):
        if over.is_set() or not _goes_on(client, until):
            return
        path = player.lists if number % 5 == 0 else player.read(player.contacts[number % len(player.contacts)])
        client.get(path)
        time.sleep(CALM)


def _steal(client: Client, until: float, ids: Sequence[UUID]) -> None:
    """Ask for another account's contacts until refused, and ten times more for one's own."""
    player, after = client.seen.player, 0
    client.get(player.lists)
    client.began = 0.0
    while _goes_on(client, until) and after < 10:
        if client.seen.refused is None:
            client.get(player.read(ids[client.seen.asked % len(ids)]), is_foreign=True)
        else:
            after += 1
            client.get(player.lists)
        time.sleep(0.05)


def _guess(client: Client, until: float) -> None:
    while _goes_on(client, until) and not client.seen.is_disturbed:
        client.get(client.seen.player.read(uuid4()))
        time.sleep(0.1)
