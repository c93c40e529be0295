"""In a real browser, by keyboard alone, wide and on a phone: two entries of one person are found, merged and parted."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from addressbook import services
from addressbook.duplicates import looking
from addressbook.models import AddressBook
from tests.addressbook.conftest import hong_kong
from tests.conftest import Person, make_person
from tests.journeys.browser import WIDTHS, Walk, by_keyboard, tab_to

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def book_with_twins(person: Person) -> AddressBook:
    with person.scope():
        book = services.default_book(now=timezone.now())
        for details in (
            hong_kong(name="Chan Tai Man", email="tai.man@example.com", company="Sample Trading Ltd", tags=["Family"]),
            hong_kong(name="CHAN Tai-man", email="Tai.Man@example.com", phone="9123 4567", local_name="陳大文",
                      lines=["Flat 5, 12/F", "8 Nathan Rd"]),
            hong_kong(name="Wong Mei Ling", lines=["1 Queen's Road"], district="Southern"),
        ):  # fmt: skip
            services.save_contact(book=book, details=details, now=timezone.now())
        return book


@pytest.mark.parametrize("width", WIDTHS)
def test_duplicates_are_merged_and_parted(browser: Browser, live_server: Any, width: int) -> None:
    alice = make_person("alice")
    book = book_with_twins(alice)
    walk = Walk(browser, alice, live_server.url, width, "duplicates")
    page = walk.page

    page.goto(f"{live_server.url}/en/address-books/{book.pk}/")
    by_keyboard(page, "Possible duplicates")
    walk.shoot("never-looked")
    by_keyboard(page, "Look for duplicates")
    expect(page.get_by_text("is being looked through")).to_be_visible()
    walk.shoot("looking")
    with alice.scope():  # as the worker does
        looking.look(AddressBook.objects.get(pk=book.pk), now=timezone.now())
    expect(page.get_by_text("1 pair may be one contact.")).to_be_visible()  # the page asked by itself
    walk.shoot("found")
    by_keyboard(page, "Compare and merge")
    walk.shoot("compare")
    tab_to(page, "Chan Tai Man")
    page.keyboard.press("ArrowRight")  # the other one's name
    by_keyboard(page, "Merge")
    expect(page.get_by_text("The two contacts have been merged.")).to_be_visible()
    walk.shoot("merged")
    by_keyboard(page, "Undo the merge")
    expect(page.get_by_text("They are two contacts again")).to_be_visible()
    page.goto(f"{live_server.url}/zh-hant/address-books/{book.pk}/duplicates/")
    walk.shoot("parted")
    page.close()

    assert walk.camera.complaints == []
