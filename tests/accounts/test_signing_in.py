"""Signing up, activating, signing in, and what guessing meets."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Account, Member
from security import scope
from tests.conftest import PASSWORD, Person

pytestmark = pytest.mark.django_db
SIGN_UP = {
    "email": "new@example.com",
    "password1": PASSWORD,
    "kind": "business",
    "account_name": "New Trading",
}


def sign_in(client: Client, password: str, email: str = "alice@example.com") -> int:
    return client.post("/en/sign-in/login/", {"login": email, "password": password}).status_code


def test_signing_up_makes_an_account_that_opens_after_activation(client: Client) -> None:
    client.post("/en/sign-in/signup/", SIGN_UP)
    early = sign_in(client, PASSWORD, "new@example.com")
    found = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert found
    client.post(found[1])

    assert client.get("/en/account/").status_code == 302, early
    assert sign_in(client, PASSWORD, "new@example.com") == 302
    assert client.get("/en/account/").status_code == 200
    with scope.identity():
        account = Account.objects.get()
        assert (account.kind, account.name) == ("business", "New Trading")
        assert Member.objects.get().role == "owner"


def test_signing_up_twice_answers_the_same(client: Client, alice: Person) -> None:
    known = Client().post("/en/sign-in/signup/", {**SIGN_UP, "email": "alice@example.com"})
    unknown = Client().post("/en/sign-in/signup/", {**SIGN_UP, "email": "nobody@example.com"})

    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert len(mail.outbox) == 2


def test_resetting_a_password_answers_the_same(client: Client, alice: Person) -> None:
    answers = [
        Client().post("/en/sign-in/password/reset/", {"email": email})
        for email in ("alice@example.com", "nobody@example.com")
    ]

    assert answers[0].status_code == answers[1].status_code
    assert answers[0].headers.get("Location") == answers[1].headers.get("Location")
    assert len(mail.outbox) == 2


def test_an_idle_session_ends(alice: Person) -> None:
    session = alice.client.session
    session["seen"] = 1
    session.save()

    assert alice.client.get("/en/account/").status_code == 302
