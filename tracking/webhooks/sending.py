"""Sending one message to a receiver, who may be slow, silent, endless or hostile.

The connection goes to the very address that was looked at, with the name in TLS and in `Host`; it is led nowhere else,
no proxy of the environment is asked, and neither time nor size is the receiver's to choose. What it answers is thrown
away unread but for its status.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from threading import Timer
from time import monotonic

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError

from tracking.webhooks.models import Failure
from tracking.webhooks.targets import BadTarget, Target, check, places_of

CONNECT_SECONDS, WRITE_SECONDS, WHOLE_SECONDS = 5.0, 1.0, 15.0
MOST_BYTES = 4_096  # of an answer's body, which nobody looks at
AGENT = "ECShip-Webhooks/1"
GONE = 410


@dataclass(frozen=True)
class Outcome:
    """How an attempt went: the status where there was one, and why it failed; "" for what was taken."""

    status_code: int | None
    failure: str

    @property
    def is_delivered(self) -> bool:
        return not self.failure


def post(
    url: str, headers: dict[str, str], body: bytes, *, leaving: Callable[[], AbstractContextManager[None]]
) -> Outcome:
    """Send a message. `leaving` is entered when the connection stands, and left when the message is written.

    What it raises (a suspension) is raised: then nothing has left.
    """
    ends = monotonic() + WHOLE_SECONDS
    try:
        target = check(url)
        places = places_of(target)
    except BadTarget:
        return Outcome(None, Failure.ADDRESS)
    failure: str = Failure.CONNECTION
    for place in places:
        if (left := ends - monotonic()) <= 0:
            return Outcome(None, Failure.TIMEOUT)
        connection = _connection(target, place, seconds=min(CONNECT_SECONDS, left))
        cut = Timer(left, connection.cut)  # a receiver that sends a byte now and then never times out by itself
        cut.daemon = True
        cut.start()
        try:
            if failed := _connect(connection):
                failure = failed
                continue
            return _exchange(connection, target, headers, body, ends=ends, leaving=leaving)
        finally:
            cut.cancel()
            connection.let_go()
    return Outcome(None, failure)


class _Held:
    """Keeps a second hold of its socket, by which another thread can end what this one waits for, also within TLS."""

    hold: socket.socket | None = None
    was_cut = False

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        self.hold = made.dup()
        return made

    def cut(self) -> None:
        self.was_cut = True
        if self.hold is not None:
            with suppress(OSError):
                self.hold.shutdown(socket.SHUT_RDWR)

    def let_go(self) -> None:
        self.close()  # type: ignore[attr-defined]
        if self.hold is not None:
            self.hold.close()


class Plain(_Held, HTTPConnection):
    """On loopback, in tests."""


class Secure(_Held, HTTPSConnection):
    """To an address, under the name that its certificate must have."""


@cache
def trusted() -> ssl.SSLContext:
    """Return whom we trust: the certificate authorities that browsers trust. Names are checked."""
    return ssl.create_default_context(cafile=certifi.where())


def _connection(target: Target, place: str, *, seconds: float) -> Plain | Secure:
    if not target.is_tls:
        return Plain(place, target.port, timeout=seconds)
    return Secure(place, target.port, timeout=seconds, ssl_context=trusted(), server_hostname=target.host)


def _connect(connection: Plain | Secure) -> str:
    """Connect, with TLS; return why that failed, "" where it did not."""
    try:
        connection.connect()
    except NewConnectionError:  # of urllib3's, a ConnectTimeoutError too
        return Failure.CONNECTION
    except (ConnectTimeoutError, TimeoutError):
        return Failure.TIMEOUT
    except (HTTPError, OSError) as error:
        if connection.was_cut:
            return Failure.TIMEOUT
        return Failure.TLS if isinstance(error, ssl.SSLError) else Failure.CONNECTION
    return ""


def _exchange(
    connection: Plain | Secure,
    target: Target,
    headers: dict[str, str],
    body: bytes,
    *,
    ends: float,
    leaving: Callable[[], AbstractContextManager[None]],
) -> Outcome:
    try:
        own = {"Host": target.host_header, "User-Agent": AGENT, "Content-Type": "application/json"}
        with leaving():
            connection.sock.settimeout(WRITE_SECONDS)  # it fits into our own system's buffer
            connection.request("POST", target.path, body=body, headers={**own, **headers}, preload_content=False)
        connection.timeout = max(ends - monotonic(), 0.1)
        answer = connection.getresponse()
        with suppress(HTTPError, HTTPException, OSError):  # it has said what matters
            answer.read(MOST_BYTES, decode_content=False)
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        is_late = isinstance(error, ReadTimeoutError | TimeoutError) or connection.was_cut
        return Outcome(None, Failure.TIMEOUT if is_late else Failure.ANSWER)
    return Outcome(answer.status, _failure_of(answer.status))


def _failure_of(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if status == GONE:
        return Failure.GONE
    return Failure.REDIRECT if 300 <= status < 400 else Failure.STATUS
