"""Staff in a real browser: every page of the console in each language, looked at by axe, wide and at phone width."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, expect

from accounts import recovery
from accounts.models import FactorRecovery, Member
from addressbook import services as books
from addressbook.details import ContactDetails
from security import scope, suspension
from security.console import tasks
from security.console.models import Case
from security.detection.models import Appeal, Cause, Finding, Score, Subject
from tests.accounts.factors import give_app
from tests.conftest import PASSWORD, Person, make_person
from tests.console import SETTINGS, code_now
from tests.journeys.browser import Camera, enter, fill, press, submit
from tests.shipments.booking import make_booked

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
    pytest.mark.browser,
]
ANN = ContactDetails(name="Ann Lee", lines=["10 High Street"], city="London", postcode="SW1A 1AA", country="GB")


MODELS = ("suspension", "numberrange", "exchangerate", "tariffedition")


@pytest.fixture
def console(settings: Any) -> None:
    """The live server answers as the console's process."""
    for name, value in SETTINGS.items():
        setattr(settings, name, value)


@pytest.fixture
def alice(console: None) -> Person:
    """A customer of whom there is something to see: a contact, a shipment, a suspension, a score."""
    alice, now = make_person("alice"), timezone.now()
    with alice.scope():
        books.save_contact(book=books.default_book(now=now), details=ANN, now=now)
        make_booked()
    name = f"user:{alice.user.pk}"
    Score.objects.using("security").create(kind=Subject.ACTOR, subject=name, points=45, at=now)
    for rule in ("sequence", "elsewhere"):
        Finding.objects.using("security").create(
            at=now, rule=rule, actor=name, person=alice.user.pk, source="", device="", endpoint="labels:label",
            request_id=uuid4().hex, points=20,
        )  # fmt: skip
    held = suspension.suspend(cause=Cause.ELSEWHERE, person=alice.user.pk, account_id=alice.account.pk, now=now)
    suspension.appeal(held.id, words="I printed 300 labels for a fair.", now=now)
    give_app(lost := make_person("lotte"))
    with scope.identity():
        recovery.ask(user=lost.user, source="192.0.2.77", now=now)
    tasks.answer_queue(queue="bulk", sent_at=(now - timedelta(seconds=1)).isoformat())
    return alice


# Whether the first chart has anything in it but its empty ground.
DRAWN = """() => {
    const canvas = document.querySelector("[data-series]");
    if (!canvas.width || !canvas.height) return false;
    const dots = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return dots.some((dot) => dot !== 0) && canvas.getBoundingClientRect().width <= 360;
}"""


def sign_in(context: BrowserContext, home: str, name: str) -> Any:
    page = context.new_page()
    page.goto(home)
    page.fill("[name=login]", f"{name}@example.com")
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.press("[name=password]", "Enter")
    for _try in range(3):  # a code may run out on its way, on a busy machine
        page.fill("[name=code]", code_now())
        with page.expect_navigation():
            page.press("[name=code]", "Enter")
        if not page.locator("[name=code]").count():
            break
    expect(page.locator(".app-navigation")).to_be_visible()
    return page


def changed() -> str:
    """Change a threshold by two people, and propose another change; return its name."""
    from security.detection import changes

    name, now = "ladder.case", timezone.now()
    una, ivo = (make_person(one, staff_role="security").user.pk for one in ("una", "ivo"))
    change = changes.propose(name=name, value=90, reason="Too many cases on Monday", by=una, now=now)
    changes.approve(change_id=change.pk, by=ivo, now=now)
    changes.propose(name=name, value=100, reason="Still too many cases", by=ivo, now=now)
    return name


def held() -> Any:
    from security.detection.models import Suspension

    return Suspension.objects.using("security").get().pk


def lost_factor() -> Any:
    with scope.identity():
        return FactorRecovery.objects.get().pk


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_every_page_of_the_security_team(browser: Browser, live_server: Any, alice: Person, language: str) -> None:
    sam = make_person("sam", staff_role="security")
    context, home = browser.new_context(viewport={"width": 1280, "height": 900}), f"{live_server.url}/{language}/"
    enter(context, sam, live_server.url)
    page = context.new_page()
    page.goto(home)
    camera = Camera(page, f"console-{language}")
    expect(page.locator("[data-chart]").first).to_be_visible()
    camera.shoot("dashboard")

    page.set_viewport_size({"width": 360, "height": 800})
    page.reload()  # fresh in a narrow window, rather than narrowed
    expect(page.locator("[data-chart]").first).to_be_visible()
    page.wait_for_function(DRAWN)
    page.set_viewport_size({"width": 1280, "height": 900})

    account, person = alice.account.pk, alice.user.pk
    paths = {
        "actors": "actors/", "actor": f"actors/user/{person}/", "suspensions": "suspensions/",
        "suspension": f"suspensions/{held()}/", "thresholds": "thresholds/", "health": "health/",
        "threshold": f"thresholds/{changed()}/", "change-threshold": "thresholds/ladder.note/change/",
        "find": "accounts/", "account": f"accounts/{account}/", "open-case": f"cases/open/?account={account}",
        "cases-none": "cases/", "all-cases-none": "cases/all/", "trail": "audit/", "events": "audit/?which=events",
        "appeals": "appeals/", "appeal": f"appeals/{Appeal.objects.using('security').get().pk}/",
        "lost-factors": "lost-factors/", "lost-factor": f"lost-factors/{lost_factor()}/",
        "trail-wrong": "audit/?account_id=x", "staff": "staff/", "you": "you/", "factors": "sign-in/2fa/",
        "password": "sign-in/password/change/", "sessions": "sign-in/sessions/", "not-found": "nowhere/",
    }  # fmt: skip
    for name, path in paths.items():
        page.goto(home + path)
        camera.shoot(name)

    page.goto(f"{home}cases/open/?account={account}")
    fill(page, {"ticket": "T-4711", "reason": "The customer cannot find a contact."})
    submit(page, "/cases/open/")
    camera.shoot("case")
    address = page.url
    for section in ("member", "contact", "shipment"):
        page.goto(f"{address}{section}/")
        camera.shoot(section)
    press(page, page.locator("main form button").first)
    camera.shoot("revealed")
    for name, path in {"cases": "cases/", "all-cases": "cases/all/"}.items():
        page.goto(home + path)
        camera.shoot(name)
    page.goto(address)
    submit(page, "/end/")
    page.goto(address)
    camera.shoot("case-over")
    context.close()

    assert [said for said in camera.complaints if "400 (Bad Request)" not in said] == []  # the wrong question


def test_beginning_as_staff_and_the_pages_of_the_post(browser: Browser, live_server: Any, console: None) -> None:
    from accounts import staff

    with scope.identity():
        token = staff.invite(email="new@example.com", role="postal", now=timezone.now())
    context, home = browser.new_context(viewport={"width": 1280, "height": 900}), f"{live_server.url}/en/"
    page = context.new_page()
    camera = Camera(page, "console-begin")
    page.goto(f"{home}enrol/{token}/")
    camera.shoot("enrol")
    secret = page.locator("code.app-secret").inner_text()
    fill(page, {"password": PASSWORD, "code": code_now(secret)})
    press(page, "main form button[type=submit]")
    expect(page.locator("li.app-secret").first).to_be_visible()
    camera.shoot("enrolled")
    page.goto(f"{home}enrol/{token}/")
    camera.shoot("used-up")
    page.goto(home)
    camera.shoot("sign-in")
    make_person("dana", staff_role="postal")
    page.close()

    page = sign_in(context, home, "dana")
    office = Camera(page, "console-post")
    office.shoot("dashboard")
    paths = (
        "tracking/events/",
        *(f"reference/shipments/{model}/" for model in MODELS),
        "reference/shipments/suspension/add/",
    )
    for path in paths:
        page.goto(home + path)
        page.wait_for_load_state("load")
        assert office.complaints == [], "what the page says by itself"
        office.shoot(path.strip("/").replace("/", "-"))
        # Where a sheet of the admin's brings in another, axe sets styles itself, and the CSP keeps it from that.
        office.complaints = [said for said in office.complaints if "Applying inline style violates" not in said]
    context.close()

    complaints = camera.complaints + office.complaints
    assert not complaints, "\n".join(complaints)


def test_a_case_by_keyboard_and_without_script(browser: Browser, live_server: Any, alice: Person) -> None:
    erin = make_person("erin", staff_role="support")
    home = f"{live_server.url}/en/"
    with scope.identity():
        member = Member.objects.get(user=alice.user).pk
    context = browser.new_context(java_script_enabled=False)
    enter(context, erin, live_server.url)
    page = context.new_page()

    page.goto(f"{home}cases/open/?account={alice.account.pk}")
    page.fill("[name=ticket]", "T-1")
    page.fill("[name=reason]", "The customer has asked for it.")
    with page.expect_navigation():
        page.press("[name=ticket]", "Enter")
    page.goto(f"{page.url}member/")
    button = page.locator(f"form[action*='{member}'] button")
    button.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "alice@example.com" in page.locator("main").inner_text()
    context.close()
    assert Case.objects.using("security").count() == 1
