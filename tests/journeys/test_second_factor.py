"""In a real browser: passkeys, an app, recovery codes and sessions, in each language; and what goes without script."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.accounts.factors import App, codes_of
from tests.conftest import PASSWORD, make_person
from tests.journeys.browser import Camera, give_authenticator, press
from tests.mailbox import deliver

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
EMAIL = "alice@example.com"


def sign_in(page: Page, home: str) -> None:
    page.goto(f"{home}sign-in/login/")
    page.fill("[name=login]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    press(page, page.locator('main form[action*="login/"] button[type=submit]'))


def sign_out(page: Page) -> None:
    press(page, page.locator('nav form[action*="logout"] button'))


def is_signed_in(page: Page) -> bool:
    return page.locator('nav form[action*="logout"]').count() == 1


def type_code(page: Page, code: str) -> None:
    page.fill("main [name=code]", code)
    press(page, page.locator("main form:has([name=code]) button[type=submit]"))


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_passkeys_from_the_first_to_the_last(browser: Browser, live_server: Any, language: str) -> None:
    make_person("alice")
    home = f"http://localhost:{live_server.thread.port}/{language}/"
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    camera = Camera(page, f"passkey-{language}")
    give_authenticator(page)

    sign_in(page, home)
    page.goto(f"{home}sign-in/2fa/")
    camera.shoot("no-factor")
    page.goto(f"{home}sign-in/2fa/webauthn/")
    camera.shoot("no-passkey")
    page.goto(f"{home}sign-in/2fa/webauthn/add/")
    page.fill("[name=name]", "Office laptop")
    camera.shoot("add-passkey")
    press(page, "#mfa_webauthn_add")
    camera.shoot("codes-shown-once")
    codes = page.locator(".app-codes .app-secret").all_inner_texts()
    assert len(codes) == 10
    with page.expect_download() as started:
        page.click('a[href$="/download/"]')
    assert codes[0] in started.value.path().read_text()
    page.goto(f"{home}sign-in/2fa/webauthn/")
    camera.shoot("passkeys")
    assert "Office laptop" in page.locator("main").inner_text()
    sign_out(page)

    # As a second factor, after the password; and the way back.
    sign_in(page, home)
    camera.shoot("asked-for-passkey")
    assert not is_signed_in(page)
    press(page, "#mfa_webauthn_authenticate")
    assert is_signed_in(page)
    sign_out(page)

    # Alone; where one was going is not lost.
    page.goto(f"{home}account/")
    camera.shoot("sign-in")
    with page.expect_navigation(url="**/account/"):
        page.click("#passkey_login")
    assert is_signed_in(page)
    page.goto(f"{home}sign-in/2fa/webauthn/reauthenticate/")
    camera.shoot("show-again")
    press(page, "#mfa_webauthn_reauthenticate")

    page.goto(f"{home}sign-in/2fa/webauthn/")
    press(page, 'main a[href*="/edit/"]')
    camera.shoot("rename")
    page.fill("[name=name]", "Home laptop")
    press(page, page.locator('main form button[type="submit"]'))
    assert "Home laptop" in page.locator("main").inner_text()
    press(page, 'main a[href*="/remove/"]')
    camera.shoot("remove")
    press(page, page.locator('main form button[type="submit"]'))
    sign_out(page)
    sign_in(page, home)
    assert is_signed_in(page)
    assert {"A passkey was added", "A passkey was removed"} <= {letter.subject for letter in deliver()}
    assert camera.complaints == []


def test_a_passkey_that_is_cancelled_says_so(browser: Browser, live_server: Any) -> None:
    make_person("alice")
    page = browser.new_page()
    camera = Camera(page, "passkey-cancelled")
    page.goto(f"http://localhost:{live_server.thread.port}/en/sign-in/login/")
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError')) }")

    page.click("#passkey_login")

    page.locator("[data-passkey-failed]").wait_for(state="visible")
    camera.shoot("cancelled")
    assert camera.complaints == []


@pytest.mark.parametrize(
    ("language", "has_script"),
    # Without script axe cannot look, so that a language says nothing that another does not.
    [("en", True), ("zh-hant", True), ("zh-hans", True), ("zh-hant", False)],
    ids=["en", "zh-hant", "zh-hans", "no script"],
)
def test_an_app_and_recovery_codes(browser: Browser, live_server: Any, language: str, has_script: bool) -> None:
    alice = make_person("alice")
    home = f"{live_server.url}/{language}/"
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=has_script)
    page = context.new_page()
    camera = Camera(page, f"app-{language}-{'script' if has_script else 'plain'}")

    def look(step: str) -> None:
        if has_script:
            camera.shoot(step)

    sign_in(page, home)
    page.goto(f"{home}sign-in/2fa/totp/activate/")
    look("set-up")
    app = App(page.locator("#totp-secret").text_content() or "")
    type_code(page, app.code())
    look("codes")
    assert page.locator(".app-codes .app-secret").count() == 10
    sign_out(page)
    sign_in(page, home)
    look("asked-for-code")
    type_code(page, "123123")
    look("wrong-code")
    assert not is_signed_in(page)
    type_code(page, app.code(1))
    assert is_signed_in(page)
    sign_out(page)
    sign_in(page, home)
    type_code(page, codes_of(alice)[0])
    assert is_signed_in(page)
    page.goto(f"{home}sign-in/2fa/recovery-codes/")
    look("one-used")
    page.goto(f"{home}sign-in/2fa/recovery-codes/generate/")
    look("new-codes")
    page.goto(f"{home}sign-in/2fa/reauthenticate/")
    look("code-again")
    page.goto(f"{home}sign-in/2fa/totp/deactivate/")
    look("remove-app")
    press(page, page.locator("main form button").first)
    look("no-factor")
    assert camera.complaints == []
    context.close()


def test_sessions_are_ended_one_by_one(browser: Browser, live_server: Any) -> None:
    make_person("alice")
    home = f"{live_server.url}/en/"
    pages = [browser.new_context(viewport={"width": 360, "height": 800}).new_page() for _ in range(3)]
    for page in pages:
        sign_in(page, home)
        time.sleep(0.01)
    here, first, second = pages
    camera = Camera(here, "sessions")
    here.goto(f"{home}sign-in/sessions/")
    camera.shoot("three")

    press(here, here.locator('form[action*="/end/"] button').first)
    camera.shoot("ended-one")

    for page in (first, second):
        page.goto(f"{home}account/")
    assert is_signed_in(here)
    assert sorted([is_signed_in(first), is_signed_in(second)]) == [False, True]
    press(here, here.locator('form[action$="/sign-in/sessions/"] button'))
    for page in (first, second):
        page.goto(f"{home}account/")
        assert not is_signed_in(page)
    assert camera.complaints == []
