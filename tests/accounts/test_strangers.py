"""A sign-in on an unknown browser is told to the holder, who may say that it was not them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from accounts import strangers
from accounts.models import User
from security import scope
from security.models import SecurityEvent
from tests.accounts.test_session_list import CHROME, browser
from tests.conftest import PASSWORD, Person, make_person
from tests.mailbox import deliver, link
from tests.pages import Page

pytestmark = pytest.mark.django_db
SUBJECT = "New sign-in to your ECShip account"


def told() -> list[EmailMessage]:
    return [letter for letter in deliver() if letter.subject == SUBJECT]


@pytest.fixture
def page_of_link(alice: Person) -> str:
    """Alice has signed in before, and now somebody does on a browser of their own; the link in the mail of that."""
    browser(CHROME)
    return link(told()[0])


def test_a_sign_in_on_an_unknown_browser_is_mailed_with_when_where_and_what(alice: Person) -> None:
    browser(CHROME)

    letter = told()[0]

    assert letter.to == ["alice@example.com"]
    assert "From: 203.0.113.0/24" in str(letter.body)
    assert "203.0.113.77" not in str(letter.body)
    assert "With: Chrome on Windows" in str(letter.body)
    assert "Hong Kong time" in str(letter.body)


def test_a_browser_that_the_holder_has_used_is_not_told_again(alice: Person) -> None:
    client = browser(CHROME)
    assert len(told()) == 1

    client.post("/en/sign-in/logout/")
    client.post("/en/sign-in/login/", {"login": "alice@example.com", "password": PASSWORD})

    assert len(told()) == 1


def test_a_browser_of_somebody_else_is_unknown(alice: Person) -> None:
    make_person("ben")
    client = browser(CHROME, name="ben")
    client.post("/en/sign-in/logout/")
    deliver()
    mail.outbox.clear()

    client.post("/en/sign-in/login/", {"login": "alice@example.com", "password": PASSWORD})

    assert [letter.to for letter in told()] == [["alice@example.com"]]


def test_the_first_sign_in_of_all_is_no_news(alice: Person) -> None:
    with scope.identity():
        User.objects.update(last_login=None)

    browser(CHROME)

    assert told() == []


def test_a_wrong_password_tells_nothing(alice: Person) -> None:
    Client().post("/en/sign-in/login/", {"login": "alice@example.com", "password": "wrong"})

    assert deliver() == []


def test_the_mail_is_in_the_readers_language(alice: Person) -> None:
    with scope.identity():
        User.objects.update(language="zh-hant")

    browser(CHROME)

    assert "Windows 上的 Chrome" in str(deliver()[0].body)


def test_opening_the_link_does_nothing_yet(page_of_link: str) -> None:
    page = Page(Client().get(page_of_link))

    page.check()
    assert "It was not me: end all sessions" in page.text
    assert browser(CHROME).get("/en/account/").status_code == 200


def test_it_was_not_me_ends_every_session_and_the_password(alice: Person, page_of_link: str) -> None:
    thief = browser(CHROME)
    deliver()
    mail.outbox.clear()

    page = Page(Client().post(page_of_link))

    page.check()
    assert thief.get("/en/account/").status_code == 302
    assert alice.client.get("/en/account/").status_code == 302
    assert browser(CHROME).get("/en/account/").status_code == 302
    reset = [letter for letter in deliver() if letter.subject == "Set a new password for ECShip"]
    assert [letter.to for letter in reset] == [["alice@example.com"]]


def test_the_holder_comes_back_by_the_link_that_was_mailed(page_of_link: str) -> None:
    client = Client()
    client.post(page_of_link)
    mail.outbox.clear()
    form = client.get(link(deliver()[-1]))["Location"]

    client.post(form, {"password1": "nine purple kettles sing", "password2": "nine purple kettles sing"})

    data = {"login": "alice@example.com", "password": "nine purple kettles sing"}
    assert client.post("/en/sign-in/login/", data).status_code == 302
    assert client.get("/en/account/").status_code == 200


@pytest.mark.django_db(databases=["default", "trail", "security"], transaction=True)
def test_it_is_noted_for_those_who_watch() -> None:
    alice = make_person("alice")
    browser(CHROME)

    Client().post(link(told()[0]))

    assert SecurityEvent.objects.using("security").get(kind="not_me").data == {"user": str(alice.user.pk)}


def test_a_link_works_once_and_not_for_ever(alice: Person, page_of_link: str) -> None:
    with time_machine.travel(timezone.now() + strangers.LINK_LIVES + timedelta(hours=1), tick=False):
        assert Client().post(page_of_link).status_code == 404
    assert Client().post(page_of_link).status_code == 200

    for method in ("get", "post"):
        page = Page(getattr(Client(), method)(page_of_link))
        page.check(404)
        assert "This link does not work any more" in page.text


@pytest.mark.parametrize("token", ["x", "eyJ:1:2", "a" * 500])
def test_a_made_up_link_says_nothing(alice: Person, token: str) -> None:
    page = Page(Client().post(f"/en/sign-in/not-me/{token}/"))

    page.check(404)
    assert alice.client.get("/en/account/").status_code == 200


def test_a_link_of_one_is_none_of_another(alice: Person, page_of_link: str) -> None:
    charlie = make_person("charlie")

    charlie.client.post(page_of_link)

    assert charlie.client.get("/en/account/").status_code == 200
    assert alice.client.get("/en/account/").status_code == 302


def test_staff_who_say_so_are_told_to_ask_a_colleague(dana: Person) -> None:
    with scope.identity():
        strangers_page = f"/en/sign-in/not-me/{strangers.token_for(dana.user)}/"

    asked = Page(Client().get(strangers_page))
    done = Page(Client().post(strangers_page))

    for page in (asked, done):
        page.check()
        assert "a colleague of the security team" in page.text
        assert "mail" not in page.one("main").get_text()
    assert [letter for letter in deliver() if letter.to == [dana.user.email]] == []
    assert dana.client.get("/en/you/").status_code == 302
