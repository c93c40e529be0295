"""Whether an e-mail is known is a secret: signing in, signing up, reset and invitation do the same work for all.

Counted are runs of the password hasher, statements to the database, and mails; compared are status, address and body.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from allauth.account.models import EmailAddress
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import OutgoingMail
from security import live, scope
from tests.conftest import PASSWORD, Person, make_person

pytestmark = pytest.mark.django_db
PEOPLE = ["known", "unverified", "deactivated", "suspended"]
UNKNOWN = "unknown@example.com"


@dataclass(frozen=True)
class Answer:
    """What a request gave, and what it cost."""

    status: int
    location: str
    body: str
    hashes: int
    statements: list[str]
    mails: int


@pytest.fixture
def people() -> None:
    for name in PEOPLE:
        make_person(name)
    with scope.identity():
        EmailAddress.objects.filter(email="unverified@example.com").update(verified=False)
        deactivated = EmailAddress.objects.get(email="deactivated@example.com").user
        type(deactivated).objects.filter(pk=deactivated.pk).update(is_active=False)
        suspended = EmailAddress.objects.get(email="suspended@example.com").user_id
    live.suspend(suspended)


def observe(client: Client, path: str, data: dict[str, str], hashes: list[str]) -> Answer:
    hashes.clear()
    with scope.identity():
        before = OutgoingMail.objects.count()
    with CaptureQueriesContext(connections["default"]) as queries, CaptureQueriesContext(connections["trail"]) as trail:
        response = client.post(path, data)
    with scope.identity():
        mails = OutgoingMail.objects.count() - before
    return Answer(
        status=response.status_code,
        location=response.headers.get("Location", ""),
        body=without_tokens(response.content.decode()),
        hashes=len(hashes),
        statements=[shape(query["sql"]) for query in (*queries.captured_queries, *trail.captured_queries)],
        mails=mails,
    )


def without_tokens(body: str) -> str:
    """A page without what differs each time: the CSRF token, and the e-mail that was typed."""
    return re.sub(r'value="[^"]*"|[a-z]+@example\.com', "", body)


def shape(statement: str) -> str:
    """A statement without its values and without the names of savepoints."""
    return re.sub(r"'[^']*'|\b\d+\b|s\d+_x\d+", "?", statement)[:200]


def sign_in(email: str) -> tuple[str, dict[str, str]]:
    return "/en/sign-in/login/", {"login": email, "password": "not the password"}


def sign_up(email: str) -> tuple[str, dict[str, str]]:
    data = {"email": email, "kind": "business", "account_name": "New Trading"}
    return "/en/sign-in/signup/", data


def reset(email: str) -> tuple[str, dict[str, str]]:
    return "/en/sign-in/password/reset/", {"email": email}


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize(("ask", "hashed", "mailed"), [(sign_in, 1, 0), (sign_up, 0, 1), (reset, 0, 1)])
def test_asking_costs_and_answers_the_same_for_every_e_mail(
    ask: Callable[[str], tuple[str, dict[str, str]]], name: str, hashed: int, mailed: int, hashes: list[str]
) -> None:
    known = observe(Client(), *ask(f"{name}@example.com"), hashes)
    unknown = observe(Client(), *ask(UNKNOWN), hashes)

    assert known == unknown
    assert (known.hashes, known.mails) == (hashed, mailed)
    assert known.statements


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("name", PEOPLE)
def test_inviting_costs_and_answers_the_same_for_every_e_mail(alice: Person, name: str, hashes: list[str]) -> None:
    path = "/en/account/invite/"
    alice.client.get(path)  # the session notes that it was seen, once a minute

    known = observe(alice.client, path, {"email": f"{name}@example.com", "role": "clerk"}, hashes)
    unknown = observe(alice.client, path, {"email": UNKNOWN, "role": "clerk"}, hashes)

    assert known == unknown
    assert (known.hashes, known.mails) == (0, 2)  # one to whom it invites, one to the owner


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("ask", [sign_in, sign_up, reset])
def test_the_page_after_asking_is_the_same(
    ask: Callable[[str], tuple[str, dict[str, str]]],
) -> None:
    pages = []
    for email in ("known@example.com", UNKNOWN):
        client = Client()
        path, data = ask(email)
        pages.append(without_tokens(client.post(path, data, follow=True).content.decode()))

    assert pages[0] == pages[1]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("ask", [sign_up, reset])
def test_asking_many_times_is_limited_the_same(
    ask: Callable[[str], tuple[str, dict[str, str]]], hashes: list[str]
) -> None:
    known, unknown = (
        [observe(Client(), *ask(email), hashes) for _time in range(7)] for email in ("known@example.com", UNKNOWN)
    )

    assert known == unknown
    assert sum(answer.mails for answer in known) <= 5


def test_adding_an_address_answers_the_same_whether_somebody_has_it(
    alice: Person, charlie: Person, hashes: list[str]
) -> None:
    path = "/en/sign-in/email/"
    alice.client.post("/en/sign-in/reauthenticate/", {"password": PASSWORD})

    taken = observe(alice.client, path, {"email": "charlie@example.com", "action_add": ""}, hashes)
    free = observe(alice.client, path, {"email": "nobody@example.com", "action_add": ""}, hashes)

    assert taken == free
    assert taken.mails == 1
