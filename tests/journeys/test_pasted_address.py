"""In a real browser: a pasted address fills the form in place, by keyboard; the focus goes to what is not sure."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import make_person
from tests.journeys.browser import Camera, enter
from tests.shipments.booking import make_draft

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

SIGNATURE = "Kind regards,\nAmy Ho\nLotus Foods Ltd\n12 Cumberland Road\nKowloon Tong\nTel 2338 1234 / Fax 2338 1235"

LEFT = "Letters left on a line of the label: {letters}. A Chinese character counts as two."
OVER = "Letters too many for a line of the label: {letters}. It is printed smaller or on two lines."


def test_a_pasted_address_fills_the_form_in_place_by_keyboard(browser: Browser, live_server: Any) -> None:
    alice = make_person("alice")
    with alice.scope():
        draft = make_draft()
    page = browser.new_page()
    camera = Camera(page, "pasted-address")
    enter(page.context, alice, live_server.url)

    page.goto(f"{live_server.url}/en/contacts/add/")
    page.fill("#id_name", "Amy")
    page.locator("#paste summary").press("Enter")
    page.fill("#id_pasted", SIGNATURE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#id_district")).to_be_focused()
    expect(page.locator("#id_district")).to_have_value("Kowloon City")
    expect(page.locator("#id_name")).to_have_value("Amy")
    expect(page.locator("#id_company")).to_have_value("Lotus Foods Ltd")
    page.fill("#id_line2", "Shop 12 to 15, Golden Harvest Shopping Centre")
    below = page.locator("#id_line2 + .letters-left")
    expect(below.locator("[role=status]")).to_have_text(OVER.format(letters=10))
    page.fill("#id_line2", "Golden Harvest Centre 金豐")
    expect(below.locator("[role=status]")).to_have_text(LEFT.format(letters=9))
    camera.shoot("contact")

    page.goto(f"{live_server.url}/zh-hant/shipments/{draft.pk}/recipient/")
    page.locator("#paste summary").press("Enter")
    page.fill("#id_pasted", "收件人：陳大文\n九龍旺角彌敦道8號3樓\n電話：9123 4567")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#filled")).to_be_focused()
    expect(page.locator("#id_local_name")).to_have_value("陳大文")
    camera.shoot("recipient")
    page.close()

    assert camera.complaints == []
