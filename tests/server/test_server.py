"""The real server process, asked by sockets that know no manners."""

from __future__ import annotations

import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from django.db import connections

from accounts import keys
from accounts.roles import KEY_SCOPES
from addressbook.models import Contact
from bench.stage import Server, running
from ecship.embedded.ports import LOOPBACK
from security import scope
from security.models import IdempotentRequest
from shipments.models import Shipment
from tests.api.calling import BOOKS, CONTACT, PROBLEM, ROOT, SHIPMENTS
from tests.conftest import Person, make_person

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 4
SECONDS = 30  # nothing here takes so long
LARGE = 2_500_001
DRAFT = json.dumps({"draft": True, "reference": "order 7"}).encode()


@dataclass(frozen=True)
class Site:
    """A web process on the test's database, somebody with an account there, and their key."""

    server: Server
    owner: Person
    token: str

    def connect(self) -> socket.socket:
        return socket.create_connection((LOOPBACK, self.server.port), timeout=SECONDS)

    def head(self, line: str, *fields: str) -> bytes:
        lines = [f"{line} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {self.token}", *fields]
        return "\r\n".join([*lines, "Content-Type: application/json", "", ""]).encode()


@dataclass(frozen=True)
class Answer:
    status: int
    media: str
    body: bytes
    closes: bool

    @property
    def is_problem(self) -> bool:
        if self.media != PROBLEM:
            return False
        body = json.loads(self.body)
        return body["status"] == self.status and bool(body["title"] and body["instance"])


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[Server]:
    """One web process with four threads, on the test's database."""
    name = str(connections["default"].settings_dict["NAME"])
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DATABASE_")}
    environment["DATABASE_URL"] = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    environment["LOG_LEVEL"] = "ERROR"
    command = [sys.executable, "-m", "gunicorn", "ecship.wsgi", "--config=python:tests.server.impatient"]
    with running([*command, f"--bind={LOOPBACK}:{{port}}"], environment) as started:
        yield started


@pytest.fixture
def site(server: Server, transactional_db: None) -> Site:
    owner = make_person("alice")
    with scope.identity():
        token = keys.create_api_key(account=owner.account, by=owner.user, name="Shop", scopes=list(KEY_SCOPES))[1]
    return Site(server, owner, token)


def read(sock: socket.socket | InTurn, method: str = "GET") -> Answer:
    """Read one answer; raises OSError or HTTPException where there is none."""
    response = http.client.HTTPResponse(cast("socket.socket", sock), method=method)
    response.begin()
    media = response.headers.get("Content-Type", "")
    return Answer(response.status, media, response.read(), response.headers.get("Connection") == "close")


class InTurn:
    """A connection whose answers are read one after the other: what came with one already is the beginning of the next.

    `http.client` gives each answer a buffer of its own, and what that has read too far is lost with it.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._file = sock.makefile("rb")

    def makefile(self, _mode: str) -> InTurn:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def close(self) -> None:
        """Stay open: the answer is at its end, the connection is not."""

    def __enter__(self) -> InTurn:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def ask(site: Site, *pieces: bytes) -> Answer:
    """Send pieces over one connection of their own and read the answer."""
    with closing(site.connect()) as sock:
        for piece in pieces:
            sock.sendall(piece)
        return read(sock)


def chunks(body: bytes, size: int = 7) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def is_well(site: Site) -> bool:
    return ask(site, site.head("GET /healthz")).status == 200


def wait_until_it_rests(server: Server) -> None:
    """Wait until the worker has nothing to do, or can do nothing."""
    used = -1.0
    while used != (now := server.cpu_seconds()):
        used = now
        time.sleep(1.5)


def drafts(site: Site) -> list[str]:
    with site.owner.scope():
        return sorted(row.reference for row in Shipment.objects.all())


# Slow requests --------------------------------------------------------------------------------------------------------


BEGUN = [
    b"",
    b"G",
    b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ",
    b"POST /healthz HTTP/1.1\r\nContent-Length: 10\r\n\r\nabcde",
    b"POST /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
]


def test_unfinished_requests_hold_no_thread_and_end(site: Site) -> None:
    with ExitStack() as open_sockets:
        slow = [(begun, open_sockets.enter_context(closing(site.connect()))) for begun in BEGUN * 2 * THREADS]
        for begun, sock in slow:
            sock.sendall(begun)

        assert is_well(site)
        for _begun, sock in slow:
            sock.setblocking(False)
            with pytest.raises(BlockingIOError):
                sock.recv(1)  # it answered while all of these were waiting still
            sock.settimeout(SECONDS)

        for begun, sock in slow:
            if begun:
                answer = read(sock)
                assert (answer.status, answer.closes) == (408, True)
            else:
                assert sock.recv(1) == b"", "closed without a word"


def test_a_request_that_trickles_has_one_time_for_all_of_it(site: Site) -> None:
    with closing(site.connect()) as sock:
        sock.sendall(site.head(f"PATCH {ROOT}/me/", "Content-Length: 1000"))
        began = time.monotonic()
        sock.settimeout(0.2)
        received = b""
        while not received and time.monotonic() - began < SECONDS:
            sock.sendall(b" ")
            try:
                received = sock.recv(4_000)
            except TimeoutError:
                continue

    assert received.startswith(b"HTTP/1.1 408 ")
    assert PROBLEM.encode() in received
    assert time.monotonic() - began < 6


def test_connections_kept_open_hold_no_thread(site: Site) -> None:
    with ExitStack() as open_sockets:
        for _socket in range(2 * THREADS + 1):
            sock = open_sockets.enter_context(closing(site.connect()))
            sock.sendall(site.head("GET /healthz"))
            assert read(sock).status == 200

        assert is_well(site)
        sock.sendall(site.head("GET /healthz"))
        assert read(sock).status == 200, "the same connection serves again"


def test_whoever_does_not_close_keeps_nobody_waiting(site: Site) -> None:
    """An answered connection that ends waits for the other side, but not in the loop where all wait."""
    with ExitStack() as open_sockets:
        for _socket in range(6):
            sock = open_sockets.enter_context(closing(site.connect()))
            sock.sendall(site.head("GET /healthz", "Connection: close"))
            assert read(sock).closes

        began = time.monotonic()
        assert is_well(site)
        assert time.monotonic() - began < 1.5


def test_whoever_takes_no_answer_is_given_up(site: Site) -> None:
    """More than the system's buffers hold is sent to those who read nothing."""
    many = site.head(f"GET {ROOT}/schema/") * 300
    with ExitStack() as open_sockets:
        for _socket in range(THREADS):
            sock = open_sockets.enter_context(closing(socket.socket()))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            sock.settimeout(SECONDS)
            sock.connect((LOOPBACK, site.server.port))
            sock.sendall(many)
        wait_until_it_rests(site.server)

        assert is_well(site)


def test_large_bodies_that_wait_have_a_bound_together(site: Site) -> None:
    head, part = site.head(f"POST {SHIPMENTS}", f"Content-Length: {LARGE - 1}"), b"x" * 2_400_000
    with closing(site.connect()) as first, closing(site.connect()) as second:
        first.sendall(head + part)
        time.sleep(0.5)
        second.sendall(head + part[: LARGE // 2])
        assert ask(site, site.head(f"POST {SHIPMENTS}", f"Content-Length: {len(DRAFT)}") + DRAFT).status == 201
        with suppress(OSError):  # it may be refused while it sends
            second.sendall(part[LARGE // 2 :])
        refused = read(second)

    assert (refused.status, refused.is_problem, refused.closes) == (503, True, True)


# Bodies without a length ----------------------------------------------------------------------------------------------


def test_a_chunked_body_is_read(site: Site) -> None:
    head = site.head(f"POST {SHIPMENTS}", "Transfer-Encoding: chunked")

    whole = ask(site, head + chunks(DRAFT))
    pieces = ask(site, *(bytes([byte]) for byte in head + chunks(DRAFT)))

    assert (whole.status, pieces.status) == (201, 201), whole.body
    assert drafts(site) == ["order 7", "order 7"]


def test_a_chunked_change_changes_and_a_chunked_search_searches(site: Site) -> None:
    book = json.loads(ask(site, site.head(f"POST {BOOKS}", "Content-Length: 20"), b'{"name": "Customer"}').body)["id"]
    contacts = f"{BOOKS}{book}/contacts/"
    body = json.dumps(CONTACT).encode()
    made = json.loads(ask(site, site.head(f"POST {contacts}", f"Content-Length: {len(body)}"), body).body)

    changed = ask(
        site,
        site.head(f"PATCH {ROOT}/contacts/{made['id']}/", "Transfer-Encoding: chunked"),
        chunks(b'{"notes": "Bell"}'),
    )
    found = ask(site, site.head(f"POST {contacts}search/", "Transfer-Encoding: chunked"), chunks(b'{"q": "nobody"}'))

    assert json.loads(changed.body)["notes"] == "Bell"
    with site.owner.scope():
        assert Contact.objects.get().notes == "Bell"
    assert json.loads(found.body)["results"] == []


def test_chunked_bodies_have_fingerprints_of_their_own(site: Site) -> None:
    head = site.head(f"POST {SHIPMENTS}", "Transfer-Encoding: chunked", "Idempotency-Key: a")

    answers = [ask(site, head, chunks(body)).status for body in (DRAFT, DRAFT.replace(b"7", b"8"), DRAFT)]

    assert answers == [201, 422, 201]
    assert drafts(site) == ["order 7"]
    with site.owner.scope():
        assert IdempotentRequest.objects.count() == 1


@pytest.mark.parametrize("size", [7_000, LARGE])
def test_a_chunked_body_over_the_limit_is_refused(site: Site, size: int) -> None:
    body = b'{"draft": true, "reference": "' + b"x" * LARGE + b'"}'

    answer = ask(site, site.head(f"POST {SHIPMENTS}", "Transfer-Encoding: chunked"), chunks(body, size))

    assert (answer.status, answer.is_problem) == (413, True)
    assert drafts(site) == []


BROKEN = [
    b"x\r\n",
    b"5\r\n{}\r\n\r\nXX0\r\n\r\n",
    b"-2\r\n{}\r\n0\r\n\r\n",
    b"2 2\r\n{}\r\n0\r\n\r\n",
    b"2\r\n{}XX0\r\n\r\n0\r\n\r\n",
]


def test_broken_framing_is_refused(site: Site) -> None:
    for framing in BROKEN:
        answer = ask(site, site.head(f"PATCH {ROOT}/contacts/x/", "Transfer-Encoding: chunked"), framing)
        assert (answer.status, answer.is_problem, answer.closes) == (400, True, True), framing


def test_a_length_over_the_limit_is_refused_unread_and_ends_the_connection(site: Site) -> None:
    answer = ask(site, site.head(f"POST {SHIPMENTS}", f"Content-Length: {LARGE}"), b"GET /healthz HTTP/1.1\r\n\r\n")

    assert (answer.status, answer.is_problem, answer.closes) == (413, True, True)


def test_a_sender_that_waits_is_told_to_go_on(site: Site) -> None:
    head = site.head(f"POST {SHIPMENTS}", f"Content-Length: {len(DRAFT)}", "Expect: 100-continue")
    with closing(site.connect()) as sock:
        sock.sendall(head)
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(DRAFT)
        assert read(sock).status == 201


def test_requests_that_come_together_are_answered_in_turn(site: Site) -> None:
    one = site.head(f"POST {SHIPMENTS}", f"Content-Length: {len(DRAFT)}") + DRAFT
    with closing(site.connect()) as sock:
        sock.sendall(one + site.head("GET /healthz") + one)
        with InTurn(sock) as turns:
            assert [read(turns).status for _answer in range(3)] == [201, 200, 201]


# What is no HTTP ------------------------------------------------------------------------------------------------------

OF_PROGRAMS = ("/api/v1/me/", "/api", "/%61pi/v1/me/")
WRONG = {
    "long line": (414, "GET {path}?" + "x" * 5_000 + " HTTP/1.1\r\nHost: x\r\n\r\n"),
    "endless line": (414, "GET {path}?" + "x" * 70_000),
    "large field": (431, "GET {path} HTTP/1.1\r\nHost: x\r\nX: " + "x" * 9_000 + "\r\n\r\n"),
    "many fields": (431, "GET {path} HTTP/1.1\r\nHost: x\r\n" + "X: y\r\n" * 120 + "\r\n"),
    "endless head": (431, "GET {path} HTTP/1.1\r\nHost: x\r\n" + "X: y\r\n" * 12_000),
    "bad length": (400, "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n"),
    "two lengths": (400, "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"),
    "both": (
        400,
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    "two hosts": (400, "GET {path} HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
    "no host": (400, "GET {path} HTTP/1.1\r\n\r\n"),
    "strange host": (400, "GET {path} HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n"),
    "raw bytes": (400, "GET {path}/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n"),
    "no version": (400, "GET {path}\r\n\r\n"),
    "absolute": (400, "GET http://x{path} HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"),
    "coding": (501, "POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x\r\n\r\n"),
    "expectation": (417, "POST {path} HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 0\r\n\r\n"),
}


def test_what_is_no_http_is_a_problem_for_programs_and_a_page_for_people(site: Site) -> None:
    complaints = []
    for name, (status, text) in WRONG.items():
        for path in (*OF_PROGRAMS, "/en/", "/apiary"):
            answer = ask(site, text.replace("{path}", path).encode("latin-1"))
            is_right = answer.is_problem if path in OF_PROGRAMS else "text/html" in answer.media
            if answer.status != status or not is_right:
                complaints.append(f"{name} {path}: {answer.status} {answer.media}")

    assert complaints == []


def test_the_root_of_the_api_is_a_problem_too(site: Site) -> None:
    answer = ask(site, site.head("GET /api"))

    assert (answer.status, answer.is_problem) == (404, True)
