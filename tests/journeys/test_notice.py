"""In a real browser: the holder reads what was read of theirs, and copies the words for the people concerned."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import make_person
from tests.incidents.cast import notice_of
from tests.incidents.test_holder import contact_of
from tests.journeys.browser import Camera, enter

pytestmark = [pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"]), pytest.mark.browser]


def test_the_holder_reads_and_copies(browser: Browser, live_server: Any) -> None:
    alice = make_person("alice")
    notice = notice_of(alice.account.pk, contacts=[contact_of(alice, f"Wong Tai {number}").pk for number in range(3)])
    page = browser.new_page()
    page.context.grant_permissions(["clipboard-write"])  # a headless shell has nobody who could be asked
    camera = Camera(page, "notice")
    enter(page.context, alice, live_server.url)

    for language in ("en", "zh-hant", "zh-hans"):
        page.goto(f"{live_server.url}/{language}/account/notices/")
        camera.shoot(f"list-{language}")
        page.goto(f"{live_server.url}/{language}/account/notices/{notice.pk}/")
        camera.shoot(f"notice-{language}")
    page.locator("[data-copies]").click()
    expect(page.locator("[data-copied]")).to_have_text("已复制")
    page.close()

    assert camera.complaints == []
