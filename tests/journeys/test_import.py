"""In a real browser, by keyboard and on a phone: a file is uploaded, a column corrected, carried out and undone."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from addressbook import services as books
from addressbook.imports import working
from addressbook.imports.models import Import
from tests.addressbook.imports.files import csv_file
from tests.conftest import PASSWORD, Person, make_person
from tests.journeys.browser import Camera

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
ODD = csv_file(
    [
        ["Kundin", "Strasse", "Bezirk", "E-Mail"],
        ["Ann Lee", "8 Sample Road", "Yau Tsim Mong", "ann@example.com"],
        ["Ben Ho", "18 Sample Street", "Nowhere", "no e-mail"],
    ]
)


def be_the_worker(alice: Person) -> None:
    with alice.scope():
        run = Import.objects.latest("created_at")
    working.work(run.pk, account_id=alice.account.pk, clock=timezone.now)


def press(page: Page, name: str) -> None:
    button = page.get_by_role("button", name=name)
    button.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_file_is_imported_with_a_corrected_column_and_undone(browser: Browser, live_server: Any) -> None:
    alice = make_person("alice")
    with alice.scope():
        book = books.default_book(now=timezone.now())
    page = browser.new_page(viewport={"width": 360, "height": 800})
    camera = Camera(page, "import")
    page.goto(f"{live_server.url}/en/sign-in/login/")
    page.fill("[name=login]", "alice@example.com")
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.press("[name=password]", "Enter")

    page.goto(f"{live_server.url}/en/address-books/{book.pk}/imports/")
    camera.shoot("upload")
    page.set_input_files("input[name=file]", {"name": "kunden.csv", "mimeType": "text/csv", "buffer": ODD})
    press(page, "Upload file")
    expect(page.get_by_text("The file is being read")).to_be_visible()
    be_the_worker(alice)
    expect(page.get_by_text("No row can be imported.")).to_be_visible()  # the page has asked by itself

    page.select_option("#id_column0", "name")
    page.select_option("#id_column1", "line1")
    page.select_option("#id_column2", "district")
    page.fill("#id_remember", "Customers of the old shop")
    press(page, "Check again")
    be_the_worker(alice)
    expect(page.get_by_text("1 contact can be imported.")).to_be_visible()
    camera.shoot("preview")
    press(page, "Import 1 contact")
    be_the_worker(alice)
    expect(page.get_by_text("1 contact has been added.")).to_be_visible()
    camera.shoot("done")

    page.get_by_role("button", name="Undo this import").click()
    expect(page.get_by_role("heading", name="Undo this import?")).to_be_visible()
    camera.shoot("undo")
    press(page, "Undo this import")
    be_the_worker(alice)
    expect(page.get_by_text("The import has been undone. 1 contact that it added is in the bin.")).to_be_visible()
    page.close()

    assert camera.complaints == []
