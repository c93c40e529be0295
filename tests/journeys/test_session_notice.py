"""In a real browser: a session says before it ends, and stays without losing what was typed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings
from playwright.sync_api import Browser

from tests.conftest import make_person
from tests.journeys.browser import Camera
from tests.journeys.test_second_factor import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_a_page_that_stays_open_says_so_and_stays(browser: Browser, live_server: Any, language: str) -> None:
    make_person("alice")
    home = f"{live_server.url}/{language}/"
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    camera = Camera(page, f"session-{language}")
    sign_in(page, home)
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
    make_person("alice")
    context = browser.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, f"{live_server.url}/en/")
    page.goto(f"{live_server.url}/en/contacts/add/")
    page.fill("[name=name]", "Half typed")

    with context.expect_page() as opened:
        page.locator("[data-session-stay] button").click()

    assert "You stay signed in" in opened.value.locator("h1").inner_text()
    assert page.input_value("[name=name]") == "Half typed"
    context.close()
