"""What an operation does not know is refused and pointed at; what it answered itself may be sent back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from tests.api.calling import BOOKS, CONTACT, ROOT, SHIPMENTS, call, is_problem, key_of
from tests.api.operations import GOODS, OPERATIONS, Operation, fill, furnish
from tests.api.test_strange_input import client_for
from tests.conftest import Person
from tests.shipments.booking import make_draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_no_limits")]
SENDING = [operation for operation in OPERATIONS if operation.method in {"POST", "PATCH"}]


@pytest.fixture(name="_no_limits")
def no_limits() -> Any:
    with override_settings(RATE_LIMIT_FACTOR=10_000):
        yield


def told(answer: Any) -> list[tuple[str, str]]:
    assert is_problem(answer, 400), answer.content
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_an_unknown_parameter_is_refused(alice: Person, bob: Person, operation: Operation) -> None:
    things, client = furnish(alice, bob), client_for(operation, alice)
    body = None if operation.body is None else fill(operation.body, things)

    answer = call(client, operation.method, operation.address.format(**things) + "?namee=1&page_sizes=2", body)

    assert told(answer) == [("/namee", "unknown"), ("/page_sizes", "unknown")]


def test_a_parameter_that_is_sent_twice_is_refused(alice: Person) -> None:
    """Which of the two is meant, every reader decides otherwise."""
    shop = key_of(alice)

    assert told(call(shop, "get", f"{SHIPMENTS}?page_size=1&status=draft&page_size=2")) == [("/page_size", "repeated")]
    assert told(call(shop, "get", f"{SHIPMENTS}?page=1&page=2")) == [("/page", "unknown")]


def test_where_there_is_no_method_no_parameter_is_judged(alice: Person) -> None:
    shop = key_of(alice)

    for method in ("TRACE", "PUT"):
        assert is_problem(call(shop, method, f"{SHIPMENTS}?page_size=1&namee=1"), 405)


@pytest.mark.parametrize("operation", SENDING, ids=str)
def test_an_unknown_field_is_refused(alice: Person, bob: Person, operation: Operation) -> None:
    things, client = furnish(alice, bob), client_for(operation, alice)
    body = {**fill(operation.body or {}, things), "namee": "x", "a/b~": None}

    answer = call(client, operation.method, operation.address.format(**things), body)

    assert [error for error in told(answer) if error[1] == "unknown"] == [("/namee", "unknown"), ("/a~1b~0", "unknown")]


def test_unknown_fields_are_found_at_every_depth_beside_other_mistakes(alice: Person) -> None:
    item = {**GOODS["items"][0], "hscode": "620520"}
    body = {**GOODS, "weight_kg": "heavy", "items": [GOODS["items"][0], item]}

    answer = call(key_of(alice), "post", SHIPMENTS, {**body, "recipient": {**GOODS["recipient"], "zip": "SW1A 1AA"}})

    assert {("/recipient/zip", "unknown"), ("/items/1/hscode", "unknown")} < set(told(answer))
    assert "/weight_kg" in {pointer for pointer, _code in told(answer)}


def test_the_name_that_was_meant_is_said(alice: Person) -> None:
    answer = call(key_of(alice), "post", BOOKS, {"name": "Tea", "acces_": "restricted"})

    assert "access" in answer.json()["errors"][0]["detail"]
    assert told(call(key_of(alice), "post", BOOKS, {"name": "Tea", "x" * 500: 1})) == [("", "unknown")]
    assert len(told(call(key_of(alice), "post", BOOKS, {"name": "Tea", **{f"x{n}": 1 for n in range(500)}}))) == 20


@pytest.mark.parametrize("values", [None, {}], ids=["whole", "empty"])
def test_a_draft_is_read_changed_and_sent_back_whole(alice: Person, values: dict[str, Any] | None) -> None:
    with alice.scope():
        draft = make_draft(values).pk
    shop = key_of(alice)
    read = call(shop, "get", f"{SHIPMENTS}{draft}/").json()

    answer = call(shop, "patch", f"{SHIPMENTS}{draft}/", {**read, "notes": "Call first"})

    assert answer.status_code == 200, answer.content
    assert answer.json() == {**read, "notes": "Call first"}


def test_a_book_and_a_contact_are_read_changed_and_sent_back_whole(alice: Person, bob: Person) -> None:
    shop = key_of(alice)
    book = call(shop, "post", BOOKS, {"name": "Customers"}).json()
    contact = call(shop, "post", f"{BOOKS}{book['id']}/contacts/", CONTACT).json()

    for address, read, change in (
        (f"{BOOKS}{book['id']}/", book, {"name": "Vendors"}),
        (f"{ROOT}/contacts/{contact['id']}/", contact, {"company": "Acme"}),
    ):
        answer = call(shop, "patch", address, {**read, **change})
        assert answer.status_code == 200, answer.content
        assert change.items() <= answer.json().items()
        assert answer.json()["id"] == read["id"]


def test_what_a_change_cannot_do_is_said(alice: Person) -> None:
    with alice.scope():
        draft = make_draft().pk

    answer = call(key_of(alice), "patch", f"{SHIPMENTS}{draft}/", {"draft": False, "save_recipient": True})

    assert told(answer) == [("/draft", "not_by_change"), ("/save_recipient", "not_by_change")]
    assert "book/" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"destination": "US"}, "/destination", "contradicts"),
        ({"destination": "ZZ"}, "/destination", "unknown"),
        ({"zone": "NOWHERE"}, "/zone", "unknown"),
        ({"service": "NOPE"}, "/service", "unknown"),
        ({"recipient": {**GOODS["recipient"], "contact": "x"}}, "/recipient/contact", "unknown"),
        ({"recipient": {**GOODS["recipient"], "country": "ZZ"}}, "/recipient/country", "unknown"),
        ({"recipient": {**GOODS["recipient"], "name": "Edith\u202e"}}, "/recipient/name", "invisible"),
        ({"recipient": {**GOODS["recipient"], "lines": ["1\u200b Road"]}}, "/recipient/lines/0", "invisible"),
        ({"reference": "bell\x07"}, "/reference", "invisible"),
        ({"notes": "\u2066hidden"}, "/notes", "invisible"),
        ({"items": [{**GOODS["items"][0], "description": "Cotton\u202e shirt"}]}, "/items/0/description", "invisible"),
        ({"items": [{**GOODS["items"][0], "origin": "ZZ"}]}, "/items/0/origin", "unknown"),
    ],
)
def test_what_contradicts_is_unknown_or_unseen_is_refused(
    alice: Person, change: dict[str, Any], pointer: str, code: str
) -> None:
    with alice.scope():
        draft = make_draft().pk
    shop = key_of(alice)

    for answer in (
        call(shop, "post", SHIPMENTS, {**GOODS, **change}),
        call(shop, "patch", f"{SHIPMENTS}{draft}/", change),
    ):
        assert (pointer, code) in told(answer)


def test_a_contact_beside_the_fields_of_an_address_is_refused(alice: Person, bob: Person) -> None:
    things = furnish(alice, bob)

    answer = call(
        key_of(alice), "post", SHIPMENTS, {**GOODS, "recipient": {**GOODS["recipient"], "contact": things["contact"]}}
    )

    assert {code for _pointer, code in told(answer)} == {"not_with_contact"}


def test_codes_are_taken_in_either_case(alice: Person) -> None:
    shop = key_of(alice)
    small = {"service": "arm", "destination": "gb", "recipient": {**GOODS["recipient"], "country": "gb"}}
    items = [{**GOODS["items"][0], "origin": "cn", "currency": "hkd"}]

    made = call(shop, "post", SHIPMENTS, {**GOODS, **small, "items": items})
    listed = call(shop, "get", f"{SHIPMENTS}?destination=gb&service=arm").json()["results"]
    quoted = call(shop, "post", f"{ROOT}/quotes/", {
        "destination": "gb", "weight_kg": "0.4", "contents": "goods", "format": "packet", "services": ["arm"],
    })  # fmt: skip

    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["service"], body["destination"], body["recipient"]["country"]) == ("ARM", "GB", "GB")
    assert (body["items"][0]["origin"], body["items"][0]["currency"]) == ("CN", "HKD")
    assert [row["id"] for row in listed] == [body["id"]]
    assert [offer["service"] for offer in quoted.json()["results"]] == ["ARM"]


@pytest.mark.parametrize("query", ["service=XYZ", "destination=ZZ", "destination=x", "status=lost"])
def test_a_list_is_not_narrowed_to_what_there_is_not(alice: Person, query: str) -> None:
    assert told(call(key_of(alice), "get", f"{SHIPMENTS}?{query}"))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"destination": "ZZ"}, "/destination"), ({"zone": "XX"}, "/zone"), ({"services": ["XYZ"]}, "/services/0")],
)
def test_a_quote_for_nowhere_is_refused(alice: Person, change: dict[str, Any], pointer: str) -> None:
    body = {"destination": "GB", "weight_kg": "0.4", "contents": "goods", **change}

    assert told(call(key_of(alice), "post", f"{ROOT}/quotes/", body)) == [(pointer, "unknown")]


def test_a_quote_without_an_offer_has_no_edition(alice: Person) -> None:
    body = {"destination": "GB", "weight_kg": "0.4", "contents": "goods", "services": ["LRM"]}

    assert call(key_of(alice), "post", f"{ROOT}/quotes/", body).json()["edition"] is None


def test_a_missing_weight_is_asked_for_in_the_units_of_the_api(alice: Person) -> None:
    body = {name: value for name, value in GOODS.items() if name != "weight_kg"}

    answer = call(key_of(alice), "post", SHIPMENTS, body)

    assert "Give weight_kg in kilograms, such as 0.450." in [error["detail"] for error in answer.json()["errors"]]


def test_a_recipient_saved_twice_is_one_contact(alice: Person) -> None:
    shop = key_of(alice)
    recipient = {**GOODS["recipient"], "email": "edith@example.com"}
    bodies = [
        {**GOODS, "save_recipient": True, "recipient": one}
        for one in (recipient, recipient, {**recipient, "name": "Edwin Example"}, {**recipient, "postcode": "sw1a 1aa"})
    ]

    warnings = [call(shop, "post", SHIPMENTS, body).json()["warnings"] for body in bodies]
    book = call(shop, "get", BOOKS).json()["results"][0]

    assert book["contact_count"] == 2
    assert warnings[:3] == [[], [], []]
    assert [(warning["code"], "postcode" in warning["detail"]) for warning in warnings[3]] == [
        ("recipient_tidied", True)
    ]
