"""The console's pages of lost factors: what staff see of whom, and what they decide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts import recovery
from accounts.models import FactorRecovery
from security import live, scope
from security.models import AccessEntry, SecurityEvent
from tests.accounts.factors import give_app, sign_in
from tests.conftest import PASSWORD, Person, make_person
from tests.console import ConsoleClient
from tests.mailbox import deliver, link
from tests.pages import Page

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
]
LIST = "/en/lost-factors/"
WHY = {"ticket": "T-77", "reason": "Called back at the known number"}
CONFIRM, REFUSE = {**WHY, "confirm": "1"}, {**WHY, "refuse": "1"}


@pytest.fixture
def erin(db: None) -> Person:
    return make_person("erin", staff_role="support")


@pytest.fixture
def wish(alice: Person) -> FactorRecovery:
    give_app(alice)
    return asked_by(alice)


def asked_by(person: Person) -> FactorRecovery:
    with scope.identity():
        return recovery.ask(user=person.user, source="192.0.2.77", now=timezone.now())


def now_of(wish: FactorRecovery) -> FactorRecovery:
    with scope.identity():
        return FactorRecovery.objects.get(pk=wish.pk)


def mails(subject: str) -> list[EmailMessage]:
    return [letter for letter in deliver() if letter.subject == subject]


def decide(person: Person, wish: FactorRecovery, typed: dict[str, Any]) -> Page:
    answer = person.client.post(f"{LIST}{wish.pk}/decide/", typed)
    assert answer.status_code in {302, 400}, answer.status_code
    return person.get(f"{LIST}{wish.pk}/") if answer.status_code == 302 else Page(answer)


def test_support_finds_what_waits_and_the_list_names_nobody(erin: Person, wish: FactorRecovery, alice: Person) -> None:
    page = erin.get(LIST)

    page.check()
    assert page.all(f"main a[href='{LIST}{wish.pk}/']")
    assert "Alice" not in page.one("main").get_text()
    assert str(alice.user.pk) not in page.one("main").get_text()
    assert "Within their waiting time" in erin.get("/en/").text


def test_one_shows_whom_masked_with_its_times_and_mails_and_the_look_is_noted(
    erin: Person, wish: FactorRecovery, alice: Person
) -> None:
    deliver()

    page = erin.get(f"{LIST}{wish.pk}/")

    page.check()
    for words in (
        "A•••",
        "a•••@e•••",
        "192.0.2.",
        "That somebody asked, with a link that stops it",
        "None of them waits",
    ):
        assert words in page.text, words
    assert not [word for word in ("Alice", "alice@", "192.0.2.77") if word in page.one("main").get_text()]
    noted = SecurityEvent.objects.using("security").get(kind="staff.recovery.look")
    assert (noted.actor, noted.data["wish"]) == (f"user:{erin.user.pk}", str(wish.pk))
    with alice.scope():
        assert AccessEntry.objects.get(actor=recovery.ACTOR).action == "read"
    assert "The site’s staff, for a lost second factor" in alice.get("/en/account/access-log/").text


def test_confirmed_the_link_goes_out_and_still_asks_for_the_password(
    erin: Person, wish: FactorRecovery, alice: Person
) -> None:
    page = decide(erin, wish, CONFIRM)

    page.check()
    for words in ("It is confirmed", "Erin", "T-77", "Called back at the known number", "The link is out"):
        assert words in page.text, words
    (letter,) = mails("Remove your second factor")
    assert "Our staff have made sure who you are" in str(letter.body)
    assert Client().post(link(letter), {"password": "wrong"}).status_code == 200
    assert Client().post(link(letter), {"password": PASSWORD}).status_code == 302
    noted = SecurityEvent.objects.using("security").get(kind="staff.recovery.confirm")
    assert (noted.actor, noted.data["ticket"]) == (f"user:{erin.user.pk}", "T-77")
    assert b"known number" not in bytes(now_of(wish).wrapped_reason or b"")


def test_refused_the_factors_stay_and_the_holder_is_told_so(erin: Person, wish: FactorRecovery) -> None:
    page = decide(erin, wish, REFUSE)

    page.check()
    assert "It is refused" in page.text
    assert not page.all("main form")
    (letter,) = mails("Your second factor stays")
    assert "our staff could not make sure" in str(letter.body)
    assert (now_of(wish).state, now_of(wish).ended_how) == ("stopped", "staff")
    assert SecurityEvent.objects.using("security").filter(kind="staff.recovery.refuse").exists()
    assert "Nobody waits" in erin.get(LIST).text
    assert erin.get(f"{LIST}?which=all").all(f"main a[href='{LIST}{wish.pk}/']")


def test_a_link_that_is_out_can_be_refused_and_not_confirmed_again(erin: Person, wish: FactorRecovery) -> None:
    decide(erin, wish, CONFIRM)

    again = decide(erin, wish, CONFIRM)
    (letter,) = mails("Remove your second factor")
    decide(erin, wish, REFUSE)

    assert "It is no longer open for that" in again.text
    assert Client().post(link(letter), {"password": PASSWORD}).status_code == 404


@pytest.mark.parametrize("how", ["stopped", "suspended", "own", "expired"])
def test_what_is_stopped_suspended_over_or_ones_own_is_not_confirmed(
    erin: Person, wish: FactorRecovery, alice: Person, how: str
) -> None:
    with scope.identity():
        if how == "stopped":
            recovery.stop(wish, how="link", now=timezone.now())
        elif how == "own":
            FactorRecovery.objects.filter(pk=wish.pk).update(user=erin.user)
        elif how == "expired":
            FactorRecovery.objects.filter(pk=wish.pk).update(ready_at=timezone.now() - recovery.LINK_LIVES)
    if how == "suspended":
        live.suspend(alice.user.pk)

    page = decide(erin, wish, CONFIRM)

    assert "It is confirmed" not in page.text
    assert not page.all("main button[name=confirm]")
    assert now_of(wish).decided_by_id is None
    assert mails("Remove your second factor") == []


def test_signing_in_with_the_factor_leaves_nothing_to_confirm(erin: Person, alice: Person) -> None:
    app = give_app(alice)
    wish = asked_by(alice)
    sign_in(alice, app)

    assert "It is no longer open for that" in decide(erin, wish, CONFIRM).text


@pytest.mark.parametrize("wrong", [{"ticket": ""}, {"reason": "short"}, {"ticket": "<b>"}])
def test_without_ticket_or_reason_nothing_is_decided(erin: Person, wish: FactorRecovery, wrong: dict[str, str]) -> None:
    page = decide(erin, wish, {**CONFIRM, **wrong})

    page.check(400)
    assert page.one("[name=reason]").get_text().strip() == {**WHY, **wrong}["reason"]
    assert now_of(wish).decided_by_id is None


def test_others_find_nothing(alice: Person, wish: FactorRecovery) -> None:
    for role in ("postal", "auditor"):
        client = make_person(role, staff_role=role).client
        for path in (LIST, f"{LIST}{wish.pk}/"):
            assert client.get(path).status_code == 404
        assert client.post(f"{LIST}{wish.pk}/decide/", CONFIRM).status_code == 404
    assert alice.client.get(LIST).status_code == 404
    assert now_of(wish).decided_by_id is None


def test_deciding_asks_again_who_one_is_and_keeps_what_was_typed(erin: Person, wish: FactorRecovery) -> None:
    browser, page = ConsoleClient(), f"{LIST}{wish.pk}/"
    browser.sign_in("erin@example.com", PASSWORD)
    ours = {"Origin": "http://testserver", "Referer": f"http://testserver{page}"}

    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        looked = Page(browser.get(page))
        answer = browser.post(f"{page}decide/", CONFIRM, headers=ours)
        after = Page(browser.get(page))

    looked.check()
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    assert now_of(wish).decided_by_id is None
    assert after.one("[name=ticket]")["value"] == "T-77"
