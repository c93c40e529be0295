"""Signing up, activating, signing in, and what guessing meets."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Account, Member
from security import scope
from tests.conftest import PASSWORD, Person
from tests.mailbox import deliver, link

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
    letters = deliver()
    early = sign_in(client, PASSWORD, "new@example.com")
    client.post(link(letters[0]))

    assert client.get("/en/account/").status_code == 302, early
    assert sign_in(client, PASSWORD, "new@example.com") == 302
    assert client.get("/en/account/").status_code == 200
    with scope.identity():
        account = Account.objects.get()
        assert (account.kind, account.name) == ("business", "New Trading")
        assert Member.objects.get().role == "owner"


def test_an_idle_session_ends(alice: Person) -> None:
    session = alice.client.session
    session["seen"] = 1
    session.save()

    assert alice.client.get("/en/account/").status_code == 302
