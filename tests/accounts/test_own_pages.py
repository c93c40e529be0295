"""What everybody who signs in finds: the way to their work, their own settings, and to an account."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse

from accounts import services
from accounts.models import Account, Member, User
from accounts.roles import Role
from security import scope
from security.models import AccessEntry
from tests.conftest import Person, make_person
from tests.pages import Page

pytestmark = pytest.mark.django_db
GetPage = Callable[..., Page]
YOU, OPEN = "/en/account/you/", "/en/account/open/"
OF_SIGNING_IN = [
    "account_email",
    "account_change_password",
    "mfa_index",
    "mfa_list_webauthn",
    "usersessions_list",
]


@pytest.fixture
def nora(alice: Person) -> Person:
    """Signed in, and a member of no account any more."""
    person = make_person("nora", account=alice.account, role=Role.CLERK)
    person.client.post("/en/account/leave/")
    return person


@pytest.fixture
def people(alice: Person, bob: Person, viewer: Person, nora: Person) -> dict[str, Person]:
    return {"owner": alice, "clerk": bob, "viewer": viewer, "none": nora}


def links(page: Page, within: str = "body") -> set[str]:
    return {str(tag["href"]) for tag in page.all(f"{within} a[href^='/en/']")}


@pytest.mark.parametrize("who", ["owner", "clerk", "viewer", "none"])
def test_no_link_of_the_frame_or_of_ones_settings_leads_to_a_refusal(people: dict[str, Person], who: str) -> None:
    person = people[who]
    found = links(person.get("/en/"), "header") | links(person.get("/en/"), "main") | links(person.get(YOU))

    refused = {address for address in found if person.client.get(address, follow=True).status_code != 200}

    assert refused == set()
    assert YOU in found


@pytest.mark.parametrize("address", ["/en/shipments/", "/en/shipments/new/", "/en/address-books/", "/en/account/"])
def test_who_has_no_account_is_told_how_to_come_to_one(nora: Person, get_page: GetPage, address: str) -> None:
    page = get_page(address, nora, status=403)

    assert "You have no account here yet" in page.one("h1").text
    assert OPEN in links(page, "main")


def test_who_has_one_but_lacks_the_right_is_told_so(bob: Person, get_page: GetPage) -> None:
    assert "Your role" in get_page("/en/account/keys/", bob, status=403).text


@pytest.mark.parametrize("who", ["owner", "none"])
@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_everybody_has_a_page_of_their_own(
    people: dict[str, Person], get_page: GetPage, who: str, language: str
) -> None:
    page = get_page(f"/{language}/account/you/", people[who])

    found = {str(tag["href"]) for tag in page.all("main a")}
    assert {reverse(name).replace("/en/", f"/{language}/", 1) for name in OF_SIGNING_IN} <= found
    assert len(page.all(".app-navigation [aria-current]")) == 1


def test_one_renames_oneself_and_chooses_a_language(alice: Person) -> None:
    answer = alice.post(YOU, {"name": "Alice Au", "language": "zh-hant"})

    assert answer.headers["Location"] == "/zh-hant/account/you/"
    with scope.identity():
        user = User.objects.get(pk=alice.user.pk)
    assert (user.name, user.language) == ("Alice Au", "zh-hant")


def test_nothing_else_of_oneself_is_written_there(alice: Person) -> None:
    alice.post(YOU, {"name": "A", "language": "en", "email": "x@example.com", "staff_role": "postal", "is_active": ""})

    with scope.identity():
        user = User.objects.get(pk=alice.user.pk)
    assert (user.email, user.staff_role, user.is_active) == ("alice@example.com", "", True)


def test_a_language_that_there_is_not_is_refused(alice: Person) -> None:
    assert alice.post(YOU, {"name": "A", "language": "xx"}).status_code == 200

    with scope.identity():
        assert User.objects.get(pk=alice.user.pk).language == "en"


@pytest.mark.parametrize("who", ["owner", "none"])
def test_one_opens_an_account_and_works_in_it(people: dict[str, Person], who: str) -> None:
    person = people[who]
    person.get("/en/")
    before = person.client.cookies["sessionid"].value

    answer = person.post(OPEN, {"kind": "business", "name": "Second Trading"})

    assert answer.headers["Location"] == "/en/account/"
    assert person.client.cookies["sessionid"].value != before
    assert "Second Trading" in person.get("/en/account/").text
    with scope.identity():
        account = Account.objects.get(name="Second Trading")
        member = Member.objects.get(account=account)
    assert (account.kind, member.user_id, member.role) == ("business", person.user.pk, Role.OWNER)
    with scope.account(account_id=account.pk, user_id=person.user.pk):
        assert AccessEntry.objects.get(kind="account").ids == [str(account.pk)]
    assert person.client.get("/en/address-books/").status_code == 200


def test_one_person_owns_so_many_accounts(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_ACCOUNTS", 1)

    page = alice.post(OPEN, {"kind": "business", "name": "One too many"})

    assert "as many accounts as one person can have" in page.content.decode()
    with scope.identity():
        assert not Account.objects.filter(name="One too many").exists()
