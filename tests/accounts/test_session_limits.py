"""A session says before it ends, and stays when its holder says so; not beyond its longest time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts import session_limits
from accounts.models import User
from tests.accounts.test_session_list import CHROME, browser
from tests.conftest import Person
from tests.pages import Page

pytestmark = pytest.mark.django_db
STAY = "/en/sign-in/stay/"
JSON = {"Accept": "application/json"}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now().replace(microsecond=0), tick=False) as traveller:
        yield traveller


@pytest.fixture
def client(clock: time_machine.Traveller, alice: Person) -> Client:
    return browser(CHROME)


def test_every_page_of_somebody_signed_in_says_how_long(client: Client) -> None:
    notice = Page(client.get("/en/account/")).one("[data-session]")

    assert (notice["data-idle"], notice["data-left"]) == ("1800", "43200")
    assert (timezone.localtime() + timedelta(minutes=30)).strftime("%H:%M") in notice.get_text()
    assert not Page(Client().get("/en/sign-in/login/")).all("[data-session]")


def test_staying_puts_off_the_idle_limit(client: Client, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(minutes=29))
    assert client.post(STAY, headers=JSON).json() == {"idle": 1800, "left": 43200 - 29 * 60}

    clock.shift(timedelta(minutes=29))

    assert client.get("/en/account/").status_code == 200


def test_without_script_staying_is_a_page(client: Client) -> None:
    page = Page(client.post(STAY))

    page.check()
    assert "You stay signed in" in page.text


def test_staying_does_not_go_beyond_the_longest_time(client: Client, clock: time_machine.Traveller) -> None:
    for _half_hour in range(24):
        clock.shift(timedelta(minutes=29, seconds=59))
        assert client.post(STAY, headers=JSON).status_code == 200
    assert client.post(STAY, headers=JSON).json()["left"] < 60

    clock.shift(timedelta(minutes=1))

    assert client.post(STAY, headers=JSON).status_code == 302
    assert client.get("/en/account/").status_code == 302


def test_staff_have_less(clock: time_machine.Traveller) -> None:
    now = timezone.now()
    session = {"began": now.timestamp(), "seen": now.timestamp()}

    limits = session_limits.limits_of(session, User(staff_role="postal"), now=now)

    assert (limits.idle_seconds, limits.left_seconds) == (900, 28800)


def test_nobody_stays_by_a_link(client: Client) -> None:
    assert client.get(STAY).status_code == 405
    assert Client().post(STAY)["Location"].startswith("/en/sign-in/login/")
