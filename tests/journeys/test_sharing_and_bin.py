"""In a real browser, by keyboard alone, wide and on a phone: a book is shared with a team; a contact leaves the bin."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, expect

from addressbook import services as books
from addressbook.models import AddressBook
from tests.addressbook.conftest import hong_kong
from tests.conftest import Person, make_person
from tests.journeys.browser import WIDTHS, Walk, by_keyboard, tab_to

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def restricted_book(person: Person) -> AddressBook:
    with person.scope():
        book = books.create_book(name="Directors", access="restricted", now=timezone.now())
        books.save_contact(book=book, details=hong_kong(), now=timezone.now())
    return book


@pytest.mark.parametrize("width", WIDTHS)
def test_a_book_is_shared_with_a_team_and_taken_back(browser: Browser, live_server: Any, width: int) -> None:
    alice = make_person("alice")
    bob = make_person("bob", account=alice.account, role="clerk")
    book = restricted_book(alice)
    address = reverse("addressbook:contacts", args=[book.pk])
    walk = Walk(browser, alice, live_server.url, width, "sharing")
    page = walk.page

    page.goto(f"{live_server.url}/en/account/")
    by_keyboard(page, "Teams")
    by_keyboard(page, "Make a team")
    tab_to(page, "Name of the team")
    page.keyboard.type("Dispatch")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, "Bob")
    page.keyboard.press("Space")
    by_keyboard(page, "Put into team")
    expect(page.get_by_text("1 person has been put into the team.")).to_be_visible()
    assert bob.client.get(address).status_code == 403

    page.goto(f"{live_server.url}/en/address-books/{book.pk}/settings/")
    tab_to(page, "What its members may do")
    page.keyboard.press("ArrowDown")
    by_keyboard(page, "Share with team")
    expect(page.get_by_text("Dispatch: Add, change and delete contacts")).to_be_visible()
    assert bob.client.get(address).status_code == 200
    walk.shoot("settings")
    by_keyboard(page, "Who can see what")
    expect(page.get_by_text("By the team Dispatch")).to_be_visible()
    walk.shoot("who")
    page.goto(f"{live_server.url}/en/account/teams/")
    by_keyboard(page, "Dispatch")
    walk.shoot("team")
    by_keyboard(page, "Take out")
    expect(page.get_by_text("Nobody is in this team yet.")).to_be_visible()
    assert bob.client.get(address).status_code == 403

    assert walk.camera.complaints == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_contact_goes_to_the_bin_and_comes_back(browser: Browser, live_server: Any, width: int) -> None:
    alice = make_person("alice")
    book = restricted_book(alice)
    walk = Walk(browser, alice, live_server.url, width, "bin")
    page = walk.page

    page.goto(f"{live_server.url}/en/address-books/{book.pk}/")
    by_keyboard(page, "Chan Tai Man")
    by_keyboard(page, "Delete contact")
    by_keyboard(page, "Delete contact")
    expect(page.get_by_text("The contact has been deleted.")).to_be_visible()
    by_keyboard(page, "Bin")
    tab_to(page, "Tick all on this page")
    page.keyboard.press("Space")
    expect(page.get_by_role("status").filter(has_text="Ticked: 1 of 1")).to_be_visible()
    tab_to(page, "Chan Tai Man")
    page.keyboard.press("Space")
    expect(page.get_by_text("Ticked: 0 of 1")).to_be_visible()
    expect(page.get_by_label("Tick all on this page")).not_to_be_checked()
    page.keyboard.press("Space")
    expect(page.get_by_label("Tick all on this page")).to_be_checked()
    walk.shoot("bin")
    by_keyboard(page, "Put back into the book")
    expect(page.get_by_role("link", name="Chan Tai Man")).to_be_visible()
    tab_to(page, "Tick all on this page")
    page.keyboard.press("Space")
    expect(page.get_by_label("Select Chan Tai Man")).to_be_checked()
    walk.shoot("restored")

    assert walk.camera.complaints == []
