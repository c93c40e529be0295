"""What an integrator does is its maker's doing: who asks for strangers' orders is found, and their customers go on."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.integrators import services
from security.detection import freeze
from security.detection.models import Cause, Finding, Freeze
from security.models import LiveState
from tests.accounts.integrated import Integrated, integrated, link_to
from tests.conftest import Person, make_person
from tests.security.watching import DATABASES, settle, suspensions
from tests.shipments.booking import make_booked
from tests.soap.speaking import Program

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture
def order(alice: Person) -> str:
    with alice.scope():
        return str(make_booked().pk)


@pytest.fixture
def mallory() -> Person:
    """Runs an integrator that acts for Charlie."""
    return make_person("mallory")


@pytest.fixture
def tools(mallory: Person, charlie: Person) -> Integrated:
    return integrated(mallory, charlie, "mallorys-tools")


def test_asking_for_a_strangers_order_stops_the_integrator_and_not_whom_it_acts_for(
    order: str, mallory: Person, charlie: Person, tools: Integrated
) -> None:
    program = Program(tools)
    assert program.call("getOrderInfo", {"orderNo": order})["status"] == "11"
    settle()

    (held,) = suspensions()
    found = Finding.objects.using("security").get(rule="elsewhere")
    assert freeze.feature_of(found.endpoint) is freeze.FEATURES["shipments"]
    assert (held.cause, held.person, held.key) == (Cause.ELSEWHERE, mallory.user.pk, tools.integrator.pk)
    assert program.call("getOrderInfo", {"orderNo": order})["status"] == "2"
    assert mallory.client.get("/en/account/").status_code == 403
    assert charlie.client.get("/en/account/").status_code == 200


def test_nobody_is_suspended_for_what_they_serve_or_for_what_there_is_not(
    order: str, alice: Person, tools: Integrated
) -> None:
    """A program that mixes up two of its customers, or a number that it made up, is wrong and not an attacker."""
    link_to(alice, tools.integrator)
    program = Program(tools)
    assert program.call("getOrderInfo", {"orderNo": order})["status"] == "11"
    assert program.call("getOrderInfo", {"orderNo": str(uuid4())})["status"] == "11"
    settle()

    assert suspensions() == []


def test_a_key_that_is_paused_answers_by_being_replaced(mallory: Person, tools: Integrated) -> None:
    asked = {"countryCode": "GBA", "shipCode": "ARM", "weight": "0.1"}
    now = timezone.now()
    LiveState.objects.using("security").create(
        actor_id=tools.integrator.pk, state=LiveState.State.STEP_UP, until=now + timedelta(days=1), changed_at=now
    )
    assert Program(tools).call("getTotalPostage", asked)["status"] == "5"
    with mallory.scope():
        key = services.new_key(integrator=tools.integrator, by=mallory.user, now=timezone.now())
    assert Program(tools).call("getTotalPostage", asked)["status"] == "1"
    assert Program(tools, key=key).call("getTotalPostage", asked)["status"] == "0"


def test_what_reads_many_waits_while_shipments_are_frozen(order: str, alice: Person, charlie: Person) -> None:
    program = Program(integrated(charlie, alice))
    freeze.freeze("shipments", size=Freeze.Size.ALL, cause=Cause.STAFF, now=timezone.now())
    assert program.call("getItemNo", {"searchParam": "edith"})["status"] == "6"
    assert program.call("getOrderInfo", {"orderNo": order})["status"] == "0"
