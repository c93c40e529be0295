"""Security staff work on an incident in a real browser, in each language; axe looks at every page, wide and narrow."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from security.incidents import bundles, notices
from security.incidents.models import ALIAS, EvidenceBundle, NoticeRun
from tests.conftest import make_person
from tests.console import SETTINGS
from tests.incidents.cast import FAY, NOW, THIEF, read
from tests.journeys.browser import Camera, enter, press

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
    pytest.mark.browser,
]


@pytest.fixture
def console(settings: Any) -> None:
    """The live server answers as the console's process."""
    for name, value in SETTINGS.items():
        setattr(settings, name, value)


def act(page: Page, path: str, button: str = "") -> None:
    """Press the button of the form that goes to an address."""
    named = f"[name={button}]" if button else ""
    press(page, page.locator(f'main form[action*="{path}"] button{named}').first)


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
@pytest.mark.usefixtures("console")
def test_an_incident_from_its_opening_to_its_notices(browser: Browser, live_server: Any, language: str) -> None:
    alice = make_person("alice")
    eric = make_person("eric", staff_role="security")
    read(alice, [uuid4()], fields=["name", "address"])
    home = f"{live_server.url}/{language}/"
    page = browser.new_page()
    camera = Camera(page, f"incident-{language}")

    enter(page.context, eric, live_server.url)
    page.goto(home)
    camera.shoot("dashboard-empty")
    page.goto(f"{home}incidents/")
    camera.shoot("none")
    page.goto(f"{home}incidents/open/")
    page.fill("[name=title]", "Key of a shop stolen")
    page.fill("[name=since]", "2026-03-01 00:00")
    act(page, "/open/")  # nothing within reach
    camera.shoot("open-wrong")
    page.fill("[name=actors]", THIEF)
    act(page, "/open/")
    for to in ("contain", "assess", "notify"):
        page.select_option("#move_to", to)
        act(page, "/move/")
    act(page, "/1/report/")
    act(page, "/1/evidence/")
    camera.shoot("evidence-waiting")
    bundles.make(EvidenceBundle.objects.using(ALIAS).get().pk, clock=timezone.now)
    expect(page.locator("#evidence a[href$='/file/']")).to_be_visible()  # the page has asked again by itself
    camera.shoot("evidence-ready")
    page.goto(f"{home}incidents/1/")
    camera.shoot("incident")
    act(page, "/1/notices/")
    camera.shoot("draft")
    run = NoticeRun.objects.using(ALIAS).get()
    page.goto(f"{home}incidents/1/notices/{run.pk}/texts/")
    camera.shoot("texts")
    page.goto(f"{home}incidents/1/notices/{run.pk}/")
    act(page, "/act/", "ask")
    camera.shoot("asked")
    notices.approve(run=run, by=FAY, now=NOW)
    while notices.queue_some(run, now=NOW) is not None:
        pass
    page.reload()
    camera.shoot("sending")
    page.goto(f"{home}incidents/1/form/")
    camera.shoot("form")
    page.goto(home)
    camera.shoot("dashboard")
    page.goto(f"{home}incidents/")
    camera.shoot("list")
    page.goto(f"{home}incidents/1/")
    page.fill("#block_network", "0.0.0.0/0")
    act(page, "/block/")
    camera.shoot("block-wrong")
    page.fill("#block_network", "198.51.100.0/24")
    page.fill("#block_reason", "Sweeps through ids from there")
    act(page, "/block/")
    page.goto(f"{home}sources/")
    camera.shoot("sources")
    act(page, "/lift/")
    page.goto(f"{home}sources/?which=all")
    camera.shoot("sources-over")
    page.close()

    assert camera.complaints == []
