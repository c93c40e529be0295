"""In a real browser: a session says before it ends, and stays without losing what was typed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings
from playwright.sync_api import Browser

from tests.conftest import make_person
from tests.journeys.browser import Camera, enter

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_a_page_that_stays_open_says_so_and_stays(browser: Browser, live_server: Any, language: str) -> None:
    alice = make_person("alice")
    home = f"{live_server.url}/{language}/"
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    camera = Camera(page, f"session-{language}")
    enter(page.context, alice, live_server.url)
    page.goto(f"{home}contacts/add/")
    assert not page.locator("[data-session]").is_visible()

    with override_settings(SESSION_IDLE_SECONDS=240):
        page.goto(f"{home}contacts/add/")
        page.fill("[name=name]", "Half typed")
        page.locator("[data-session]").wait_for(state="visible")
        camera.shoot("soon")
    page.locator("[data-session-stay] button").click()

    page.locator("[data-session]").wait_for(state="hidden")
    assert page.input_value("[name=name]") == "Half typed"

    with override_settings(SESSION_COOKIE_AGE=200):
        page.goto(f"{home}contacts/add/")
        page.locator("[data-session-end]").wait_for(state="visible")
        assert not page.locator("[data-session-stay]").is_visible()
        camera.shoot("longest-time")
    assert camera.complaints == []


def test_without_script_staying_opens_a_page_beside_it(browser: Browser, live_server: Any) -> None:
    alice = make_person("alice")
    context = browser.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    enter(context, alice, live_server.url)
    page.goto(f"{live_server.url}/en/contacts/add/")
    page.fill("[name=name]", "Half typed")

    with context.expect_page() as opened:
        page.locator("[data-session-stay] button").click()

    assert "You stay signed in" in opened.value.locator("h1").inner_text()
    assert page.input_value("[name=name]") == "Half typed"
    context.close()


def test_what_a_page_shows_goes_when_the_session_is_over_and_a_form_stays(browser: Browser, live_server: Any) -> None:
    """The browser's clock goes on, the server's does not: only that the page is asked for anew is seen here."""
    alice = make_person("alice")
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    home = f"{live_server.url}/en/"
    enter(page.context, alice, live_server.url)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.is_navigation_request() else None)
    page.clock.install()

    for address, leaves in ((f"{home}address-books/", True), (f"{home}contacts/add/", False)):
        page.goto(address)
        asked.clear()
        page.clock.fast_forward("30:05")
        page.clock.run_for(10_000)
        assert asked == [], "it must not be asked for while the session may live"
        page.clock.run_for(20_000)
        assert asked == [address] * leaves
    page.context.close()
