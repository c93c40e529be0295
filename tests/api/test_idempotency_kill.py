"""A keyed POST across real server processes: killed at chosen moments, or asked sixteen times at once.

Where a process stands is told by locks that the test holds in the database: the server waits for the lock, is killed
with SIGKILL there, and the lock is given back. Nothing in the product knows of it.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connections, transaction

from accounts import keys
from accounts.roles import KEY_SCOPES
from bench.stage import Server, running
from ecship.embedded.ports import LOOPBACK
from security import scope
from security.models import IdempotentRequest
from shipments.models import Shipment
from tests.api.calling import SHIPMENTS
from tests.api.test_idempotency import GOODS
from tests.conftest import Person, make_person
from tests.embedded.conftest import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

GUNICORN = ("--config=python:ecship.server.options", "--workers=1", "--threads=8")
SECONDS = 30  # nothing here takes so long
CLAIMS, BOOKED = IdempotentRequest._meta.db_table, Shipment._meta.db_table


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def owner(transactional_db: None) -> Person:
    return make_person("alice")


@pytest.fixture
def token(owner: Person) -> str:
    with scope.identity():
        return keys.create_api_key(account=owner.account, by=owner.user, name="Shop", scopes=list(KEY_SCOPES))[1]


def serving(*, lease: int = 1) -> AbstractContextManager[Server]:
    """Run a web process on the test's database, with leases of so many seconds."""
    name = str(connections["default"].settings_dict["NAME"])
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DATABASE_")}
    environment |= {
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl(),
        "IDEMPOTENCY_LEASE_SECONDS": str(lease),
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "gunicorn", "ecship.wsgi", *GUNICORN, f"--bind={LOOPBACK}:{{port}}"]
    return running(command, environment)


def post(server: Server, token: str) -> Answer:
    """Post the booking under its key. Raises OSError or HTTPException where the process dies meanwhile."""
    connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=SECONDS)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": "order-1",
    }
    try:
        connection.request("POST", SHIPMENTS, json.dumps(GOODS), headers)
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


def in_background(act: Callable[[], object]) -> threading.Thread:
    """Ask, and forget what comes of it: whoever asks a process that is killed never hears."""

    def run() -> None:
        with suppress(OSError, http.client.HTTPException):
            act()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def kill(server: Server) -> None:
    """Kill the server and its worker, as a machine does that loses its power."""
    for pid in [server.process.pid, *server.workers()]:
        os.kill(pid, signal.SIGKILL)
    server.process.wait(SECONDS)


def post_until_answered(server: Server, token: str) -> Answer:
    """Post again as the contract says, for as long as the answer is that the request is still being worked on."""
    answers: list[Answer] = []

    def is_answered() -> bool:
        answers.append(post(server, token))
        return answers[-1].status != 409

    wait_until(is_answered, SECONDS)
    return answers[-1]


# Where the process stands when it is killed ------------------------------------------------------------------------


@contextmanager
def table_locked(name: str) -> Iterator[None]:
    """Let nobody write to a table until the block ends."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(f"LOCK TABLE {name} IN EXCLUSIVE MODE")
        yield
    connections["owner"].close()


def waits_for(kind: str) -> bool:
    """Tell whether a process waits for a lock in this database: a "relation", or a row that a "transactionid" holds."""
    with connections["trail"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE NOT granted AND locktype = %s AND datname = current_database()",
            [kind],
        )
        (waiting,) = cursor.fetchone() or (0,)
    return bool(waiting)


def claims(owner: Person) -> list[int | None]:
    """Return the status of every claim: None is one without an answer."""
    with owner.scope():
        return list(IdempotentRequest.objects.values_list("status", flat=True))


def before_the_claim(owner: Person, server: Server, ask: Callable[[], object]) -> threading.Thread:
    with table_locked(CLAIMS):
        asking = in_background(ask)
        wait_until(lambda: waits_for("relation"), SECONDS)
        kill(server)
    assert claims(owner) == []
    return asking


def after_the_claim(owner: Person, server: Server, ask: Callable[[], object]) -> threading.Thread:
    with table_locked(BOOKED):
        asking = in_background(ask)
        wait_until(lambda: waits_for("relation"), SECONDS)
        kill(server)
    assert claims(owner) == [None]
    return asking


def before_the_commit(owner: Person, server: Server, ask: Callable[[], object]) -> threading.Thread:
    """Booked, and about to write the answer: the claim's row is held."""
    with ExitStack() as row_held:
        with table_locked(BOOKED):
            asking = in_background(ask)
            wait_until(lambda: claims(owner) == [None], SECONDS)
            row_held.enter_context(owner.scope())
            IdempotentRequest.objects.select_for_update().get()
        wait_until(lambda: waits_for("transactionid"), SECONDS)
        kill(server)
    assert claims(owner) == [None]
    return asking


def after_the_commit(owner: Person, server: Server, ask: Callable[[], object]) -> threading.Thread:
    asking = in_background(ask)
    wait_until(lambda: claims(owner) == [201], SECONDS)
    kill(server)
    return asking


MOMENTS = [before_the_claim, after_the_claim, before_the_commit, after_the_commit]


def booked(owner: Person) -> list[tuple[str, str]]:
    with owner.scope():
        return [(str(row.pk), row.item_number or "") for row in Shipment.objects.all()]


def assert_one_shipment(owner: Person, answer: Answer) -> None:
    """There is one shipment, and the answer is about it, and whole."""
    assert answer.status == 201, answer
    body: dict[str, Any] = json.loads(answer.body)
    assert booked(owner) == [(body["id"], body["item_number"])]
    assert body["status"] == "booked"
    assert len(body["item_number"]) == 13
    assert answer.headers["Location"].endswith(f"{SHIPMENTS}{body['id']}/")
    assert answer.headers["ETag"]


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(moment, id=moment.__name__, marks=[] if moment is before_the_commit else [pytest.mark.nightly])
        for moment in MOMENTS
    ],
)
def test_a_key_whose_process_was_killed_is_served_once_by_the_next(
    owner: Person, token: str, moment: Callable[..., threading.Thread]
) -> None:
    with serving() as first:
        asking = moment(owner, first, lambda: post(first, token))
        asking.join(SECONDS)
    had_answer = claims(owner) == [201]

    with serving() as second:
        answer = post_until_answered(second, token)
        again = post(second, token)

    assert_one_shipment(owner, answer)
    assert (again.body, again.headers["Idempotency-Replayed"]) == (answer.body, "true")
    assert ("Idempotency-Replayed" in answer.headers) == had_answer == (moment is after_the_commit)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(6))
def test_a_key_whose_process_was_killed_at_any_moment_is_served_once(owner: Person, token: str, seed: int) -> None:
    with serving() as first:
        asking = in_background(lambda: post(first, token))
        time.sleep(random.Random(seed).uniform(0, 0.3))
        kill(first)
        asking.join(SECONDS)

    with serving() as second:
        answer = post_until_answered(second, token)

    assert_one_shipment(owner, answer)


def test_sixteen_at_once_to_two_processes_make_one_shipment(owner: Person, token: str) -> None:
    answers: list[Answer] = []
    with serving(lease=SECONDS) as first, serving(lease=SECONDS) as second:
        asking = [
            threading.Thread(target=lambda server=server: answers.append(post_until_answered(server, token)))
            for server in [first, second] * 8
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(SECONDS)

    assert len(answers) == 16
    assert len({answer.body for answer in answers}) == 1
    assert len([answer for answer in answers if "Idempotency-Replayed" not in answer.headers]) == 1
    assert_one_shipment(owner, answers[0])
