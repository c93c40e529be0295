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
from tests.journeys.browser import Camera

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
    page.context.add_cookies(
        [{"name": name, "value": cookie.value, "url": live_server.url} for name, cookie in alice.client.cookies.items()]
    )
    camera = Camera(page, "finding")
    page.goto(f"{live_server.url}/en/address-books/{book.pk}/")
    rows = page.locator("#contacts > li")
    expect(rows).to_have_count(25)
    camera.shoot("book")

    page.locator("[name=q]").press_sequentially("陈大")  # simplified finds traditional
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Chan Tai Man")
    expect(page.locator("[name=q]")).to_be_focused()
    camera.shoot("found")
    page.fill("[name=q]", "nobody at all")
    expect(page.get_by_text("No contact matches.")).to_be_visible()

    page.fill("[name=q]", "")
    page.select_option("[name=country]", "GB")
    expect(rows).to_have_count(1)
    page.select_option("[name=country]", "HK")
    page.select_option("[name=use]", "sender")
    expect(rows).to_have_count(13)
    page.select_option("[name=order]", "name")
    expect(rows.first).to_contain_text("Wong Number 00")
    assert page.url.endswith(f"/address-books/{book.pk}/"), "what is looked for stands in no address"
    assert camera.complaints == []
