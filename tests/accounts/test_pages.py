"""The pages of signing in, as a reader finds them: whole, labelled, in three languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.test import Client
from django.urls import reverse

from security import scope
from tests.conftest import PASSWORD, Person
from tests.mailbox import deliver, link
from tests.pages import Page

pytestmark = pytest.mark.django_db
GetPage = Callable[..., Page]
ENTRANCE = [
    "login/",
    "signup/",
    "password/reset/",
    "password/reset/done/",
    "password/reset/key/1-x/",
    "password/reset/key/done/",
    "confirm-email/",
    "confirm-email/nonsense/",
    "inactive/",
]
OWN = ["email/", "password/change/", "logout/", "sessions/", "reauthenticate/", "2fa/", "2fa/webauthn/"]
CONFIRMED = ["2fa/totp/activate/", "2fa/webauthn/add/"]  # a password is asked for first


@pytest.mark.parametrize("path", ENTRANCE)
@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_a_page_before_signing_in_is_whole(get_page: GetPage, language: str, path: str) -> None:
    get_page(f"/{language}/sign-in/{path}")


@pytest.mark.parametrize("path", [*OWN, *CONFIRMED])
@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_a_page_about_oneself_is_whole(alice: Person, get_page: GetPage, language: str, path: str) -> None:
    alice.client.post("/en/sign-in/reauthenticate/", {"password": PASSWORD})

    get_page(f"/{language}/sign-in/{path}", alice)


@pytest.mark.parametrize("path", [*ENTRANCE, *OWN])
def test_a_page_has_its_title_in_three_languages(alice: Person, path: str) -> None:
    client = Client() if path in ENTRANCE else alice.client
    titles = [
        Page(client.get(f"/{language}/sign-in/{path}")).one("h1").get_text(strip=True)
        for language in ("en", "zh-hant", "zh-hans")
    ]

    assert not [title for title in titles[1:] if title.isascii()], titles


def test_confirming_names_the_address_and_nobody_else(alice: Person, get_page: GetPage) -> None:
    with scope.identity():
        address = EmailAddress.objects.create(user=alice.user, email="second@example.com", verified=False)
        key = EmailConfirmationHMAC(address).key

    page = get_page(reverse("account_confirm_email", args=[key]))

    assert "second@example.com" in page.text
    assert str(alice.user.pk) not in page.text


def test_the_page_of_a_reset_link_asks_for_a_password_twice(alice: Person) -> None:
    client = Client()
    client.post("/en/sign-in/password/reset/", {"email": "alice@example.com"})

    page = Page(client.get(link(deliver()[0]), follow=True))

    page.check()
    assert [field["name"] for field in page.all("main input[type=password]")] == ["password1", "password2"]


def test_other_sessions_are_ended(alice: Person) -> None:
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.post("/en/sign-in/login/", {"login": "alice@example.com", "password": PASSWORD})
    page = Page(browsers[0].get("/en/sign-in/sessions/"))

    browsers[0].post("/en/sign-in/sessions/")

    assert len(page.all("main .app-card")) >= 2
    assert browsers[0].get("/en/account/").status_code == 200
    assert browsers[1].get("/en/account/").status_code == 302
