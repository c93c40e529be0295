"""Every SOAP operation, made from the table: stopped by a suspension of either side, and from a blocked network."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from ecship.soap.table import OPERATIONS
from security import live
from security.detection import blocking
from security.models import SecurityEvent
from security.walls import Wall
from tests.accounts.integrated import Integrated
from tests.conftest import Person
from tests.security.watching import DATABASES
from tests.soap.speaking import Program
from tests.walls.switches import without

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
EVERY = sorted(one.name for one in OPERATIONS.values())
NOTHING = {"errMessage", "status"}


def answers(program: Program, **more: Any) -> dict[str, str]:
    """Call every operation; return the status of each, and see that a refusal holds nothing but words."""
    found = {}
    for name in EVERY:
        answer = program.call(name, {"itemNo": "RB123456785HK", "orderNo": str(uuid4())}, **more)
        found[name] = answer["status"]
        assert answer["status"] == "0" or not [field for field in answer.keys() - NOTHING if answer[field]]
    return found


def test_a_suspension_of_either_side_stops_every_operation(
    alice: Person, charlie: Person, linked: Integrated, program: Program
) -> None:
    actors: dict[str, UUID] = {
        "the person": alice.user.pk, "their account": alice.account.pk, "the integrator": linked.integrator.pk,
        "the integrator's maker": charlie.user.pk, "the integrator's business": charlie.account.pk,
    }  # fmt: skip
    assert set(EVERY) == set(answers(program))
    for name, actor in actors.items():
        live.suspend(actor)
        assert set(answers(program).values()) == {"2"}, name
        with without(Wall.LIVE_STATE):
            assert "2" not in answers(program).values(), f"{name}: with the wall away the test must see it"
        live.release(actor)
        assert "2" not in answers(program).values(), name


def test_a_suspension_in_the_middle_of_a_row_of_calls_stops_the_next_one(alice: Person, program: Program) -> None:
    asked = {"countryCode": "GBA", "shipCode": "ARM", "weight": "0.1"}
    statuses = []
    for number in range(4):  # one header for all of them
        statuses.append(program.call("getTotalPostage", asked)["status"])
        if number == 1:
            live.suspend(alice.user.pk)
    assert statuses == ["0", "0", "2", "2"]


def test_nothing_is_answered_to_a_blocked_network(program: Program) -> None:
    now = timezone.now()
    until = now + timedelta(hours=1)
    blocking.block(network="198.51.100.0/24", until=until, reason="Sweeps from there", by=uuid4(), now=now)
    assert set(answers(program, REMOTE_ADDR="198.51.100.7").values()) == {"3"}
    assert "3" not in answers(program).values()


def test_a_proof_that_is_wrong_is_noted_as_that_of_a_key_is(linked: Integrated) -> None:
    Program(linked, key="x" * 43).call("getTotalPostage")
    event = SecurityEvent.objects.using("security").filter(kind="sign_in.failed").latest("at")
    assert (event.data["step"], event.via, event.endpoint) == ("key", "soap", "soap-Calculator-getTotalPostage")
