"""What changes who may act for an account asks again who one is, and is told to its owners and to whom it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiKey, Invitation, Member
from accounts.roles import Role
from accounts.sessions import row_key
from security import scope
from tests.accounts.factors import give_app
from tests.accounts.factors import sign_in as sign_in_with
from tests.accounts.test_kept_forms import OURS, see, sign_in, value
from tests.conftest import PASSWORD, Person
from tests.mailbox import deliver

pytestmark = pytest.mark.django_db
KEY = {"name": "Kept shop", "scopes": ["contacts:read"], "lifetime_days": "30", "allowed_addresses": ""}
LATER = timedelta(minutes=6)
ADD_KEY = "/en/account/keys/add/"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def browser(clock: time_machine.Traveller, alice: Person) -> Client:
    """A browser in which Alice signed in six minutes ago."""
    client = Client()
    sign_in(client, "alice")
    clock.shift(LATER)
    return client


@pytest.fixture
def key(alice: Person) -> ApiKey:
    alice.client.post(ADD_KEY, {**KEY, "name": "Made before"})
    with scope.identity():
        return ApiKey.objects.get()


@pytest.fixture
def places(alice: Person, bob: Person, key: ApiKey) -> dict[str, tuple[str, dict[str, Any]]]:
    with scope.identity():
        member = Member.objects.get(user=bob.user)
    return {
        "add key": (ADD_KEY, KEY),
        "end key": (reverse("accounts:end-key", args=[key.pk]), {}),
        "invite": (reverse("accounts:invite"), {"email": "guest@example.net", "role": "owner"}),
        "role": (reverse("accounts:role", args=[member.pk]), {"role": "manager"}),
        "remove": (reverse("accounts:remove", args=[member.pk]), {}),
    }


def test_who_has_a_factor_is_asked_for_it_before_the_password(alice: Person) -> None:
    client = sign_in_with(alice, give_app(alice))

    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        answer = client.get(reverse("accounts:add-key"))
        page = see(client, answer["Location"])

    assert answer["Location"].startswith("/en/sign-in/2fa/reauthenticate/?next=")
    assert page.all("main a[href^='/en/sign-in/reauthenticate/']"), "the password is another way"


def state() -> list[object]:
    with scope.identity():
        return [
            sorted(key.name for key in ApiKey.objects.all()),
            Invitation.objects.count(),
            sorted((str(member.user_id), member.role) for member in Member.objects.all()),
        ]


PLACES = ["add key", "end key", "invite", "role", "remove"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_older_session_shows_again_who_it_is(
    places: dict[str, tuple[str, dict[str, Any]]], browser: Client, place: str, method: str
) -> None:
    address, data = places[place]
    before = state()

    answer = getattr(browser, method)(address, data)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/en/sign-in/reauthenticate/?next=")
    assert state() == before


@pytest.mark.parametrize("place", PLACES)
def test_a_fresh_session_does_it_and_the_owner_is_told(
    places: dict[str, tuple[str, dict[str, Any]]], browser: Client, place: str
) -> None:
    address, data = places[place]
    deliver()
    mail.outbox.clear()
    before = state()
    browser.post("/en/sign-in/reauthenticate/", {"password": PASSWORD})

    assert browser.post(address, data).status_code in {200, 302}

    assert state() != before
    told = {letter.to[0] for letter in deliver() if "Alice Trading" in str(letter.body)}
    assert told == {"alice@example.com"} | ({"bob@example.com"} if place in {"role", "remove"} else set())


def test_what_was_typed_is_there_after_showing_the_password(browser: Client) -> None:
    answer = browser.post(ADD_KEY, KEY, headers={"Origin": OURS, "Referer": OURS + ADD_KEY})
    page = browser.get(answer["Location"])
    back = browser.post("/en/sign-in/reauthenticate/", {"password": PASSWORD, "next": ADD_KEY})

    assert page.status_code == 200
    assert back["Location"] == ADD_KEY
    assert value(see(browser, ADD_KEY), "name") == KEY["name"]
    with scope.identity():
        assert not ApiKey.objects.exists()


def test_a_wrong_password_opens_nothing(browser: Client) -> None:
    browser.post("/en/sign-in/reauthenticate/", {"password": "wrong"})

    assert browser.get(ADD_KEY).status_code == 302


def test_five_minutes_later_it_is_asked_again(browser: Client, clock: time_machine.Traveller) -> None:
    browser.post("/en/sign-in/reauthenticate/", {"password": PASSWORD})
    assert browser.get(ADD_KEY).status_code == 200

    clock.shift(LATER)

    assert browser.get(ADD_KEY).status_code == 302


def test_showing_it_again_changes_the_sessions_key_and_keeps_it_in_the_list(browser: Client, alice: Person) -> None:
    before = browser.cookies["sessionid"].value

    browser.post("/en/sign-in/reauthenticate/", {"password": PASSWORD})

    after = browser.cookies["sessionid"].value
    assert after != before
    with scope.identity():
        assert [row.session_key for row in UserSession.objects.filter(user=alice.user)] == [row_key(after)]


def test_further_addresses_are_asked_for_too(browser: Client) -> None:
    answer = browser.post("/en/sign-in/email/", {"action_add": "", "email": "other@example.com"})

    assert answer["Location"].startswith("/en/sign-in/reauthenticate/")


def test_each_is_told_in_their_own_language(alice: Person, bob: Person) -> None:
    with scope.identity():
        type(alice.user).objects.filter(pk=alice.user.pk).update(language="zh-hant")
        member = Member.objects.get(user=bob.user)
    mail.outbox.clear()

    alice.client.post(reverse("accounts:role", args=[member.pk]), {"role": Role.VIEWER})

    subjects = {letter.to[0]: letter.subject for letter in deliver()}
    assert subjects == {"alice@example.com": "已更改一名成員的角色", "bob@example.com": "A role was changed"}
