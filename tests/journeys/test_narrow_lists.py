"""In a real browser: lists of people, keys and the access log fit a phone, with nothing that scrolls inside."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page

from accounts import keys, services
from accounts.roles import KEY_SCOPES, Role
from tests.conftest import Person, make_person
from tests.journeys.browser import Camera, enter
from tests.shipments.booking import make_booked
from tests.tracking.hooks import made_webhook, waiting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
LISTS = {
    "people": "account/",
    "keys": "account/keys/",
    "hooks": "account/webhooks/",
    "log": "account/access-log/",
    "addresses": "sign-in/email/",
}
SIDEWAYS = """() => [...document.querySelectorAll('main *')]
    .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX != 'visible')
    .filter(e => !e.classList.contains('govuk-visually-hidden') && !e.closest('thead')).map(e => e.className)"""
NAMED = """() => [...document.querySelectorAll('.app-records td')]
    .filter(e => !e.innerText.trim().startsWith(e.querySelector('.app-records__label').textContent)).length"""


def furnish() -> tuple[Person, UUID]:
    alice = make_person("alice")
    make_person("somebody.with.a.rather.long.name.indeed", account=alice.account, role=Role.CLERK)
    with alice.scope():
        long_email = "somebody.with.a.long.address@department.of.a.company.example.org"
        services.invite(email=long_email, role=Role.MANAGER, by=alice.user.pk, now=timezone.now())
        keys.create_api_key(
            account=alice.account,
            by=alice.user,
            name="Shop" * 20,
            scopes=list(KEY_SCOPES)[:5],
            allowed_addresses=["203.0.113.0/24", "2001:db8:1234:5678:9abc:def0:1234:5678"],
        )
        hook = made_webhook(f"https://shop.example.com/{'long' * 40}", timezone.now(), by=alice.user.pk)
        booked = make_booked(now=timezone.now())
        waiting(hook, timezone.now(), shipment=booked, attempts=3, failure="tls")
    return alice, hook.pk


def sideways(page: Page) -> list[str]:
    """Return what scrolls sideways inside the page."""
    found: list[str] = page.evaluate(SIDEWAYS)
    return found


def test_every_list_fits_a_phone(browser: Browser, live_server: Any) -> None:
    alice, hook = furnish()
    page, home = browser.new_page(), f"{live_server.url}/en/"
    camera = Camera(page, "lists")
    enter(page.context, alice, live_server.url)

    for name, path in {**LISTS, "webhook": f"account/webhooks/{hook}/"}.items():
        page.goto(home + path)
        camera.shoot(name)
        page.set_viewport_size({"width": 360, "height": 900})
        assert sideways(page) == [], name
        assert page.locator(".app-records").count() > 0, name
        assert page.evaluate(NAMED) == 0, "a value stands without its column's name"

    assert camera.complaints == []
