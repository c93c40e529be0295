"""A further e-mail address: while it waits for its confirmation it opens nothing, and keeps its person from nothing."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from security import scope
from tests.conftest import PASSWORD, Person
from tests.mailbox import deliver, link

pytestmark = pytest.mark.django_db
EMAILS, TOTP, WAITING = "/en/sign-in/email/", "/en/sign-in/2fa/totp/activate/", "waiting@example.com"


@pytest.fixture
def fresh(alice: Person) -> Person:
    """Alice, who has just shown again who she is."""
    alice.client.post("/en/sign-in/reauthenticate/", {"password": PASSWORD})
    return alice


def add_app(person: Person) -> int:
    """Add an authenticator app by its pages; return how many factors the person has."""
    assert person.client.get(TOTP).status_code == 200
    secret = person.client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    person.client.post(TOTP, {"code": code})
    with scope.identity():
        return len(Authenticator.objects.filter(user=person.user, type=Authenticator.Type.TOTP))


def addresses(person: Person) -> dict[str, bool]:
    with scope.identity():
        return dict(EmailAddress.objects.filter(user=person.user).values_list("email", "verified"))


def test_a_waiting_address_keeps_nobody_from_a_second_factor(fresh: Person) -> None:
    fresh.client.post(EMAILS, {"action_add": "", "email": WAITING})

    assert addresses(fresh)[WAITING] is False
    assert add_app(fresh) == 1


def test_a_second_factor_keeps_nobody_from_a_further_address(fresh: Person) -> None:
    add_app(fresh)

    fresh.client.post(EMAILS, {"action_add": "", "email": WAITING})
    Client().post(link(next(letter for letter in deliver() if letter.to == [WAITING])))

    assert addresses(fresh)[WAITING] is True


def test_a_waiting_address_opens_nothing(fresh: Person) -> None:
    fresh.client.post(EMAILS, {"action_add": "", "email": WAITING})
    deliver()
    browser = Client()

    browser.post("/en/sign-in/login/", {"login": WAITING, "password": PASSWORD})
    browser.post("/en/sign-in/password/reset/", {"email": WAITING})

    assert browser.get("/en/account/you/").status_code == 302
    assert deliver()[-1].subject == "No ECShip account with this address"


def test_nobody_without_a_confirmed_address_signs_in_so_none_can_add_a_factor(alice: Person) -> None:
    """What allauth's own rule is for: a stranger who signs up with another's address must not shut its holder out."""
    with scope.identity():
        EmailAddress.objects.filter(user=alice.user).update(verified=False)
    browser = Client()

    browser.post("/en/sign-in/login/", {"login": "alice@example.com", "password": PASSWORD})

    assert browser.get(TOTP).status_code == 302
    assert browser.get("/en/account/you/").status_code == 302


def test_the_holder_of_a_waiting_address_takes_it_for_themselves(fresh: Person) -> None:
    fresh.client.post(EMAILS, {"action_add": "", "email": WAITING})
    add_app(fresh)
    strangers = link(next(letter for letter in deliver() if letter.to == [WAITING]))
    holder = Client()
    holder.post("/en/sign-in/signup/", {"email": WAITING, "kind": "personal"})
    holder.post(link(deliver()[-1]), {"kind": "personal", "account_name": "", "password": PASSWORD})

    Client().post(strangers)

    assert holder.get("/en/account/you/").status_code == 200
    assert addresses(fresh)[WAITING] is False
