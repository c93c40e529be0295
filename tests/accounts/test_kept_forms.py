"""A session that ends in the middle of a form loses nothing; and nobody else gets what was typed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import kept_forms
from accounts.models import Invitation
from addressbook.models import AddressBook, Contact
from security import live, scope
from tests.conftest import PASSWORD, Person, look_at
from tests.pages import Page
from tests.shipments.booking import SHIRT, make_draft, typed_lines

pytestmark = pytest.mark.django_db
OURS = "http://testserver"
ADD = "/en/contacts/add/"
TYPED = {"name": "Kept Example", "country": "GB", "line1": "1 Kept Road", "city": "London", "postcode": "SW1A 1AA"}
KEPT = "We kept what you typed"


def sign_in(client: Client, name: str, page: str = "") -> str:
    """Sign in by the page, as a browser does, and return where it leads."""
    answer = client.post("/en/sign-in/login/", {"login": f"{name}@example.com", "password": PASSWORD, "next": page})
    assert answer.status_code == 302
    return answer["Location"]


@pytest.fixture
def browser(alice: Person) -> Client:
    """A browser in which Alice has signed in."""
    client = Client()
    sign_in(client, "alice")
    return client


def end_session(client: Client) -> None:
    del client.cookies["sessionid"]


def send(client: Client, address: str, data: dict[str, Any], **headers: str) -> str:
    """Send a form as a page of ours does, and return the page that the sign-in will lead to."""
    answer = client.post(address, data, headers={"Origin": OURS, **headers})
    assert answer.status_code == 302
    path, _, rest = answer["Location"].partition("?next=")
    assert path == "/en/sign-in/login/"
    return rest


def see(client: Client, address: str) -> Page:
    page = look_at(client.get(address))
    assert page.status == 200
    return page


def value(page: Page, name: str) -> str:
    found = page.one(f'main form [name="{name}"]:not(button)')
    if found.name == "select":
        return str(page.one(f'[name="{name}"] option[selected]')["value"])
    return found.get_text() if found.name == "textarea" else str(found.get("value", ""))


def test_a_contact_comes_back_after_signing_in_and_nothing_is_saved_before(browser: Client, alice: Person) -> None:
    address = reverse("addressbook:add-to-default")
    end_session(browser)

    page = send(browser, address, {**TYPED, "notes": "Ring\ntwice"})
    told = see(browser, f"/en/sign-in/login/?next={page}").text
    back = see(browser, sign_in(browser, "alice", page))

    assert "What you typed is kept" in told
    assert KEPT in back.text
    assert {name: value(back, name) for name in TYPED} == TYPED
    assert value(back, "notes").strip() == "Ring\ntwice"
    with alice.scope():
        assert not Contact.objects.exists()
    answer = browser.post(address, {**TYPED, "can_receive": "on"})
    assert answer.status_code == 302
    assert KEPT not in see(browser, address).text


def test_a_wizard_step_comes_back_with_all_its_lines(browser: Client, alice: Person) -> None:
    with alice.scope():
        draft = make_draft({"contents": "goods", "weight_g": 400}, now=timezone.now())
    address = reverse("shipments:step", args=[draft.pk, "customs"])
    lines = typed_lines(SHIRT, {**SHIRT, "description": "Kept scarf"})
    end_session(browser)

    page = send(browser, address, {"category": "gift", "non_delivery": "return", **lines})
    back = see(browser, sign_in(browser, "alice", page))

    shown = {str(tag.get("value")) for tag in back.all("input")}
    assert {SHIRT["description"], "Kept scarf"} <= shown
    with alice.scope():
        draft.refresh_from_db()
        assert not draft.items


def test_a_form_of_members_comes_back(browser: Client) -> None:
    end_session(browser)

    page = send(browser, reverse("accounts:invite"), {"email": "guest@example.net", "role": "manager"})
    back = see(browser, sign_in(browser, "alice", page))

    assert value(back, "email") == "guest@example.net"
    assert back.one("[checked], [selected]")["value"] == "manager"
    with scope.identity():
        assert not Invitation.objects.exists()


def test_a_form_that_goes_elsewhere_comes_back_on_its_page(browser: Client, alice: Person) -> None:
    with alice.scope():
        book = AddressBook(created_at=timezone.now(), access=AddressBook.Access.RESTRICTED)
        book.name = "Few"
        book.save()
    settings_page = reverse("addressbook:book-settings", args=[book.pk])
    end_session(browser)

    page = send(
        browser,
        reverse("addressbook:share", args=[book.pk]),
        {"email": "colleague@example.com", "level": "change"},
        Referer=OURS + settings_page,
    )
    back = see(browser, sign_in(browser, "alice", page))

    assert page == settings_page
    assert value(back, "email") == "colleague@example.com"


def test_a_search_comes_back(browser: Client) -> None:
    listing = reverse("shipments:list")
    end_session(browser)

    page = send(browser, reverse("shipments:search"), {"q": "Kept Man"}, Referer=OURS + listing)

    assert value(see(browser, sign_in(browser, "alice", page)), "q") == "Kept Man"


@pytest.mark.parametrize("pause", [timedelta(minutes=31), timedelta(hours=12, minutes=1)], ids=str)
def test_it_comes_back_after_the_idle_limit_and_after_the_longest_session(
    browser: Client, alice: Person, pause: timedelta
) -> None:
    with time_machine.travel(timezone.now() + pause, tick=False):
        page = send(browser, ADD, TYPED)

        assert value(see(browser, sign_in(browser, "alice", page)), "name") == TYPED["name"]


def test_it_comes_back_after_signing_out_elsewhere_in_the_browser(browser: Client) -> None:
    browser.post("/en/sign-in/logout/")

    page = send(browser, ADD, TYPED)

    assert value(see(browser, sign_in(browser, "alice", page)), "name") == TYPED["name"]


def test_two_forms_come_back_each_in_its_place(browser: Client) -> None:
    end_session(browser)
    send(browser, ADD, TYPED)
    page = send(browser, reverse("accounts:invite"), {"email": "guest@example.net", "role": "manager"})

    assert value(see(browser, sign_in(browser, "alice", page)), "email") == "guest@example.net"
    assert value(see(browser, ADD), "name") == TYPED["name"]


# A token that is wrong -----------------------------------------------------------------------------------------


def strict(client: Client) -> Client:
    """The same browser, whose tokens are asked."""
    asked = Client(enforce_csrf_checks=True)
    asked.cookies = client.cookies
    return asked


def test_a_token_of_an_earlier_session_brings_the_form_back(browser: Client) -> None:
    answer = strict(browser).post(ADD, TYPED, headers={"Origin": OURS})

    assert answer["Location"] == ADD
    browser.cookies["kept"] = answer.cookies["kept"].value
    assert value(see(browser, ADD), "name") == TYPED["name"]


def test_a_wrong_token_after_the_session_says_why_one_signs_in(browser: Client) -> None:
    end_session(browser)

    answer = strict(browser).post(ADD, TYPED, headers={"Origin": OURS})
    browser.cookies.update(answer.cookies)

    assert answer["Location"] == f"/en/sign-in/login/?next={ADD}"
    assert "What you typed is kept" in see(browser, answer["Location"]).text


def test_a_wrong_token_on_a_shared_browser_keeps_nothing(browser: Client, charlie: Person) -> None:
    """Who typed it is not known: it may be the one who was here before."""
    browser.post("/en/sign-in/logout/")
    sign_in(browser, "charlie")

    answer = strict(browser).post(ADD, TYPED, headers={"Origin": OURS})

    assert answer.status_code == 403
    assert "kept" not in answer.cookies


# What others get -----------------------------------------------------------------------------------------------


def test_the_next_person_at_the_computer_gets_nothing_and_it_is_wiped(browser: Client, charlie: Person) -> None:
    end_session(browser)
    page = send(browser, ADD, TYPED)

    there = see(browser, sign_in(browser, "charlie", page))
    browser.post("/en/sign-in/logout/")
    back = see(browser, sign_in(browser, "alice", page))

    assert TYPED["name"] not in str(there.soup)
    assert KEPT not in there.text
    assert TYPED["name"] not in str(back.soup)


def test_another_browser_of_the_same_person_gets_nothing(browser: Client) -> None:
    end_session(browser)
    page = send(browser, ADD, TYPED)
    other = Client()

    assert TYPED["name"] not in str(see(other, sign_in(other, "alice", page)).soup)


def test_nobody_reads_it_signed_out(browser: Client) -> None:
    end_session(browser)
    page = send(browser, ADD, TYPED)

    assert browser.get(page).status_code == 302
    assert TYPED["name"].encode() not in browser.get(f"/en/sign-in/login/?next={page}").content


def test_a_suspended_person_gets_nothing(browser: Client, alice: Person) -> None:
    end_session(browser)
    page = send(browser, ADD, TYPED)
    sign_in(browser, "alice", page)
    live.suspend(alice.user.pk)

    answer = browser.get(page)

    assert answer.status_code == 403
    assert TYPED["name"].encode() not in answer.content


def test_it_is_gone_after_an_hour(browser: Client) -> None:
    end_session(browser)
    page = send(browser, ADD, TYPED)

    with time_machine.travel(timezone.now() + kept_forms.LIFETIME + timedelta(seconds=1), tick=False):
        assert TYPED["name"] not in str(see(browser, sign_in(browser, "alice", page)).soup)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_another_site_cannot_lay_words_into_our_forms(browser: Client, origin: str) -> None:
    end_session(browser)

    answer = browser.post(ADD, TYPED, headers={"Origin": origin})

    assert answer.status_code == 302
    assert "kept" not in answer.cookies
    assert TYPED["name"] not in str(see(browser, sign_in(browser, "alice", ADD)).soup)


def test_a_browser_in_which_nobody_signed_in_keeps_nothing(client: Client) -> None:
    send(client, ADD, TYPED)

    assert "kept" not in client.cookies


def test_what_is_kept_is_sealed_and_has_no_password(
    browser: Client, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    monkeypatch.setattr(cache, "set", lambda key, sealed, timeout: written.append(sealed))
    end_session(browser)

    send(browser, ADD, {**TYPED, "password1": "hush", "csrfmiddlewaretoken": "hush"})

    secret = browser.cookies["kept"].value
    plain = kept_forms._cipher(secret).decrypt(written[0][:12], written[0][12:], str(alice.user.pk).encode())
    assert TYPED["name"].encode() not in written[0]
    assert TYPED["name"].encode() in plain
    assert b"hush" not in plain


def test_what_is_too_large_is_not_kept(browser: Client) -> None:
    end_session(browser)

    send(browser, ADD, {**TYPED, "notes": "x" * kept_forms.MOST_BYTES})

    assert "kept" not in browser.cookies


def test_the_pages_of_passwords_keep_nothing(browser: Client) -> None:
    end_session(browser)

    send(browser, reverse("account_change_password"), {"oldpassword": "hush"})

    assert "kept" not in browser.cookies


def test_a_fragment_leaves_its_page_alone(browser: Client) -> None:
    end_session(browser)

    answer = browser.post(reverse("addressbook:address-fields"), TYPED, headers={"Origin": OURS, "HX-Request": "true"})

    assert (answer.status_code, answer.content) == (401, b"")
