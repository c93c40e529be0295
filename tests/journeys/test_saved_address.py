"""In a real browser: a saved address is searched while one types, chosen by keyboard, and stands in the form."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from shipments import contacts
from tests.conftest import make_person
from tests.journeys.browser import Camera, enter
from tests.shipments.booking import LONDON, SENDER, documents_to_new_york, make_draft

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_a_saved_address_is_found_while_typing_and_chosen_by_keyboard(browser: Browser, live_server: Any) -> None:
    alice = make_person("alice")
    with alice.scope():
        for number in range(25):
            party = {**LONDON, "name": f"Ann Twin {number}", "company": f"Firm {chr(97 + number) * 4}"}
            contacts.save_party(party=party, can_send=False, now=timezone.now())
        draft = make_draft({"sender": SENDER})
        suspended = make_draft(documents_to_new_york(contents="goods", items=[]), now=timezone.now())
    page = browser.new_page()
    camera = Camera(page, "saved-address")
    enter(page.context, alice, live_server.url)

    page.goto(f"{live_server.url}/en/shipments/{draft.pk}/recipient/")
    expect(page.locator("#saved [name=contact]")).to_have_count(5)
    page.fill("#id_line_1", "Half typed")
    page.locator("#book_search").press_sequentially("firm hhhh")
    expect(page.locator("#saved [role=status]")).to_have_text("1 address matches.")
    expect(page.locator("#book_search")).to_be_focused()
    expect(page.locator("#id_line_1")).to_have_value("Half typed")
    camera.shoot("found")
    page.keyboard.press("Tab")  # the search's button, for those without script
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("#id_name")).to_have_value("Ann Twin 7")
    page.fill("#id_line_1", "Half typed")
    page.select_option("#id_country", "US")  # in place: the address's parts are those of the country
    expect(page.locator("select#id_state")).to_be_visible()
    expect(page.locator("#id_line_1")).to_have_value("Half typed")
    expect(page.locator("#id_name")).to_have_value("Ann Twin 7")
    camera.shoot("usa")

    page.goto(f"{live_server.url}/en/shipments/{suspended.pk}/customs/")
    camera.shoot("suspended")
    page.goto(f"{live_server.url}/en/shipments/{suspended.pk}/review/")
    camera.shoot("review")
    page.close()

    assert camera.complaints == []
