"""A form is done in the account that it was drawn for, or not at all; and each session has its own active account."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts import form_account, services
from accounts.models import Account, Member
from accounts.roles import Role
from addressbook.models import Contact
from security import scope
from tests.accounts.test_kept_forms import ADD, OURS, TYPED, see, sign_in, value
from tests.conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(alice: Person, charlie: Person) -> Account:
    """A second account of Charlie's: he works in Alice's too."""
    with scope.identity():
        Member.objects.create(account=alice.account, user=charlie.user, role=Role.MANAGER)
    return alice.account


@pytest.fixture
def browser(charlie: Person, shop: Account) -> Client:
    """A browser in which Charlie has signed in; his own account is active."""
    client = Client()
    sign_in(client, "charlie")
    return client


def drawn(browser: Client, address: str) -> dict[str, str]:
    """The hidden field of the form on a page, as a tab holds it."""
    tags = see(browser, address).all(f'main form input[name="{form_account.FIELD}"]')
    assert tags
    return {form_account.FIELD: str(tags[0]["value"])}


def switch(browser: Client, account: Account, **data: str) -> Any:
    return browser.post(reverse("accounts:switch", args=[account.pk]), data)


def names(person: Person, account: Account) -> list[str]:
    with scope.account(account_id=account.pk, user_id=person.user.pk):
        return [contact.name for contact in Contact.objects.all()]


def send(browser: Client, address: str, data: dict[str, Any]) -> HttpResponse:
    return browser.post(address, data, headers={"Origin": OURS, "Referer": OURS + address})  # type: ignore[return-value]


def test_a_tab_that_stayed_open_does_nothing_in_another_account_and_its_words_are_kept(
    browser: Client, charlie: Person, shop: Account
) -> None:
    tab = drawn(browser, ADD)
    switch(browser, shop)

    refused = send(browser, ADD, {**TYPED, **tab})

    page = refused.content.decode()
    assert refused.status_code == 409
    assert "Alice Trading" in page
    assert "Switch to <bdi>Charlie Trading</bdi>" in page
    assert names(charlie, shop) == names(charlie, charlie.account) == []
    assert value(see(browser, ADD), "name") == ""
    back = switch(browser, charlie.account, next=ADD)
    assert back["Location"] == ADD
    assert value(see(browser, ADD), "name") == TYPED["name"]


def test_what_was_typed_for_one_account_fills_no_form_of_another(browser: Client, shop: Account) -> None:
    tab = drawn(browser, ADD)
    switch(browser, shop)
    send(browser, ADD, {**TYPED, **tab})

    page = see(browser, ADD)

    assert TYPED["name"] not in str(page.soup)
    assert "is kept for the account “Charlie Trading”" in page.text


def test_the_same_form_is_taken_in_its_own_account(browser: Client, charlie: Person) -> None:
    assert send(browser, ADD, {**TYPED, "can_receive": "on", **drawn(browser, ADD)}).status_code == 302

    assert names(charlie, charlie.account) == [TYPED["name"]]


@pytest.mark.parametrize("field", [{}, {form_account.FIELD: "nonsense"}], ids=["none", "not ours"])
def test_who_has_two_accounts_sends_no_form_without_one(
    browser: Client, charlie: Person, field: dict[str, str]
) -> None:
    assert send(browser, ADD, {**TYPED, **field}).status_code == 409

    assert names(charlie, charlie.account) == []


def test_a_bare_id_of_the_active_account_is_not_enough(browser: Client, charlie: Person) -> None:
    named = {form_account.FIELD: str(charlie.account.pk)}

    assert send(browser, ADD, {**TYPED, **named}).status_code == 409


def test_a_tab_of_an_account_that_one_was_removed_from_does_nothing(
    browser: Client, charlie: Person, shop: Account, alice: Person
) -> None:
    switch(browser, shop)
    tab = drawn(browser, ADD)
    with scope.identity():
        Member.objects.filter(user=charlie.user, account=shop).delete()

    refused = send(browser, ADD, {**TYPED, **tab})

    assert refused.status_code == 409
    assert "Alice Trading" not in refused.content.decode()
    assert names(charlie, charlie.account) == []


def test_a_fragment_of_another_account_is_refused_without_a_page(browser: Client, shop: Account) -> None:
    tab = drawn(browser, ADD)
    switch(browser, shop)

    answer = browser.post(reverse("addressbook:address-fields"), {**TYPED, **tab}, headers={"HX-Request": "true"})

    assert (answer.status_code, answer.content) == (409, b"")


def test_switching_is_of_this_session_alone(browser: Client, charlie: Person, shop: Account) -> None:
    phone = Client()
    sign_in(phone, "charlie")
    see(phone, ADD)

    switch(browser, shop)

    assert "Charlie Trading" in see(phone, reverse("accounts:overview")).one(".app-account-name").text
    assert "Alice Trading" in see(browser, reverse("accounts:overview")).one(".app-account-name").text


def test_a_new_session_begins_with_the_account_used_last(browser: Client, shop: Account) -> None:
    switch(browser, shop)
    phone = Client()
    sign_in(phone, "charlie")

    assert "Alice Trading" in see(phone, "/en/").one(".app-account-name").text


def test_who_has_one_account_is_not_told_its_name_on_every_page(alice: Person) -> None:
    assert alice.get("/en/").all(".app-account-name") == []


def test_a_session_that_names_a_foreign_account_does_not_get_it(charlie: Person, alice: Person) -> None:
    session = charlie.client.session
    session["account"] = str(alice.account.pk)
    session.save()

    page = charlie.get(reverse("accounts:overview"))

    assert "Charlie Trading" in page.text
    assert "Alice Trading" not in page.text


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_switching_leads_nowhere_else(browser: Client, shop: Account, page: str) -> None:
    assert switch(browser, shop, next=page)["Location"] == "/en/"


def test_switching_gives_the_session_a_new_key(browser: Client, shop: Account) -> None:
    before = browser.cookies["sessionid"].value

    switch(browser, shop)

    assert browser.cookies["sessionid"].value != before


def test_joining_gives_the_session_a_new_key_and_leaves_it_in_its_account(alice: Person, charlie: Person) -> None:
    with alice.scope():
        token = services.invite(
            email="charlie@example.com", role=Role.CLERK, by=alice.user.pk, now=charlie.user.date_joined
        ).token
    charlie.get("/en/")
    before = charlie.client.cookies["sessionid"].value

    charlie.client.post(reverse("accounts:join", args=[token]))

    assert charlie.client.cookies["sessionid"].value != before
    assert "Charlie Trading" in charlie.get("/en/").one(".app-account-name").text


def test_every_form_of_the_site_carries_its_tokens() -> None:
    bare = [
        str(path.relative_to(settings.BASE_DIR))
        for path in (settings.BASE_DIR / "templates").rglob("*.html")
        if path.read_text().count('method="post"') > path.read_text().count("{% csrf_token %}")
        and "gallery" not in path.parts  # its forms are samples that go nowhere
    ]

    assert bare == []
