"""Pages for those who are kept out or slowed down, in each language: axe looks, wide and at phone width."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, Page

from security import suspension
from security.detection import blocking, freeze
from security.detection.models import Cause, Freeze
from tests.conftest import PASSWORD, make_person
from tests.journeys.browser import Camera, press

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
    pytest.mark.browser,
]


def sign_in(page: Page, home: str) -> None:
    page.goto(f"{home}sign-in/login/")
    page.fill("[name=login]", "alice@example.com")
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.press("[name=password]", "Enter")


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_frozen_suspended_appealing_and_blocked(browser: Browser, live_server: Any, language: str) -> None:
    alice, now, home = make_person("alice"), timezone.now(), f"{live_server.url}/{language}/"
    page = browser.new_page()
    camera = Camera(page, f"refusing-{language}")
    sign_in(page, home)

    freeze.freeze("addressbook", size=Freeze.Size.ALL, cause=Cause.STAFF, now=now)
    page.goto(f"{home}address-books/")
    camera.shoot("frozen")

    held = suspension.suspend(cause=Cause.STAFF, person=alice.user.pk, now=now)
    page.goto(f"{home}account/")
    camera.shoot("suspended")
    page.goto(f"{home}suspension/{suspension.link_token(held.id)}/")
    camera.shoot("appeal")
    press(page, page.locator("main form button").first)
    camera.shoot("appeal-empty")
    page.fill("main textarea", "I printed 300 labels for a fair.")
    press(page, page.locator("main form button").first)
    camera.shoot("appealed")

    until = now + timedelta(hours=1)
    blocking.block(network="127.0.0.0/16", until=until, reason="To look at the page", by=uuid4(), now=now)
    page.goto(home)
    camera.shoot("blocked")
    page.close()

    told = [said for said in camera.complaints if "403" not in said and "503" not in said]
    assert told == []
