"""An e-mail that no column holds is refused in words, wherever one can be typed or sent."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import OutgoingMail
from addressbook import services
from security import scope
from tests.api.calling import BOOKS, CONTACT, SHIPMENTS, call, key_of
from tests.conftest import Person, make_person
from tests.pages import Page
from tests.shipments.booking import LONDON, make_draft, typed_party

pytestmark = pytest.mark.django_db


def long(characters: int) -> str:
    """Return a well-formed e-mail of so many characters."""
    domain = ".".join(["d" * 60] * 4)
    return "a" * (characters - len(domain) - 1) + "@" + domain


EMAILS = [long(255), long(320)]


@pytest.mark.parametrize("email", EMAILS, ids=len)
def test_every_form_refuses_it_and_keeps_it(alice: Person, email: str) -> None:
    with alice.scope():
        book = services.create_book(name="Customers", access="restricted", now=timezone.now())
        draft = make_draft({}, now=timezone.now())
    forms: list[tuple[Client, str, dict[str, Any]]] = [
        (Client(), "/en/sign-in/signup/", {"kind": "personal", "account_name": ""}),
        (Client(), "/en/sign-in/password/reset/", {}),
        (alice.client, "/en/sign-in/email/", {"action_add": ""}),
        (alice.client, "/en/account/invite/", {"role": "clerk"}),
        (alice.client, "/en/contacts/add/", {**typed_party(LONDON), "line1": "1 Example Road", "can_receive": "on"}),
        (alice.client, f"/en/address-books/{book.pk}/share/", {"level": "view"}),
        (alice.client, f"/en/shipments/{draft.pk}/recipient/", typed_party(LONDON)),
    ]

    for client, address, words in forms:
        page = Page(client.post(address, {**words, "email": email}))
        assert page.status in {200, 400}, address
        assert page.one(f"[name=email][value='{email}']")["aria-invalid"] == "true", address
    with scope.identity():
        assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("email", EMAILS, ids=len)
def test_signing_in_with_it_is_as_wrong_as_with_any(db: None, email: str) -> None:
    assert Page(Client().post("/en/sign-in/login/", {"login": email, "password": "x" * 12})).status == 200


@pytest.mark.parametrize("email", EMAILS, ids=len)
def test_the_console_refuses_it(db: None, email: str) -> None:
    una = make_person("una", staff_role="security")

    for address, words in {"/en/accounts/": {"q": email}, "/en/staff/": {"email": email, "role": "support"}}.items():
        assert una.client.post(address, words).status_code in {200, 400}, address


@pytest.mark.parametrize("email", EMAILS, ids=len)
def test_the_api_refuses_it(alice: Person, email: str) -> None:
    shop = key_of(alice)
    book = f"{BOOKS}{call(shop, 'post', BOOKS, {'name': 'Customers', 'access': 'restricted'}).json()['id']}/"
    contact = call(shop, "post", f"{book}contacts/", CONTACT).json()["id"]
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("post", f"{book}contacts/", {**CONTACT, "email": email}),
        ("patch", f"/api/v1/contacts/{contact}/", {"email": email}),
        ("post", f"{book}shares/", {"email": email, "permission": "view"}),
        ("post", SHIPMENTS, {"draft": True, "recipient": {**CONTACT, "email": email}}),
    ]

    for method, address, body in asked:
        answer = call(shop, method, address, body)
        assert answer.status_code == 400, (address, answer.content)
        assert answer.json()["errors"][0]["pointer"].endswith("/email"), address
