"""The pages of signing in speak our words, not their library's: in three languages, with their errors and messages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from ecship import messages_build
from security import scope
from tests.conftest import PASSWORD, Person
from tests.pages import Page

pytestmark = pytest.mark.django_db
# What a library says and we do not; an address like alice@example.com is nobody's words.
THEIRS = {
    "en": r"\b(log(ged|ging)? (in|out)|login|logout|emails?|reauthenticate|successfully|(un)?verified|verification)\b",
    "zh-hant": "電子郵件|電子郵箱|電子信箱|登錄|登陸|賬戶|賬號|帳號|您|重新驗證",
    "zh-hans": "电子邮件地址|电邮|登陆|登入|登出|帐户|帐号|账号|你|重新认证",
}
ENTRANCE = ["login/", "signup/", "password/reset/", "password/reset/done/", "confirm-email/", "confirm-email/x/"]
OWN = ["email/", "password/change/", "reauthenticate/", "sessions/", "logout/", "2fa/", "2fa/webauthn/"]
OWN += ["2fa/webauthn/add/"]
WRONG = {
    "login/": {"login": "alice@example.com", "password": "wrong"},
    "signup/": {"email": "x"},
    "password/reset/": {"email": "x"},
    "reauthenticate/": {"password": "wrong"},
    "password/change/": {"oldpassword": "wrong", "password1": "short", "password2": "other"},
}


def look(language: str, page: Page, where: str) -> Iterator[str]:
    """Name each of the library's words that stand on a page."""
    for tag in page.all("script, [lang]:not(html), code"):
        tag.decompose()
    text = re.sub(r"\S+@\S+", "", page.text)
    for found in re.finditer(THEIRS[language], text, re.IGNORECASE):
        yield f"{where}: …{text[max(found.start() - 30, 0) : found.end() + 30]}…"


@pytest.mark.parametrize("language", THEIRS)
def test_no_page_of_signing_in_speaks_its_librarys_words(alice: Person, language: str) -> None:
    start = f"/{language}/sign-in/"
    found: list[str] = []
    for path in ENTRANCE:
        found += look(language, Page(Client().get(start + path)), path)
    alice.client.post(f"{start}reauthenticate/", {"password": PASSWORD})
    for path in OWN:
        found += look(language, Page(alice.client.get(start + path, follow=True)), path)
    for path, typed in WRONG.items():
        browser = alice.client if path in OWN else Client()
        found += look(language, Page(browser.post(start + path, typed, follow=True)), f"POST {path}")

    assert found == []


@pytest.mark.parametrize("language", THEIRS)
def test_what_the_page_of_addresses_tells_is_in_our_words(alice: Person, language: str) -> None:
    path = f"/{language}/sign-in/email/"
    found: list[str] = []
    with scope.identity():
        EmailAddress.objects.create(user=alice.user, email="second@example.com", verified=True)
    alice.client.post("/en/sign-in/reauthenticate/", {"password": PASSWORD})
    acts = [
        ("action_add", "third@example.com"),
        ("action_add", "third@example.com"),
        ("action_add", "x"),
        ("action_send", "third@example.com"),
        ("action_remove", "alice@example.com"),
        ("action_primary", "third@example.com"),
        ("action_primary", "second@example.com"),
        ("action_remove", "third@example.com"),
    ]
    pages = [alice.client.post(path, {act: "", "email": email}, follow=True) for act, email in acts]
    pages.append(alice.client.post(f"/{language}/sign-in/logout/", follow=True))
    for number, response in enumerate(pages):
        page = Page(response)
        page.check()
        found += look(language, page, f"{number}")

    assert found == []
    with scope.identity():
        assert EmailAddress.objects.get(user=alice.user, primary=True).email == "second@example.com"


@pytest.mark.parametrize("language", THEIRS)
def test_the_words_in_place_of_a_librarys_are_ours(language: str) -> None:
    words = json.loads(messages_build.LIBRARY_WORDS.read_text("utf-8"))
    ours = [re.sub(r"%\(\w+\)s", "", three[list(THEIRS).index(language)]) for three in words.values()]

    assert [text for text in ours if re.search(THEIRS[language], text, re.IGNORECASE)] == []
