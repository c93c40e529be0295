"""A form of the console that is not taken says so, wherever it stops: its token, its session or its method."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from security import scope
from security.models import LiveState
from tests.conftest import PASSWORD, Person, make_person
from tests.console import ConsoleClient
from tests.incidents.cast import opened
from tests.pages import Page

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "security", "owner"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
]
OURS = "http://testserver"
CASE, ACTOR = "/en/cases/open/", f"/en/actors/user/{UUID(int=5)}/"
TYPED = {"account_id": str(UUID(int=7)), "ticket": "T-77", "reason": "Asked to look at a parcel"}
NOTHING = "so nothing was done"


@pytest.fixture
def sam(db: None) -> Person:
    return make_person("sam", staff_role="security")


@pytest.fixture
def browser(sam: Person) -> ConsoleClient:
    """A browser of the console whose forms need their token."""
    client = ConsoleClient()
    client.sign_in("sam@example.com", PASSWORD)
    strict = ConsoleClient(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    return strict


def send(browser: ConsoleClient, address: str, data: dict[str, Any], page: str = "") -> Any:
    return browser.post(address, data, headers={"Origin": OURS, "Referer": OURS + page} if page else {"Origin": OURS})


def test_a_form_without_its_token_comes_back_filled_in_and_says_that_nothing_was_done(browser: ConsoleClient) -> None:
    answer = send(browser, CASE, TYPED)
    page = Page(browser.get(answer["Location"]))

    page.check()
    assert NOTHING in page.text
    assert page.one("[name=ticket]")["value"] == "T-77"
    assert page.one("[name=reason]").get_text().strip() == TYPED["reason"]


@pytest.mark.parametrize("page", [ACTOR, ""])
def test_a_button_without_its_token_leads_to_a_page_that_says_so(browser: ConsoleClient, page: str) -> None:
    answer = send(browser, f"{ACTOR}suspend/", {}, page)
    led_to = Page(browser.get(answer["Location"]))

    led_to.check()
    assert answer["Location"] == (page or "/en/")
    assert NOTHING in led_to.text
    assert not LiveState.objects.using("security").exclude(state=LiveState.State.ACTIVE).exists()


def test_a_form_after_the_session_says_so_at_the_sign_in_and_comes_back(browser: ConsoleClient, sam: Person) -> None:
    del browser.cookies["console"]

    answer = send(browser, CASE, TYPED)
    told = Page(browser.get(answer["Location"]))
    relaxed = ConsoleClient()
    relaxed.cookies = browser.cookies
    with scope.identity():
        relaxed.force_login(sam.user, backend="accounts.backends.EmailBackend")

    assert answer["Location"] == f"/en/sign-in/login/?next={CASE}"
    assert "You were signed out" in told.text
    assert Page(relaxed.get(CASE)).one("[name=ticket]")["value"] == "T-77"


def test_a_form_that_stands_on_another_page_comes_back_there(browser: ConsoleClient) -> None:
    at = "/en/thresholds/ladder.throttle/"

    answer = send(browser, f"{at}tighten/", {"reason": "It was meant for a day"}, at)
    page = Page(browser.get(answer["Location"]))

    page.check()
    assert answer["Location"] == at
    assert NOTHING in page.text


@pytest.mark.parametrize(("words", "said"), [({"ticket": "T-1"}, "is kept for an hour"), ({}, NOTHING)])
def test_a_sign_in_promises_only_what_is_kept(browser: ConsoleClient, words: dict[str, str], said: str) -> None:
    del browser.cookies["console"]

    answer = send(browser, CASE, words)

    assert said in Page(browser.get(answer["Location"])).text


def test_a_note_of_an_incident_and_a_search_come_back(browser: ConsoleClient, sam: Person) -> None:
    number = opened().number

    noted = send(browser, f"/en/incidents/{number}/note/", {"words": "Called them"}, f"/en/incidents/{number}/")
    page = Page(browser.get(noted["Location"]))
    sought = send(browser, "/en/accounts/", {"q": "bob@example.com"})
    search = Page(browser.get(sought["Location"]))

    assert page.one("#note_words").get_text().strip() == "Called them"
    assert search.one("main [name=q]")["value"] == "bob@example.com"
    assert "No account" not in search.one("main").get_text(), "nothing was looked for"


def test_a_button_on_a_browser_that_nobody_used_says_that_nothing_was_done(sam: Person) -> None:
    stranger = ConsoleClient()

    answer = send(stranger, f"{ACTOR}suspend/", {})

    assert answer["Location"] == "/en/sign-in/login/?next=/en/"
    assert NOTHING in Page(stranger.get(answer["Location"])).text


@pytest.mark.parametrize(("method", "address"), [("post", "/en/audit/"), ("put", CASE), ("delete", "/en/cases/")])
def test_a_method_that_an_address_does_not_take_is_405(browser: ConsoleClient, method: str, address: str) -> None:
    answer = getattr(browser, method)(address, headers={"Origin": OURS})

    assert answer.status_code == 405
    assert "GET" in answer["Allow"]
