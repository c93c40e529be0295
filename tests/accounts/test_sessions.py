"""How long a session lasts: an idle limit, and a longest time that nothing puts off; both shorter for staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from security import scope
from tests.accounts.test_kept_forms import sign_in
from tests.conftest import PASSWORD, Person
from tests.console import ConsoleClient

pytestmark = pytest.mark.django_db
LONGEST = {"alice": timedelta(hours=12), "dana": timedelta(hours=8)}
IDLE = {"alice": timedelta(minutes=30), "dana": timedelta(minutes=15)}
PAGES = {"alice": "/en/account/leave/", "dana": "/en/tracking/events/"}
MOMENT = timedelta(seconds=5)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture(params=["alice", "dana"])
def name(request: pytest.FixtureRequest, alice: Person, dana: Person) -> str:
    return str(request.param)


@pytest.fixture
def browser(clock: time_machine.Traveller, name: str) -> Client:
    if name == "dana":
        console = ConsoleClient()
        assert console.sign_in("dana@example.com", PASSWORD)["Location"] == "/en/"
        return console
    client = Client()
    sign_in(client, name)
    return client


def is_in(browser: Client, name: str) -> bool:
    status = browser.get(PAGES[name]).status_code
    assert status in {200, 302}
    return status == 200


def test_nothing_puts_off_the_longest_time(browser: Client, clock: time_machine.Traveller, name: str) -> None:
    began = timezone.now()
    while timezone.now() + IDLE[name] / 2 < began + LONGEST[name]:
        clock.shift(IDLE[name] / 2)
        assert is_in(browser, name), timezone.now() - began

    clock.move_to(began + LONGEST[name] + MOMENT)

    assert not is_in(browser, name)


def test_a_session_in_use_lasts_up_to_its_longest_time(
    browser: Client, clock: time_machine.Traveller, name: str
) -> None:
    began = timezone.now()
    while timezone.now() + IDLE[name] / 2 < began + LONGEST[name]:
        clock.shift(IDLE[name] / 2)
        browser.get(PAGES[name])

    clock.move_to(began + LONGEST[name] - MOMENT)

    assert is_in(browser, name)


@pytest.mark.parametrize("beyond", [False, True])
def test_an_idle_session_ends(browser: Client, clock: time_machine.Traveller, name: str, beyond: bool) -> None:
    clock.shift(IDLE[name] + (MOMENT if beyond else -MOMENT))

    assert is_in(browser, name) is not beyond


def test_the_row_ends_twelve_hours_after_the_sign_in_however_often_it_is_saved(
    alice: Person, clock: time_machine.Traveller
) -> None:
    client, began = Client(), timezone.now()
    sign_in(client, "alice")
    for _time in range(3):
        clock.shift(timedelta(minutes=20))
        assert is_in(client, "alice")

    assert row_ends(client) <= began + LONGEST["alice"]


def row_ends(client: Client) -> datetime:
    with scope.identity():
        return Session.objects.get(pk=client.cookies["sessionid"].value).expire_date


def test_a_session_that_does_not_say_when_it_began_is_none(alice: Person) -> None:
    session = alice.client.session
    del session["began"]
    session.save()

    assert not is_in(alice.client, "alice")
