"""Who gets in by SOAP, to what, and what everybody else is told."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from accounts.integrators import services as integrators
from accounts.models import Member
from accounts.roles import Role
from ecship.soap.answers import KINDS
from ecship.soap.table import OPERATIONS
from security import scope
from security.marks import Door
from tests.accounts.integrated import Integrated, integrator_of, link_to
from tests.conftest import Person, make_person
from tests.soap import speaking
from tests.soap.speaking import Program, envelope, read, send

pytestmark = pytest.mark.django_db
EVERY = sorted(one.name for one in OPERATIONS.values())
POSTAGE = {"countryCode": "GBA", "shipCode": "ARM", "weight": "0.1"}


def test_every_operation_carries_a_mark_that_asks_who_is_there() -> None:
    assert {one.name: one.mark.door for one in OPERATIONS.values() if one.mark} == dict.fromkeys(
        EVERY, Door.SIGNED_IN
    ) | {one.name: Door.REQUIRES for one in OPERATIONS.values() if one.mark and one.mark.permission}


def test_one_without_a_mark_is_refused(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    assert program.call("getTotalPostage", POSTAGE)["status"] == "0"
    monkeypatch.delattr(speaking.operation("getTotalPostage").run, "mark")
    assert program.call("getTotalPostage", POSTAGE)["status"] == "7"


def test_whoever_may_not_call_gets_one_answer_at_every_operation(alice: Person, linked: Integrated) -> None:
    answers: dict[str, set[Any]] = {}
    wrong = {
        "a wrong digest": linked.shown(key="x" * 43),
        "an unknown integrator": linked.shown(integrator="nobodys-tools"),
        "an unknown person": linked.shown(username="unknown@example.com"),
        "a person without a link": linked.shown(username="charlie@example.com"),
    }
    for name in EVERY:
        one = speaking.operation(name)
        for shown in (*wrong.values(), None):
            answer = send(alice.client, one.service, envelope(shown, name, one.wrapper, {}))  # her session counts not
            values = read(answer)
            answers.setdefault(name, set()).add((answer.status_code, values["status"], values["errMessage"]))

    assert {one for found in answers.values() for one in found} == {(200, "1", next(iter(answers[EVERY[0]]))[2])}


def test_an_operation_that_there_is_not_is_answered_in_its_own_name(client: Client, linked: Integrated) -> None:
    answer = send(client, "Posting", envelope(linked.shown(), "getEverything", "api99Req", {"orderNo": "1"}))
    assert answer.status_code == 200
    assert b"getEverythingReturn" in answer.content
    assert read(answer)["status"] == str(KINDS["urn:ecship:problem:unknown-operation"])
    assert read(send(client, "Nothing", envelope(linked.shown(), "getMTTInfo", "api04Req", {})))["status"] == "20"


def test_the_account_is_the_links_and_nothing_in_the_body_changes_it(alice: Person, linked: Integrated) -> None:
    """Alice works in another account too, and the integrator names it in whichever field it likes."""
    other = make_person("olga")
    with scope.identity():
        Member.objects.create(account=other.account, user=alice.user, role=Role.OWNER)
        type(alice.user).objects.filter(pk=alice.user.pk).update(active_account_id=other.account.pk)
    named = {name: str(other.account.pk) for name in ("account", "accountId", "account_id")}
    assert Program(linked).call("getTotalPostage", {**POSTAGE, **named})["status"] == "0"


def test_limits_are_those_of_a_key(program: Program) -> None:
    answer = send(program.client, "Calculator", envelope(program.shown, "getTotalPostage", "api01Req", POSTAGE))
    assert answer["RateLimit-Policy"].startswith('"actor"')
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["X-Request-ID"]


@override_settings(SECURE_SSL_REDIRECT=True)
def test_nobody_speaks_it_without_tls(client: Client, linked: Integrated) -> None:
    body = envelope(linked.shown(), "getTotalPostage", "api01Req", POSTAGE)
    answer = send(client, "Calculator", body)
    assert answer.status_code == 403
    assert b"https://" in answer.content
    assert send(client, "Calculator", body, secure=True).status_code == 200


def test_it_ends_with_the_link_at_once(alice: Person, program: Program) -> None:
    assert program.call("getTotalPostage", POSTAGE)["status"] == "0"
    with alice.scope():
        integrators.end_link(program.linked.link_id)
    assert program.call("getTotalPostage", POSTAGE)["status"] == "1"


def test_the_site_answers_in_three_languages(program: Program) -> None:
    words = {
        language: program.call("getMTTInfo", {"itemNo": "x"}, headers={"Accept-Language": language})["errMessage"]
        for language in ("en", "zh-hant", "zh-hans")
    }
    assert len(set(words.values())) == 3


def test_a_call_asks_as_much_however_many_there_are(alice: Person, charlie: Person, linked: Integrated) -> None:
    program = Program(linked)
    program.call("getTotalPostage", POSTAGE)
    with CaptureQueriesContext(connection) as few:
        program.call("getTotalPostage", POSTAGE)
    for number in range(3):
        link_to(make_person(f"customer{number}"), linked.integrator)
        link_to(alice, integrator_of(charlie, f"tools{number}")[0])
    with CaptureQueriesContext(connection) as many:
        program.call("getTotalPostage", POSTAGE)
    assert len(many) == len(few) <= 6
