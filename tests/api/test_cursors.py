"""A cursor is good for the list that it came from: its account, filters, order and searched words."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.api.calling import BOOKS, CONTACT, ROOT, SHIPMENTS, call, is_problem, key_of
from tests.conftest import Person

pytestmark = pytest.mark.django_db
LOG = f"{ROOT}/access-log/"


def cursor_of(answer: Any) -> str:
    """Return the cursor of the next page."""
    assert answer.status_code == 200, answer.content
    cursor: str = parse_qs(urlsplit(answer.json()["next"]).query)["cursor"][0]
    return cursor


def filled(person: Person) -> tuple[Client, str]:
    """Give somebody a book of three contacts and three drafts; return a client with a key, and the book's contacts."""
    client = key_of(person)
    contacts = f"{BOOKS}{call(client, 'post', BOOKS, {'name': 'Customers'}).json()['id']}/contacts/"
    for number in range(3):
        call(client, "post", contacts, {**CONTACT, "company": f"Acme {number}", "tags": ["Tea"]})
        call(client, "post", SHIPMENTS, {"draft": True, "destination": "GB", "reference": str(number)})
    return client, contacts


def is_refused(answer: Any) -> bool:
    return is_problem(answer, 400) and [error["pointer"] for error in answer.json()["errors"]] == ["/cursor"]


def test_a_cursor_of_another_account_is_refused(alice: Person, charlie: Person) -> None:
    (hers, _book), (theirs, _other) = filled(alice), filled(charlie)

    for address in (SHIPMENTS, LOG):
        cursor = cursor_of(call(hers, "get", f"{address}?page_size=1"))
        assert call(hers, "get", f"{address}?page_size=2&cursor={cursor}").status_code == 200
        assert is_refused(call(theirs, "get", f"{address}?page_size=1&cursor={cursor}")), address


@pytest.mark.parametrize(
    ("address", "asked", "others"),
    [
        (SHIPMENTS, "", ["status=draft", "destination=GB", "service=ARM", "created_after=2020-01-01T00:00:00Z"]),
        (SHIPMENTS, "status=draft", ["", "status=booked", "status=draft&destination=GB"]),
        (LOG, "kind=contact", ["", "kind=shipment", "kind=contact&action=create"]),
        (LOG, "action=create", ["", "kind=create", "action=change"]),
    ],
)
def test_a_cursor_of_other_filters_is_refused(alice: Person, address: str, asked: str, others: list[str]) -> None:
    client, _contacts = filled(alice)
    cursor = cursor_of(call(client, "get", f"{address}?page_size=1&{asked}"))

    assert call(client, "get", f"{address}?page_size=1&{asked}&cursor={cursor}").status_code == 200
    for other in others:
        assert is_refused(call(client, "get", f"{address}?page_size=1&{other}&cursor={cursor}")), other


def test_a_cursor_of_another_book_order_or_search_is_refused(alice: Person) -> None:
    client, contacts = filled(alice)
    _client, other = filled(alice)
    listed = cursor_of(call(client, "get", f"{contacts}?page_size=1"))
    found = cursor_of(call(client, "post", f"{contacts}search/?page_size=1", {"q": "ann"}))

    for address in (other, f"{contacts}?ordering=name", f"{contacts}?tag=Tea", f"{contacts}?country=GB"):
        assert is_refused(call(client, "get", f"{address}{'&' if '?' in address else '?'}cursor={listed}")), address
    for body in ({"q": "lee"}, {"q": "ann", "tag": "Tea"}, {"q": "ann", "country": "GB"}, {}):
        assert is_refused(call(client, "post", f"{contacts}search/?page_size=1&cursor={found}", body)), body
    assert call(client, "post", f"{contacts}search/?page_size=1&cursor={found}", {"q": "ann"}).json()["results"]
    assert call(client, "get", f"{contacts}?page_size=1&cursor={listed}").json()["results"]
