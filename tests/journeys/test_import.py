"""In a real browser, by keyboard alone, wide and on a phone: a file is uploaded, corrected twice, and undone.

A column that was not known is said, the file of the rows with errors is taken, mended and uploaded, and all of it goes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from addressbook import services as books
from addressbook.imports import working
from addressbook.imports.models import Import
from tests.addressbook.imports.files import csv_file
from tests.conftest import Person, make_person
from tests.journeys.browser import WIDTHS, Walk, by_keyboard, tab_to

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
ODD = csv_file(
    [
        ["Kundin", "Strasse", "Bezirk", "E-Mail"],
        ["Ann Lee", "8 Sample Road", "Yau Tsim Mong", "ann@example.com"],
        ["Ben Ho", "18 Sample Street", "Sha Tin", "no e-mail"],
    ]
)


def be_the_worker(alice: Person, page: Page | None = None) -> None:
    """Do what the worker does, and show a page anew: that it asks by itself, each second, is seen once."""
    with alice.scope():
        run = Import.objects.latest("created_at")
    working.work(run.pk, account_id=alice.account.pk, clock=timezone.now)
    if page is not None:
        page.reload()


def upload(page: Page, data: bytes) -> None:
    """Send a file; which one, a window of the browser's own asks."""
    page.set_input_files("input[name=file]", {"name": "kunden.csv", "mimeType": "text/csv", "buffer": data})
    by_keyboard(page, "Upload file")
    expect(page.get_by_text("The file is being read")).to_be_visible()


def choose(page: Page, column: str, words: str) -> None:
    """Go to what a column is, and choose by typing."""
    tab_to(page, column)
    page.keyboard.type(words)
    assert page.evaluate("document.activeElement.selectedOptions[0].innerText") == words


@pytest.mark.parametrize("width", WIDTHS)
def test_a_file_is_imported_with_corrections_and_undone(browser: Browser, live_server: Any, width: int) -> None:
    alice = make_person("alice")
    with alice.scope():
        book = books.default_book(now=timezone.now())
    walk = Walk(browser, alice, live_server.url, width, "import")
    page, imports = walk.page, f"{live_server.url}/en/address-books/{book.pk}/imports/"

    page.goto(imports)
    walk.shoot("upload")
    upload(page, ODD)
    be_the_worker(alice)
    expect(page.get_by_text("No row can be imported.")).to_be_visible()  # the page has asked by itself
    choose(page, "Kundin", "Name")
    choose(page, "Strasse", "Address line 1")
    choose(page, "Bezirk", "District")
    tab_to(page, "Remember these columns as")
    page.keyboard.type("Customers of the old shop")
    by_keyboard(page, "Check again")
    be_the_worker(alice, page)
    expect(page.get_by_text("1 contact can be imported.")).to_be_visible()
    walk.shoot("preview")

    tab_to(page, "Download the rows")
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    by_keyboard(page, "Import 1 contact")
    be_the_worker(alice, page)
    expect(page.get_by_text("1 contact has been added.")).to_be_visible()
    walk.shoot("done")
    page.goto(imports)
    upload(page, Path(taken.value.path()).read_bytes().replace(b"no e-mail", b"ben@example.com"))
    be_the_worker(alice, page)
    expect(page.get_by_text("1 contact can be imported.")).to_be_visible()  # the columns were remembered
    by_keyboard(page, "Import 1 contact")
    be_the_worker(alice, page)
    expect(page.get_by_text("1 contact has been added.")).to_be_visible()

    by_keyboard(page, "Undo this import")
    expect(page.get_by_role("heading", name="Undo this import?")).to_be_visible()
    walk.shoot("undo")
    by_keyboard(page, "Undo this import")
    be_the_worker(alice, page)
    expect(page.get_by_text("The import has been undone. 1 contact that it added is in the bin.")).to_be_visible()
    page.close()

    assert walk.camera.complaints == []
