"""Where somebody is signed in: said in words, ended by its holder alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.whereabouts import block_of, browser_of
from tests.conftest import PASSWORD, Person
from tests.pages import Page

pytestmark = pytest.mark.django_db
LIST = "/en/sign-in/sessions/"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)
NAMES = {
    CHROME: "Chrome on Windows",
    CHROME + " Edg/130.0.0.0": "Edge on Windows",
    IPHONE: "Safari on iPhone",
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0": "Firefox on Linux",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)": "Mac",
    "curl/8": "An unknown browser",
    "": "An unknown browser",
}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def browser(agent: str, address: str = "203.0.113.77", name: str = "alice") -> Client:
    client = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    client.post("/en/sign-in/login/", {"login": f"{name}@example.com", "password": PASSWORD})
    return client


def ends(page: Page) -> list[str]:
    return [str(form["action"]) for form in page.all('main form[action*="/end/"]')]


@pytest.mark.parametrize("agent", NAMES)
def test_a_browser_is_called_by_its_name(agent: str) -> None:
    assert browser_of(agent) == NAMES[agent]


@pytest.mark.parametrize(
    ("address", "block"),
    [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("", ""), ("nonsense", "")],
)
def test_a_place_is_a_block_of_addresses(address: str, block: str) -> None:
    assert block_of(address) == block


def test_the_list_says_what_where_and_when_but_no_address(alice: Person, clock: time_machine.Traveller) -> None:
    browser(IPHONE, "2001:db8:1:2::3")
    clock.shift(timedelta(minutes=5))
    here = browser(CHROME)

    page = Page(here.get(LIST))

    page.check()
    first, second = page.all("main .app-card")[:2]
    assert "Chrome on Windows" in first.get_text()
    assert "This session" in first.get_text()
    assert "203.0.113.0/24" in first.get_text()
    assert "Safari on iPhone" in second.get_text()
    assert "203.0.113.77" not in page.text
    assert "2001:db8:1:2" not in page.text


def test_when_a_session_was_seen_moves_on_with_it(alice: Person, clock: time_machine.Traveller) -> None:
    phone, here = browser(IPHONE), browser(CHROME)
    before = [tag["datetime"] for tag in Page(here.get(LIST)).all("main .app-card time")]

    clock.shift(timedelta(minutes=10))
    phone.get("/en/account/", REMOTE_ADDR="198.51.100.4")

    after = Page(here.get(LIST))
    assert len({tag["datetime"] for tag in after.all("main .app-card time")} - set(before)) == 1
    assert "198.51.100.0/24" in after.text


def test_one_session_is_ended_and_no_other(alice: Person) -> None:
    phone, tablet, here = browser(IPHONE), browser(IPHONE), browser(CHROME)
    actions = ends(Page(here.get(LIST)))

    assert here.post(actions[0])["Location"] == LIST

    assert sorted(client.get("/en/account/").status_code for client in (phone, tablet, here)) == [200, 200, 302]
    assert here.post(actions[0]).status_code == 404


def test_a_stranger_ends_nothing_even_with_the_right_name(alice: Person, charlie: Person) -> None:
    phone, here = browser(IPHONE), browser(CHROME)
    action = ends(Page(here.get(LIST)))[0]

    assert charlie.client.post(action).status_code == 404
    assert Client().post(action)["Location"].startswith("/en/sign-in/login/")
    assert here.get(action).status_code == 405

    assert phone.get("/en/account/").status_code == 200
    assert "iPhone" not in Page(charlie.client.get(LIST)).text


def test_the_current_session_is_not_offered_to_be_ended(alice: Person) -> None:
    here = browser(CHROME)
    alice.client.post("/en/sign-in/logout/")

    page = Page(here.get(LIST))

    assert ends(page) == []
    assert "End all other sessions" not in page.text
