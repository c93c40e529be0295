"""In a real browser: a book is searched while one types, and narrowed by choosing; no address says what for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from addressbook import services
from addressbook.details import ContactDetails
from tests.conftest import make_person
from tests.journeys.browser import Camera, enter, press

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
LOCAL: dict[str, Any] = {"lines": ["8 Nathan Road"], "district": "Yau Tsim Mong"}
ABROAD: dict[str, Any] = {"country": "GB", "lines": ["1 Example Road"], "city": "London", "postcode": "SW1A 1AA"}


def test_a_book_is_found_in_while_typing(browser: Browser, live_server: Any) -> None:
    alice = make_person("alice")
    now = timezone.now()
    with alice.scope():
        book = services.default_book(now=now)
        for number in range(26):
            named = ContactDetails(name=f"Wong Number {number:02}", tags=["tea"], can_send=number % 2 == 0, **LOCAL)
            services.save_contact(book=book, details=named, now=now + timedelta(seconds=number))
        services.save_contact(book=book, details=ContactDetails(name="Edith", **ABROAD), now=now)
        chan = ContactDetails(name="Chan Tai Man", local_name="陳大文", local_lines=["彌敦道8號"], **LOCAL)
        services.save_contact(book=book, details=chan, now=now)
    page = browser.new_page()
    enter(page.context, alice, live_server.url)
    camera = Camera(page, "finding")
    page.goto(f"{live_server.url}/en/address-books/{book.pk}/")
    rows = page.locator("#contacts .app-rows__row")
    expect(rows).to_have_count(25)
    camera.shoot("book")

    page.locator("#id_q").press_sequentially("陈大")  # simplified finds traditional
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Chan Tai Man")
    expect(page.locator("#id_q")).to_be_focused()
    camera.shoot("found")
    page.fill("#id_q", "nobody at all")
    expect(page.get_by_text("No contact matches.")).to_be_visible()

    page.fill("#id_q", "")
    page.select_option("#id_country", "GB")
    expect(rows).to_have_count(1)
    page.select_option("#id_country", "HK")
    page.select_option("#id_use", "sender")
    expect(rows).to_have_count(13)
    page.select_option("#id_order", "name")
    expect(rows.first).to_contain_text("Wong Number 00")
    camera.shoot("narrowed")
    page.get_by_text("Do something with many contacts").click()
    page.check("[name=which][value=all]", force=True)
    page.fill("[name=word]", "tea party")
    camera.shoot("many")
    assert page.url.endswith(f"/address-books/{book.pk}/"), "what is looked for stands in no address"
    press(page, page.get_by_role("button", name="Add the tag"))
    expect(page.get_by_role("heading", name="13 contacts have been tagged.")).to_be_visible()
    camera.shoot("tagged")
    press(page, page.get_by_role("button", name="Undo"))
    expect(page.get_by_text("13 contacts are as they were before.")).to_be_visible()
    page.locator("#contacts [type=checkbox]").first.check(force=True)
    page.get_by_text("Do something with many contacts").click()
    press(page, page.get_by_role("button", name="Delete the contacts"))
    expect(page.get_by_role("heading", name="1 contact has been deleted.")).to_be_visible()
    press(page, page.get_by_role("button", name="Go on"))
    press(page, page.get_by_role("link", name="Bin"))
    camera.shoot("bin")
    page.locator("main [type=checkbox]").first.check(force=True)
    press(page, page.get_by_role("button", name="Put back into the book"))
    expect(page.get_by_text("1 contact is back.")).to_be_visible()
    assert camera.complaints == []
