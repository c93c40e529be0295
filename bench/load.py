"""A small, cheap client: one kept-alive connection a thread, whole requests as bytes, only what it must know parsed."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from ecship.embedded.ports import LOOPBACK


class Failed(Exception):
    """The server answered with something else than was expected."""


class Client:
    """One connection, as one machine at a customer's would hold it."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token
        self.socket: socket.socket | None = None

    def ask(self, method: str, path: str, body: Any = None) -> bytes:
        """Send a request and return the answer's body. Raises Failed for any status but 200 and 201."""
        sent = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: {LOOPBACK}:{self.port}\r\nAuthorization: Bearer {self.token}\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n"
        if self.socket is None:
            self.socket = socket.create_connection((LOOPBACK, self.port), timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(head.encode() + b"\r\n" + sent)
        return self._answer()

    def _answer(self) -> bytes:
        assert self.socket is not None
        found = b""
        while (end := found.find(b"\r\n\r\n")) < 0:
            found += self._more()
        head, body = found[:end].lower(), found[end + 4 :]
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        while len(body) < length:
            body += self._more()
        if b"connection: close" in head:
            self.socket.close()
            self.socket = None
        if head[9:12] not in {b"200", b"201"}:
            raise Failed(f"{head[:15].decode()} {body[:300].decode()}")
        return body

    def _more(self) -> bytes:
        assert self.socket is not None
        if not (more := self.socket.recv(262_144)):
            raise Failed("The server closed the connection.")
        return more


Act = Callable[[Client, int], object]  # one unit of work; the number tells the units of a run apart


@dataclass
class Run:
    """What some clients got done together."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)  # seconds of each unit

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds if self.seconds else 0.0

    def percentile(self, percent: int) -> float:
        """Return milliseconds."""
        return 1000 * quantiles(self.times, n=100)[percent - 1] if len(self.times) > 1 else 0.0

    def __add__(self, other: Run) -> Run:
        return Run(self.seconds + other.seconds, self.times + other.times)


def run(act: Act, *, port: int, token: str, clients: int, seconds: float) -> Run:
    """Let some clients repeat an act for some seconds. Raises Failed at the first answer that is no success."""
    done, failures = Run(), list[Exception]()
    started = time.perf_counter()
    until = started + seconds

    def work(number: int) -> None:
        client, times, place = Client(port, token), list[float](), number
        try:
            while (began := time.perf_counter()) < until:
                act(client, place)
                times.append(time.perf_counter() - began)
                place += clients
        except Exception as error:  # noqa: BLE001 - handed to the caller below
            failures.append(error)
        done.times.extend(times)
        if client.socket:
            client.socket.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    done.seconds = time.perf_counter() - started
    return done
