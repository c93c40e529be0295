"""Nothing that somebody signed in has read is kept by a browser or a proxy."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts import keys
from tests.conftest import Person

pytestmark = pytest.mark.django_db

PAGES = ["/en/", "/en/account/", "/en/account/keys/", "/en/address-books/", "/en/shipments/", "/en/contacts/add/"]


@pytest.mark.parametrize("address", PAGES)
def test_no_page_of_somebody_signed_in_is_stored(alice: Person, address: str) -> None:
    assert alice.client.get(address, follow=True)["Cache-Control"] == "no-store, private"


def test_a_refusal_is_not_stored_either(alice: Person, stranger_id: str) -> None:
    answer = alice.client.get(f"/en/contacts/{stranger_id}/")

    assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store, private")


def test_no_answer_to_a_key_is_stored(alice: Person, client: Client) -> None:
    with alice.scope():
        _, token = keys.create_api_key(account=alice.account, by=alice.user, name="Till", scopes=["contacts:read"])

    for name in ("api-me", "api-address-books"):
        answer = client.get(reverse(name), headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store, private")


def test_what_is_public_may_be_stored(client: Client) -> None:
    assert "no-store" not in client.get("/en/").headers.get("Cache-Control", "")
