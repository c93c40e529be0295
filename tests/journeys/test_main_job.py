"""The main job in a real browser, once in each language: sign up, add, quote, book three items, print, follow."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, Page

from shipments import item_numbers
from tests.conftest import PASSWORD, make_person
from tests.journeys.browser import Camera, fill, press, submit
from tests.labels.reading import codes, one_bit, thermal
from tests.mailbox import deliver, link
from tests.shipments.booking import LONDON, NEW_YORK, SENDER, SHA_TIN, SHIRT, typed_lines, typed_party
from tests.tracking.journeys import operator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

REASONS = {
    "en": "Postal items with goods to the USA are suspended.",
    "zh-hant": "寄往美國而載有物品的郵件暫停接受投寄。",
    "zh-hans": "寄往美国而载有物品的邮件暂停接受投寄。",
}


def sign_up(page: Page, camera: Camera, home: str, email: str) -> None:
    page.goto(f"{home}sign-in/signup/")
    camera.shoot("sign-up")
    fill(page, {"email": email, "kind": "business", "account_name": "Sample Trading"})
    submit(page, "signup")
    camera.shoot("mail-sent")
    origin = home.rstrip("/").rsplit("/", 1)[0]
    page.goto(origin + link(deliver()[-1]))
    camera.shoot("activate")
    fill(page, {"password": PASSWORD})
    submit(page, "activate")


def add_contact(page: Page, camera: Camera, home: str) -> None:
    page.goto(f"{home}address-books/")
    camera.shoot("books")
    press(page, page.locator('main a[href*="contacts/add"], main a[href*="/add"]').first)
    fill(page, typed_party(SENDER))
    camera.shoot("contact")
    press(page, page.locator("main form button.govuk-button:not([name])").last)
    camera.shoot("contact-saved")


def book(page: Page, camera: Camera, home: str, name: str, recipient: dict[str, Any], contents: dict[str, Any]) -> str:
    """Walk the wizard and return the item number."""
    page.goto(f"{home}shipments/new/")
    press(page, page.locator("main form button.govuk-button").last)
    assert page.url.endswith("/sender/")
    fill(page, typed_party(SENDER))
    submit(page, "/sender/")
    pick_country(page, str(recipient["country"]))
    fill(page, typed_party(recipient))
    camera.shoot(f"{name}-recipient")
    submit(page, "/recipient/")
    fill(page, contents)
    submit(page, "/contents/")
    if "/customs/" in page.url:
        fill(page, {"category": "gift", "non_delivery": "return", **typed_lines(SHIRT)})
        camera.shoot(f"{name}-customs")
        submit(page, "/customs/")
    camera.shoot(f"{name}-service")
    return page.url


def pick_country(page: Page, country: str) -> None:
    fill(page, {"country": country})
    change = page.locator('main button[value="change-country"]')
    if change.count():
        press(page, change.first)


def finish(page: Page, camera: Camera, name: str, service: str) -> str:
    fill(page, {"service": service})
    submit(page, "/service/")
    camera.shoot(f"{name}-review")
    submit(page, "/review/")
    assert page.url.endswith("/done/")
    camera.shoot(f"{name}-done")
    text = re.sub(r"\s", "", page.locator("main").inner_text())
    found = re.search(r"[A-Z]{2}\d{9}HK", text)
    assert found, text[:300]
    assert item_numbers.is_valid(found[0])
    return found[0]


def print_label(page: Page, number: str) -> None:
    """Fetch the label as the browser would, with the session's cookies, and scan it as the counter does."""
    shipment = page.url.replace("/done/", "/label/")
    for output in ("pdf", "png"):
        response = page.request.get(f"{shipment}?output={output}&layout=4x6")
        assert response.ok
        picture = thermal(response.body()) if output == "pdf" else one_bit(Image.open(io.BytesIO(response.body())))
        assert codes(picture) == [number]


def follow(page: Page, camera: Camera, home: str, number: str) -> None:
    now: datetime = timezone.now()
    client = operator()
    for minutes, code in ((50, "EMA"), (40, "EMC")):
        event = {
            "item_number": number,
            "code": code,
            "at": (now - timedelta(minutes=minutes)).isoformat(),
            "place": "HKG",
        }
        answer = client.post("/api/v1/tracking/events/", event, content_type="application/json")
        assert answer.status_code == 201, answer.content
    page.goto(f"{home}track/{number}/")
    camera.shoot("track")
    text = page.locator("main").inner_text()
    assert "HKG" in text
    assert "Edith" not in text
    assert "Alice" not in text


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_main_job_from_sign_up_to_tracking(browser: Browser, live_server: Any, language: str) -> None:
    make_person("alice")
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    camera, home = Camera(page, language, always=True), f"{live_server.url}/{language}/"
    page.goto(home)
    camera.shoot("home")

    sign_up(page, camera, home, "new@example.com")
    add_contact(page, camera, home)
    page.goto(f"{home}quote/?destination=GB-GB&weight_g=400&contents=goods")
    camera.shoot("quote")

    book(page, camera, home, "uk", LONDON, {"contents": "goods", "weight_g": 400, "format": "packet"})
    number = finish(page, camera, "uk", "ARM")
    print_label(page, number)
    follow(page, camera, home, number)

    book(
        page,
        camera,
        home,
        "usa",
        NEW_YORK,
        {"contents": "goods", "weight_g": 400, "destination": "US-UB", "zone": "UB"},
    )
    assert not page.locator('main [name="service"][value="EMS"]').count(), "goods to the USA are suspended"
    assert REASONS[language] in page.locator("main").inner_text()
    book(page, camera, home, "usa-documents", NEW_YORK, {"contents": "documents", "weight_g": 40})
    print_label(page, finish(page, camera, "usa-documents", "EMS"))

    local = {"contents": "documents", "weight_g": 20, "format": "small_letter"}
    book(page, camera, home, "local", SHA_TIN, local)
    print_label(page, finish(page, camera, "local", "LRM"))

    assert camera.complaints == []
