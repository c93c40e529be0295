"""The console's list of addresses against staff without a case, customers and nobody: no personal datum leaves.

Every address, every method, bodies and probes as the corpus makes them (`tests.walls.corpus`), the admin and the files
among them. A colleague's open case is there to be tried: its pages are its opener's alone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.db import connections
from django.utils import timezone

from accounts import recovery
from accounts.roles import StaffRole
from security import scope, suspension
from security.console import cases
from security.detection import blocking, changes, freeze
from security.detection.models import Appeal, Cause, Freeze
from security.walls import Wall
from tests.accounts.factors import give_app
from tests.conftest import Person, make_person
from tests.console import ConsoleClient
from tests.walls import corpus, ledger
from tests.walls.furnishing import CANARY, KNOWN_EMAIL, furnish
from tests.walls.switches import without

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "security", "owner"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
]
ROLES = [role for role in StaffRole.values if role]
# Where the e-mail that was typed stands in the form that asked, and may be left out of account.
ASKING = {"staff:search", "staff:people"}
# Where a look at masked data is noted in the log of whom it is about: there the log grows, and nothing else may.
NOTING = {"staff:lost-factor", "staff:decide-lost-factor"}


@dataclass
class Stage:
    victim: Person
    stranger: Person
    values: dict[str, Any]
    book: ledger.Ledger
    words: set[str]


@contextmanager
def staged(*walls: Wall) -> Iterator[Stage]:
    """Furnish the victim, let a colleague have opened a case, and watch the victim's rows."""
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with without(*walls):
            cast = furnish()
            colleague = make_person("fay", staff_role="support")
            with scope.enter(scope.Scope(kind=scope.Kind.PERSON, user_id=colleague.user.pk, actor="user:fay")):
                case = cases.open_case(
                    account_id=cast.victim.account.pk, ticket="T-1", reason="Asked to look", has_consent=False,
                    staff_id=colleague.user.pk, now=timezone.now(),
                )  # fmt: skip
            values = {**cast.holdings, "case_id": case.pk, "name": "contact", "row_id": cast.holdings["contact_id"]}
            values |= watched_over() | {"wish_id": lost_by(cast.victim)}
            cache.clear()
            with ledger.opened() as book:
                words = {CANARY, KNOWN_EMAIL, "edith", "cleo@", "vera@"}
                yield Stage(cast.victim, cast.stranger, values, book, words)
    finally:
        logging.disable(level)


def lost_by(victim: Person) -> UUID:
    """The victim has lost a factor, and waits."""
    give_app(victim)
    with scope.identity():
        return recovery.ask(user=victim.user, source="192.0.2.77", now=timezone.now()).pk


def watched_over() -> dict[str, Any]:
    """What detection has done, to somebody else and to a feature."""
    thief, now = make_person("thief"), timezone.now()
    held = suspension.suspend(
        cause=Cause.ELSEWHERE, person=thief.user.pk, account_id=thief.account.pk, now=now, endpoint="labels:label"
    )
    frozen = freeze.freeze("addressbook", size=Freeze.Size.YOUNG, cause=Cause.ELSEWHERE, now=now)
    change = changes.propose(name="ladder.case", value=90, reason="Too many cases", by=uuid4(), now=now)
    blocked = blocking.block(
        network="198.51.100.0/24", until=now + timedelta(hours=1), reason="Misuse from there", by=uuid4(), now=now
    )
    suspension.appeal(held.id, words="It was my daughter.", now=now)
    appeal = Appeal.objects.using("security").get()
    return {
        "appeal_id": appeal.pk,
        "block_id": blocked.pk,
        "suspension_id": held.id,
        "freeze_id": frozen.pk,
        "change_id": change.pk,
    }


def leaks(stage: Stage, client: ConsoleClient, *, whole: bool) -> tuple[set[str], set[str], int]:
    """Send the corpus; return the addresses that gave a datum away, those that changed a row, and the count."""
    client.raise_request_exception = False
    kept = {name: morsel.value for name, morsel in client.cookies.items()}
    watched = stage.book.rows_of(
        stage.victim.account.pk, numbers=["-"]
    )  # events are no person: postal staff enter them
    but_the_log = stage.book.rows_of(stage.victim.account.pk, numbers=["-"], without=("security_accessentry",))
    before, before_but_log = stage.book.digest(watched), stage.book.digest(but_the_log)
    read, written, sent = set(), set(), 0
    for address in corpus.console_addresses():
        for request in corpus.requests(of_console=True):
            is_plain = request.method in {"GET", "POST"} and not request.is_probe
            if request.address is not address or not (whole or is_plain):
                continue
            answers = request.send(client, stage.values)
            sent += 1
            left = "".join(ledger.left_in(answer) for answer in answers)
            if str(address) in ASKING:
                left = left.replace(KNOWN_EMAIL, "")
            if found := {word for word in stage.words if word in left}:
                read.add(f"{address}: {sorted(found)}")
        is_noting = str(address) in NOTING
        now = stage.book.digest(but_the_log if is_noting else watched)
        if now != (before_but_log if is_noting else before):
            written.add(str(address))
        stage.book.restore()
        client.cookies.clear()
        for name, value in kept.items():
            client.cookies[name] = value
    return read, written, sent


@pytest.mark.parametrize("role", ROLES)
def test_staff_without_a_case_see_no_personal_datum_anywhere(role: str) -> None:
    with staged() as stage:
        client = make_person(role, staff_role=role).client
        stage.book.renew()
        assert isinstance(client, ConsoleClient)
        read, written, sent = leaks(stage, client, whole=False)

    assert read == set()
    assert written == set()
    assert sent > 120


@pytest.mark.nightly
@pytest.mark.parametrize("role", ROLES)
def test_nothing_of_the_whole_corpus_shows_staff_a_personal_datum(role: str) -> None:
    """Every method, with fields that no body has, as form and as JSON."""
    with staged() as stage:
        client = make_person(role, staff_role=role).client
        stage.book.renew()
        assert isinstance(client, ConsoleClient)
        read, written, sent = leaks(stage, client, whole=True)

    assert (read, written) == (set(), set())
    assert sent > 300


def test_nobody_and_customers_find_nothing_in_the_console() -> None:
    with staged() as stage:
        customer = ConsoleClient()
        customer.cookies["console"] = stage.stranger.client.cookies["sessionid"].value
        for client in (ConsoleClient(), customer):
            read, written, _sent = leaks(stage, client, whole=False)
            assert (read, written) == (set(), set())


@pytest.mark.nightly
@pytest.mark.parametrize("wall", [Wall.SCOPE, Wall.RLS, Wall.WRITEGUARD, Wall.ENCRYPTION, Wall.EGRESS], ids=str)
def test_with_a_wall_away_staff_see_nothing(wall: Wall) -> None:
    with staged(wall) as stage:
        client = make_person("sam", staff_role="security").client
        stage.book.renew()
        assert isinstance(client, ConsoleClient)
        read, written, _sent = leaks(stage, client, whole=False)

    assert (read, written) == (set(), set())


def test_the_walk_would_see_a_leak() -> None:
    """Were a colleague's case everybody's, the canary would be found: the walk proves something.

    The database asks for a case of one's own besides, whatever the code thinks: so there is one for this walk.
    """
    with staged(Wall.PERMISSION) as stage:
        sam = make_person("sam", staff_role="security")
        client = sam.client
        with scope.enter(scope.Scope(kind=scope.Kind.PERSON, user_id=sam.user.pk, actor=f"user:{sam.user.pk}")):
            cases.open_case(
                account_id=stage.victim.account.pk, ticket="T-2", reason="Asked to look", has_consent=False,
                staff_id=sam.user.pk, now=timezone.now(),
            )  # fmt: skip
        stage.book.renew()
        assert isinstance(client, ConsoleClient)
        read, _written, _sent = leaks(stage, client, whole=False)

    assert any(line.startswith("console:reveal") for line in read), read
