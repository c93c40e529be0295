"""Who may call which operation: by the scope of a key, by the role of a person, and what a stranger learns."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver

from accounts.roles import KEY_SCOPES, Role
from ecship import api_urls
from security import scope
from shipments.models import Shipment
from tests.api.calling import call, is_problem, key_of
from tests.api.operations import OPERATIONS, Operation, furnish
from tests.conftest import Person, make_person
from tests.tracking.journeys import operator

pytestmark = pytest.mark.django_db
OPEN = {"api-schema", "api-docs"}  # pages of ours beside the operations
CLOSED = [operation for operation in OPERATIONS if not operation.public]
# After these there is one thing less to ask for.
# What can be done once to a thing: the next one asks for another.
ONCE = {"api-shipment-book", "api-shipment-cancel", "api-import-commit", "api-import-undo"}
ENDING = [
    one
    for one in OPERATIONS
    if one.method == "DELETE" or one.name in ONCE or str(one).startswith("PATCH /api/v1/imports/")
]
NAMING = [operation for operation in OPERATIONS if "{" in operation.address]


def patterns(entries: list[URLPattern | URLResolver]) -> list[URLPattern]:
    found: list[URLPattern] = []
    for entry in entries:
        found += patterns(entry.url_patterns) if isinstance(entry, URLResolver) else [entry]
    return found


def test_the_table_has_every_method_of_every_address() -> None:
    there = {
        (str(pattern.name), method.upper())
        for pattern in patterns(api_urls.urlpatterns)
        if pattern.name not in OPEN
        for method in ("get", "post", "put", "patch", "delete")
        if hasattr(pattern.callback.cls, method)  # type: ignore[attr-defined]
    }

    assert {(operation.name, operation.method) for operation in OPERATIONS} == there


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_a_signed_out_caller_passes_public_operations_only(alice: Person, bob: Person, operation: Operation) -> None:
    answer = operation.send(Client(), furnish(alice, bob))

    assert (answer.status_code != 401) == operation.public
    assert answer.status_code < 400 or is_problem(answer, answer.status_code)


@pytest.mark.parametrize("operation", CLOSED, ids=str)
def test_a_key_passes_with_its_scope_only(alice: Person, bob: Person, operation: Operation) -> None:
    things = furnish(alice, bob)
    for name in KEY_SCOPES:
        answer = operation.send(key_of(alice, name), things)
        if name in operation.scopes or operation.name == "api-me":
            assert answer.status_code < 300, (name, answer.content)
            things = furnish(alice, bob) if operation in ENDING else things
        else:
            assert is_problem(answer, 403), (name, answer.content)


@pytest.mark.parametrize("operation", CLOSED, ids=str)
def test_a_person_passes_with_the_right_role_only(alice: Person, bob: Person, operation: Operation) -> None:
    things = furnish(alice, bob)
    for role in Role:
        person = alice if role is Role.OWNER else make_person(f"p{role}", account=alice.account, role=role)
        for client in (person.client, key_of(person)):  # a key with every scope has the role of who made it
            answer = operation.send(client, things)
            if operation.is_own and role in operation.roles and person is not alice:
                assert is_problem(answer, 404), (role, answer.content)
            elif role in operation.roles:
                assert answer.status_code < 300, (role, answer.content)
                things = furnish(alice, bob) if operation in ENDING else things
            else:
                assert is_problem(answer, 403), (role, answer.content)


@pytest.mark.parametrize("operation", CLOSED, ids=str)
def test_an_operators_key_enters_events_and_nothing_else(alice: Person, bob: Person, operation: Operation) -> None:
    answer = operation.send(operator(), furnish(alice, bob))

    if operation.name in {"tracking-events", "api-me"}:
        assert answer.status_code < 300, answer.content
    else:
        assert is_problem(answer, 403), answer.content


@pytest.mark.parametrize("operation", NAMING, ids=str)
@override_settings(RATE_LIMIT_FACTOR=100)
def test_foreign_deleted_unknown_and_malformed_are_one_answer(
    alice: Person, bob: Person, charlie: Person, operation: Operation
) -> None:
    things, shop = furnish(alice, bob), key_of(charlie)
    odd = ["x", "0", "%00", "%F0%9F%98%80", "x" * 500, "00000000-0000-0000-0000-000000000000"]
    named = [things, deleted(alice, bob), *(dict.fromkeys(things, name) for name in (str(uuid4()), *odd))]

    answers = [
        (client, operation.send(client, {**ids, "email": bob.user.email}))
        for client, tried in ((shop, named), (key_of(alice), named[1:]))
        for ids in tried
    ]

    bodies = {
        tuple((name, value) for name, value in answer.json().items() if name != "instance") for _who, answer in answers
    }
    assert bodies == {(("type", "about:blank"), ("title", "Not found"), ("status", 404))}
    headers = [{name: value for name, value in answer.headers.items() if name in COMPARED} for _who, answer in answers]
    assert all(found == headers[0] for found in headers)


COMPARED = {"Content-Type", "Allow", "Vary", "Cache-Control", "ETag", "Location"}


def deleted(owner: Person, colleague: Person) -> dict[str, str]:
    """Return the ids of things that there were once."""
    things = furnish(owner, colleague)
    for path in (
        "contacts/{contact}",
        "shares/{share}",
        "address-books/{book}",
        "shipments/{draft}",
        "webhooks/{webhook}",
    ):
        assert call(owner.client, "delete", f"/api/v1/{path.format(**things)}/").status_code == 204
    with owner.scope():
        Shipment.objects.filter(pk=things["booked"]).delete()
    return things


@pytest.mark.parametrize("operation", NAMING, ids=str)
def test_a_stranger_changes_nothing(alice: Person, bob: Person, charlie: Person, operation: Operation) -> None:
    things = furnish(alice, bob)
    before = state(alice)

    assert is_problem(operation.send(charlie.client, things), 404)

    assert state(alice) == before
    with scope.identity():
        assert charlie.user.memberships.count() == 1


def state(person: Person) -> Any:
    from addressbook.models import AddressBook, AddressBookUserPermission, Contact

    with person.scope():
        kinds = (AddressBook, AddressBookUserPermission, Contact, Shipment)
        return [list(kind.objects.order_by("pk").values_list()) for kind in kinds]


def test_the_same_words_for_an_unknown_and_an_unrelated_email(alice: Person, bob: Person, charlie: Person) -> None:
    address = f"/api/v1/address-books/{furnish(alice, bob)['book']}/shares/"

    answers = [
        call(key_of(alice), "post", address, {"email": email, "permission": "view"})
        for email in (charlie.user.email, "nobody@example.com", "no e-mail", "\u0000")
    ]

    assert all(is_problem(answer, 400) for answer in answers)
    assert answers[0].json()["errors"] == answers[1].json()["errors"] == answers[2].json()["errors"]
    assert all(answer.json()["errors"][0]["pointer"] == "/email" for answer in answers)
