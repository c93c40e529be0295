"""In a real browser, with script and without: a session ends in the middle of a form, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.conftest import PASSWORD, make_person
from tests.journeys.browser import press, submit
from tests.shipments.booking import LONDON, SENDER, typed_party

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
EMAIL = "alice@example.com"


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def tab(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=request.param)
    yield context.new_page()
    context.close()


def sign_in(page: Page) -> None:
    fill_plainly(page, {"login": EMAIL, "password": PASSWORD})
    press(page, page.locator('main form[action*="login"] button').last)


def fill_plainly(page: Page, values: dict[str, Any]) -> None:
    """Fill by name; a list without script is chosen the same way."""
    for name, value in values.items():
        field = page.locator(f'main [name="{name}"]:not([type=hidden])')
        if not field.count():
            continue
        if page.locator(f'main select[name="{name}"]').count():
            field.first.select_option(str(value))
        else:
            field.first.fill(str(value))


def lose_session(context: BrowserContext) -> None:
    context.clear_cookies(name="sessionid")


def send(page: Page) -> None:
    press(page, page.locator("main form button.govuk-button:not([name])").last)


def shown(page: Page, name: str) -> str:
    return page.locator(f'main [name="{name}"]').first.input_value()


def test_a_contact_and_a_step_survive_a_lost_session(tab: Page, live_server: Any) -> None:
    make_person("alice")
    tab.goto(f"{live_server.url}/en/sign-in/login/")
    sign_in(tab)

    tab.goto(f"{live_server.url}/en/contacts/add/")
    fill_plainly(tab, {"name": "Kept Example", "line1": "1 Kept Road", "city": "Mong Kok", "notes": "Ring twice"})
    lose_session(tab.context)
    send(tab)
    assert "/sign-in/login/" in tab.url
    assert "What you typed is kept" in tab.locator("main").inner_text()
    assert "Kept" not in tab.url
    sign_in(tab)
    assert tab.url.endswith("/en/contacts/add/")
    assert "We kept what you typed" in tab.locator("main").inner_text()
    assert shown(tab, "name") == "Kept Example"
    assert shown(tab, "line1") == "1 Kept Road"
    assert shown(tab, "notes").strip() == "Ring twice"

    tab.goto(f"{live_server.url}/en/shipments/new/")
    send(tab)
    fill_plainly(tab, typed_party(SENDER))
    submit(tab, "/sender/")
    recipient = tab.url
    fill_plainly(tab, {"country": "GB"})
    press(tab, "main button[value=change-country]")
    fill_plainly(tab, {**typed_party(LONDON), "name": "Kept Recipient"})
    lose_session(tab.context)
    send(tab)
    sign_in(tab)
    assert tab.url == recipient
    assert shown(tab, "name") == "Kept Recipient"
    assert shown(tab, "country") == "GB"
    send(tab)
    assert "/contents/" in tab.url
