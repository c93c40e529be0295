"""Signing up, activating, signing in, and what guessing meets."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import connections
from django.test import Client

from accounts import hashers
from accounts.models import Account, Member
from security import scope
from tests.conftest import PASSWORD, Person, make_person

pytestmark = pytest.mark.django_db
SIGN_UP = {
    "email": "new@example.com",
    "password1": PASSWORD,
    "kind": "business",
    "account_name": "New Trading",
}


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password check that reaches the hasher, by the stored hash."""
    made: list[str] = []
    verify = hashers.Argon2PasswordHasher.verify

    def counted(self: hashers.Argon2PasswordHasher, password: str, encoded: str) -> bool:
        made.append(encoded)
        return verify(self, password, encoded)

    monkeypatch.setattr(hashers.Argon2PasswordHasher, "verify", counted)
    return made


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


def test_thirty_wrong_passwords_are_checked_five_times_at_most(alice: Person, checks: list[str]) -> None:
    client = Client()

    answers = [sign_in(client, f"wrong {index}") for index in range(30)]

    assert len(checks) <= 5
    assert set(answers) & {302} == set()


def test_the_right_password_does_not_open_a_locked_door(alice: Person) -> None:
    client = Client()
    for index in range(6):
        sign_in(client, f"wrong {index}")

    assert sign_in(client, PASSWORD) != 302


@pytest.mark.django_db(transaction=True)
def test_sixty_wrong_passwords_at_once_are_checked_five_times_at_most(checks: list[str]) -> None:
    make_person("alice")

    def guess(index: int) -> int:
        try:
            return sign_in(Client(), f"wrong {index}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(guess, range(60)))

    assert len(checks) <= 5


def test_a_locked_door_looks_the_same_for_an_unknown_address(alice: Person) -> None:
    def locked(email: str) -> tuple[int, str]:
        client = Client()
        for index in range(7):
            sign_in(client, f"wrong {index}", email)
        response = client.post("/en/sign-in/login/", {"login": email, "password": "x" * 12})
        return response.status_code, re.sub(r'value="[^"]*"|content="[^"]*"', "", response.content.decode())

    assert locked("alice@example.com") == locked("nobody@example.com")


def test_an_idle_session_ends(alice: Person) -> None:
    session = alice.client.session
    session["seen"] = 1
    session.save()

    assert alice.client.get("/en/account/").status_code == 302
