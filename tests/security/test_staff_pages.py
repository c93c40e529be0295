"""Finding accounts without seeing people, and the staff's own list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.db import connections
from django.utils import timezone

from accounts import closing
from accounts.models import Enrolment, User
from addressbook import services as books
from security import live, scope
from security.models import SecurityEvent
from tests.conftest import PASSWORD, Person, make_person
from tests.pages import Page

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "security", "owner"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
]
FIND, STAFF = "/en/accounts/", "/en/staff/"


@pytest.fixture
def erin(db: None) -> Person:
    return make_person("erin", staff_role="support")


@pytest.fixture
def sam(db: None) -> Person:
    return make_person("sam", staff_role="security")


# Accounts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["email", "email in capitals", "id"])
def test_an_account_is_found_by_its_id_or_a_whole_email(erin: Person, alice: Person, bob: Person, how: str) -> None:
    typed = {"email": "bob@example.com", "email in capitals": " Bob@Example.COM", "id": str(alice.account.pk)}[how]

    page = Page(erin.client.post(FIND, {"q": typed}))

    page.check()
    assert page.all(f"main a[href='/en/accounts/{alice.account.pk}/']")
    assert "Alice" not in page.one("main").get_text()


@pytest.mark.parametrize("typed", ["bob@example", "example.com", "bob", "", "%@example.com", "nobody@example.com"])
def test_a_part_of_an_email_finds_nobody(erin: Person, bob: Person, typed: str) -> None:
    page = Page(erin.client.post(FIND, {"q": typed}))

    assert not page.all("main a[href*='/en/accounts/']")


def test_an_email_stands_in_no_address(erin: Person) -> None:
    page = erin.get(f"{FIND}?q=bob@example.com")

    page.check()
    assert page.one("main form")["method"] == "post"
    assert not page.one("[name=q]").get("value")


def test_a_search_is_noted_with_what_it_found_and_not_for_whom(erin: Person, alice: Person) -> None:
    erin.client.post(FIND, {"q": "alice@example.com"})

    event = SecurityEvent.objects.using("security").get(kind="staff.search")

    assert (event.actor, event.data) == (f"user:{erin.user.pk}", {"accounts": [str(alice.account.pk)]})


def test_the_page_of_an_account_names_nobody(erin: Person, alice: Person, bob: Person) -> None:
    with alice.scope():
        books.default_book(now=timezone.now())
    alice.client.get("/en/address-books/")

    page = erin.get(f"{FIND}{alice.account.pk}/")

    page.check()
    assert str(bob.user.pk) in page.text
    assert "list address_book" in page.text
    assert not [word for word in ("Alice", "Bob", "example.com", "Trading", "127.0.0.1") if word in page.text]
    assert erin.client.get(f"{FIND}{uuid4()}/").status_code == 404


@pytest.mark.parametrize("role", ["postal", "auditor"])
def test_others_find_no_account(alice: Person, role: str) -> None:
    client = make_person(role, staff_role=role).client

    assert client.post(FIND, {"q": str(alice.account.pk)}).status_code == 404
    assert client.get(f"{FIND}{alice.account.pk}/").status_code == 404


@pytest.mark.parametrize("days", [0, 15])
def test_a_deletion_and_what_holds_it_are_seen(erin: Person, sam: Person, alice: Person, days: int) -> None:
    with alice.scope():
        closing.ask(account=alice.account, by=alice.user, now=timezone.now() - timedelta(days=days))
    live.suspend(alice.user.pk, using="security")

    account = erin.get(f"{FIND}{alice.account.pk}/").one("main").get_text()
    panel = sam.get("/en/").one("section[aria-labelledby='deletions']")

    assert ("holds the account" in account, "unless an owner takes it back" in account) == (bool(days), not days)
    assert [item.get_text() for item in panel.find_all("dd")] == (["0", "1"] if days else ["1", "0"])
    assert bool(panel.find("a", href=f"/en/accounts/{alice.account.pk}/")) == bool(days)


# The staff -------------------------------------------------------------------------------------------------------


def test_security_makes_a_colleague_by_a_link_that_is_shown_once(sam: Person) -> None:
    page = Page(sam.client.post(STAFF, {"email": "fay@example.com", "role": "support"}))

    page.check()
    assert "/en/enrol/" in page.one("p.app-secret").get_text()
    listed = sam.get(STAFF)
    listed.check()
    assert "fay@example.com" in listed.text
    assert "Has not begun yet" in listed.text
    assert "/en/enrol/" not in listed.text


def test_a_suspended_colleague_is_listed_as_one(sam: Person, erin: Person) -> None:
    live.suspend(erin.user.pk, using="security")

    rows = sam.get(STAFF).all("main tr")

    assert ["Suspended" in row.get_text() for row in rows if erin.user.email in row.get_text()] == [True]
    assert ["Suspended" in row.get_text() for row in rows if sam.user.email in row.get_text()] == [False]


def test_a_customer_does_not_become_staff(sam: Person, alice: Person) -> None:
    page = Page(sam.client.post(STAFF, {"email": "alice@example.com", "role": "support"}))

    page.check(400)
    assert "A customer has this e-mail address" in page.text


def test_a_lost_factor_is_mended_by_a_new_link(sam: Person, erin: Person) -> None:
    page = Page(sam.client.post(f"{STAFF}{erin.user.pk}/link/"))

    page.check()
    with scope.identity():
        assert Enrolment.objects.get().user_id == erin.user.pk
        assert User.objects.get(pk=erin.user.pk).staff_role == "support"


def test_nobody_of_security_becomes_two(sam: Person, erin: Person) -> None:
    """A colleague, a new one or a promoted one whose link one holds oneself would be the second of two people."""
    other = make_person("tess", staff_role="security")

    page = Page(sam.client.post(f"{STAFF}{other.user.pk}/link/", follow=True))
    forms = [
        {"email": "ghost@example.com", "role": "security"},
        {"email": erin.user.email, "role": "security"},
        {"email": other.user.email, "role": "support"},
    ]
    answers = [sam.client.post(STAFF, form) for form in forms]

    page.check()
    assert "from those who run the site" in page.one("main").get_text()
    assert [answer.status_code for answer in answers] == [400, 400, 400]
    with scope.identity():
        assert not Enrolment.objects.exists()
        assert not User.objects.filter(email="ghost@example.com").exists()
        assert User.objects.get(pk=erin.user.pk).staff_role == "support"
        assert User.objects.get(pk=other.user.pk).staff_role == "security"


def test_who_was_ended_brings_nothing_back(sam: Person, erin: Person) -> None:
    sam.client.post(f"{STAFF}{erin.user.pk}/end/")
    sam.client.post(STAFF, {"email": erin.user.email, "role": "support"})

    with scope.identity():
        again = User.objects.get(pk=erin.user.pk)
        assert again.is_active
        assert not again.check_password(PASSWORD)
        assert not Authenticator.objects.filter(user=again).exists()


def test_an_account_is_ended_but_not_ones_own(sam: Person, erin: Person) -> None:
    sam.client.post(f"{STAFF}{erin.user.pk}/end/")
    sam.client.post(f"{STAFF}{sam.user.pk}/end/")

    assert erin.client.get("/en/you/").status_code == 302
    assert sam.client.get("/en/you/").status_code == 200


def test_a_customer_is_no_colleague(sam: Person, alice: Person) -> None:
    for what in ("link", "end"):
        assert sam.client.post(f"{STAFF}{alice.user.pk}/{what}/").status_code == 404
    assert alice.client.get("/en/account/").status_code == 200


@pytest.fixture
def later() -> Iterator[None]:
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        yield


def test_the_staff_list_asks_again_who_one_is(sam: Person, later: None) -> None:
    answer = sam.client.post(STAFF, {"email": "fay@example.com", "role": "support"})

    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    with scope.identity():
        assert not User.objects.filter(email="fay@example.com").exists()


def test_support_does_not_find_the_staff_list(erin: Person) -> None:
    assert erin.client.get(STAFF).status_code == 404
