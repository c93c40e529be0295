"""In a real browser, by keyboard alone, wide and on a phone: ship to those ticked in a book; book some, delete some."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from addressbook import services as books
from addressbook.details import ContactDetails
from shipments import services as shipments
from shipments.models import Batch, Shipment
from shipments.together import working
from tests.conftest import Person, make_person
from tests.journeys.browser import WIDTHS, Walk, by_keyboard, tab_to
from tests.shipments.booking import LONDON, NEW_YORK, SHA_TIN, make_booked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def furnish() -> tuple[Person, str]:
    """Alice has sent something before, and has three people in her book, of whom one has no postcode."""
    alice, now = make_person("alice"), timezone.now()
    with alice.scope():
        book = books.default_book(now=now)
        made = [books.save_contact(book=book, details=ContactDetails(**who), now=now)
                for who in (SHA_TIN, LONDON, NEW_YORK)]  # fmt: skip
        made[2].postcode = ""
        made[2].save()
        make_booked(now=now)
    return alice, str(book.pk)


def be_the_worker(alice: Person) -> None:
    """Book the batch, of which somebody has spoilt one draft meanwhile."""
    with alice.scope():
        batch = Batch.objects.latest("created_at")
        spoilt = Shipment.objects.filter(batch=batch).latest("created_at")
        shipments.save_step(shipment_id=spoilt.pk, step="sender", values={"sender": {}}, now=timezone.now())
    working.work(batch.pk, account_id=alice.account.pk, clock=timezone.now)


def tick(page: Page, words: str) -> None:
    tab_to(page, words)
    page.keyboard.press("Space")


@pytest.mark.parametrize("width", WIDTHS)
def test_those_who_are_ticked_are_shipped_to_by_keyboard(browser: Browser, live_server: Any, width: int) -> None:
    alice, book = furnish()
    walk = Walk(browser, alice, live_server.url, width, "ship-to")
    page = walk.page

    page.goto(f"{live_server.url}/en/address-books/{book}/")
    for who in (NEW_YORK, LONDON, SHA_TIN):
        tick(page, f"Select {who['name']}")
    tab_to(page, "Do something with many contacts")
    page.keyboard.press("Enter")
    walk.shoot("book")
    by_keyboard(page, "Ship to these")
    tab_to(page, "Reference")
    page.keyboard.type("A-1")
    walk.shoot("recipients")
    by_keyboard(page, "Save and continue")
    expect(page.get_by_text("This is the sender of an earlier item.")).to_be_visible()
    by_keyboard(page, "Save and continue")
    tick(page, "Goods")
    page.keyboard.press("ArrowDown")  # documents
    tab_to(page, "Weight in grams")
    page.keyboard.type("20")
    by_keyboard(page, "Save and continue")
    walk.shoot("service")
    by_keyboard(page, "Save and continue")
    expect(page.get_by_text("1 recipient gets no draft")).to_be_visible()
    walk.shoot("review")
    by_keyboard(page, "Make 2 drafts")
    walk.shoot("made")
    by_keyboard(page, "Book 2 items")
    walk.shoot("booking")
    be_the_worker(alice)
    expect(page.get_by_text("1 draft was not booked")).to_be_visible()  # the page has asked by itself
    expect(page.get_by_role("link", name="Labels on A4")).to_be_visible()
    walk.shoot("booked")
    page.goto(page.url.replace("/en/", "/zh-hant/"))
    walk.shoot("booked-zh")
    page.goto(page.url.replace("/zh-hant/", "/en/"))
    by_keyboard(page, "Delete 1 draft")
    walk.shoot("delete")
    by_keyboard(page, "Delete the drafts")
    expect(page.get_by_text("1 draft has been deleted.")).to_be_visible()
    page.goto(f"{live_server.url}/zh-hans/shipments/together/")
    walk.shoot("list-zh")
    page.close()

    assert walk.camera.complaints == []
