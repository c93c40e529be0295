"""Every address of the site: it carries a mark, it asks who is there, and it knows no foreign object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone, translation

from addressbook.models import AddressBook, Contact
from security import marks, scope
from security.marks import Door
from shipments.models import Shipment
from tests.conftest import Person
from tests.shipments.booking import make_booked

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CANARY = "Canary Wong"


@dataclass(frozen=True)
class Address:
    """One address of the site: its pattern, its view's name and its parameters' names."""

    pattern: URLPattern
    route: str
    name: str
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return self.route

    def fill(self, values: dict[str, Any]) -> str:
        path = self.route
        for parameter in self.parameters:
            start = path.index("<")
            end = path.index(">") + 1
            path = path[:start] + str(values.get(parameter, "x")) + path[end:]
        return "/" + path


def addresses() -> list[Address]:
    with translation.override("en"):
        return list(_walk(get_resolver().url_patterns, "", ""))


def _walk(patterns: Any, before: str, namespace: str) -> Iterator[Address]:
    for entry in patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, route, f"{entry.namespace}:" if entry.namespace else namespace)
        elif "(?P" not in route and "^" not in route:
            yield Address(entry, route, namespace + (entry.name or ""), tuple(entry.pattern.converters))


OURS = [address for address in addresses() if not address.route.startswith("en/staff/reference/")]


def test_the_walk_finds_the_site() -> None:
    assert len(OURS) > 80, f"{len(OURS)} addresses"


@pytest.mark.parametrize("address", addresses(), ids=str)
def test_every_address_carries_a_mark(address: Address) -> None:
    for method in METHODS:
        assert marks.mark_of(address.pattern.callback, method, address.name) is not None, method


def mark(address: Address, method: str) -> marks.Mark:
    found = marks.mark_of(address.pattern.callback, method, address.name)
    assert found is not None
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("method", METHODS)
def test_nobody_who_is_signed_out_passes_a_closed_door(method: str) -> None:
    client, unknown = Client(), {"key": "sender"}
    passed = []
    for address in OURS:
        if mark(address, method).door in {Door.PUBLIC, Door.ENTRANCE}:
            continue
        path = address.fill({**dict.fromkeys(address.parameters, UUID(int=7)), **unknown})
        status = client.generic(method, path).status_code
        if status not in {302, 401, 403, 404, 405}:
            passed.append((path, status))

    assert passed == []


@dataclass(frozen=True)
class Holdings:
    """What the victim has, by the names that addresses give to their parameters."""

    values: dict[str, Any]
    before: list[tuple[Any, ...]]


def holdings(person: Person) -> Holdings:
    now = timezone.now()
    with person.scope() as active:
        book = AddressBook(created_at=now)
        book.name = CANARY
        book.save()
        contact = Contact(book=book, country="HK", created_at=now, updated_at=now)
        contact.name = CANARY
        contact.save()
        shipment = make_booked()
        values = {
            "book_id": book.pk,
            "contact_id": contact.pk,
            "shipment_id": shipment.pk,
            "account_id": active.account,
            "user_id": person.user.pk,
            "number": shipment.item_number,
            "key": "sender",
        }
    return Holdings(values, state(person))


def state(person: Person) -> list[tuple[Any, ...]]:
    with person.scope():
        return [
            tuple(row)
            for model in (AddressBook, Contact, Shipment)
            for row in model._default_manager.order_by("pk").values_list()
        ]


@pytest.mark.django_db
@pytest.mark.parametrize("method", METHODS)
def test_a_stranger_finds_no_foreign_object_at_any_address(alice: Person, charlie: Person, method: str) -> None:
    held = holdings(alice)
    tried, told = 0, []
    for address in OURS:
        own = {"book_id", "contact_id", "shipment_id", "account_id"} & set(address.parameters)
        if not own or mark(address, method) == marks.Mark(Door.PUBLIC):
            continue
        tried += 1
        response = charlie.client.generic(method, address.fill(held.values))
        if response.status_code not in {403, 404, 405} or CANARY.encode() in response.content:
            told.append((address.route, response.status_code))

    assert told == []
    assert tried > 0
    assert state(alice) == held.before
    with scope.identity():
        assert charlie.user.memberships.count() == 1
