"""How many statements each operation sends to the database, against `query_counts.json`.

The operations are those of `tests/api/operations.py`, which has every method of every address: a new one without a
count fails here. Lists are asked with few rows and with many, by an owner and by a clerk with restricted books.

Real commits, as in production, where no outer transaction makes savepoints of ours. RECORD_QUERY_COUNTS=1 writes the
file anew; whoever changes it says why in the commit.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client, override_settings

from accounts import identify
from accounts.keys import create_api_key
from accounts.roles import KEY_SCOPES, Role
from addressbook import services as books
from addressbook.details import ContactDetails
from addressbook.models import AddressBook
from security import scope
from security.warrants import Warrant
from shipments import item_numbers
from tests.addressbook.exports.made import made_export
from tests.addressbook.imports.made import upload_read
from tests.api.calling import ROOT, call, key_of
from tests.api.operations import EVENT, OPERATIONS, Operation, furnish
from tests.conftest import Person, make_person
from tests.shipments.booking import NOW, make_booked
from tests.tracking.hooks import made_webhook, told
from tests.tracking.journeys import operator, record
from tracking.models import Event
from tracking.webhooks import services as webhooks
from tracking.webhooks.models import Webhook

pytestmark = pytest.mark.django_db(transaction=True)
FILE = Path(__file__).with_name("query_counts.json")
MANY, FEW = 25, 5
NEW = {"name": "Ann Lee", "country": "GB", "lines": ["10 High Street"], "city": "London", "postcode": "SW1A 1AA"}
LETTER = {
    "sender": {"name": "Alice", "lines": ["18 Sample Street"], "district": "Sha Tin", "country": "HK"},
    "recipient": NEW,
    "contents": "documents",
    "weight_kg": "0.020",
    "format": "small_letter",
    "service": "ARM",
}


@dataclass
class Stage:
    """An account with books, contacts and shipments; a program with its key and a person with a browser."""

    person: Person
    program: Client
    book: str
    small_book: str
    contact: str
    booked: str

    def api(self, method: str, path: str, body: Any = None) -> Any:
        send = getattr(self.program, method)
        answer = send(f"/api/v1{path}", **({} if body is None else {"data": body, "content_type": "application/json"}))
        assert answer.status_code < 300, answer.content
        return answer

    def page(self, path: str) -> Any:
        answer = self.person.client.get(f"/en{path}")
        assert answer.status_code == 200, (path, answer.status_code)
        return answer


@pytest.fixture
def stage() -> Stage:
    alice = make_person("alice")
    with scope.identity():
        _, token = create_api_key(account=alice.account, by=alice.user, name="Shop", scopes=sorted(KEY_SCOPES))
    details = ContactDetails(name="Ann Lee", lines=["10 High Street"], city="London", postcode="SW1A 1AA", country="GB")
    with alice.scope():
        large, small = books.default_book(now=NOW), books.create_book(name="Small", now=NOW)
        for _ in range(MANY):
            contact = books.save_contact(book=large, details=details, now=NOW)
        for _ in range(FEW):
            books.save_contact(book=small, details=details, now=NOW)
        made = make_booked()
        assert made.item_number
        with scope.warrant(Warrant.TRACKING):
            Event.objects.create(
                item_number=made.item_number, code="EMA", at=NOW, recorded_at=NOW, recorded_by="operator:1"
            )
        return Stage(
            person=alice,
            program=Client(headers={"Authorization": f"Bearer {token}"}),
            book=str(large.pk),
            small_book=str(small.pk),
            contact=str(contact.pk),
            booked=str(made.pk),
        )


Act = Callable[[Stage], Any]
# What programs ask beside the table of operations: the same in another way, which costs something else.
WAYS: dict[str, Act] = {
    "contacts by name": lambda stage: stage.api("get", f"/address-books/{stage.book}/contacts/?ordering=name"),
    "contacts by tag": lambda stage: stage.api("get", f"/address-books/{stage.book}/contacts/?tag=tea"),
    "keep an empty draft": lambda stage: stage.api("post", "/shipments/", {"draft": True}),
    "book at once": lambda stage: stage.api("post", "/shipments/", LETTER),
    "page: books": lambda stage: stage.page("/address-books/"),
    "page: contacts, 25": lambda stage: stage.page(f"/address-books/{stage.book}/"),
    "page: contacts, 5": lambda stage: stage.page(f"/address-books/{stage.small_book}/"),
    "page: contact": lambda stage: stage.page(f"/contacts/{stage.contact}/"),
    "page: shipments": lambda stage: stage.page("/shipments/"),
    "page: shipment": lambda stage: stage.page(f"/shipments/{stage.booked}/"),
    "page: quote": lambda stage: stage.page("/quote/"),
    "page: account": lambda stage: stage.page("/account/"),
}
SAME = [("page: contacts, 25", "page: contacts, 5")]


def counted(act: Callable[[], Any]) -> int:
    """Return how many statements something sends, over both connections."""
    sent: list[str] = []

    def note(execute: Any, sql: str, parameters: Any, many: bool, about: Any) -> Any:
        sent.append(sql)
        return execute(sql, parameters, many, about)

    with ExitStack() as stack:
        for alias in ("default", "trail"):
            stack.enter_context(connections[alias].execute_wrapper(note))
        act()
    return len(sent)


@pytest.fixture(autouse=True)
def _no_minute_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is noted or asked once a minute is not met between settling and counting, however slow the machine is."""
    monkeypatch.setattr(identify, "SEEN_EVERY", timedelta(hours=1))
    monkeypatch.setattr(identify, "USED_EVERY", timedelta(hours=1))


@pytest.fixture(autouse=True)
def _room_for_webhooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is furnished once for each operation, all in one account."""
    monkeypatch.setattr(webhooks, "MOST", 1_000)


def hold(part: str, found: dict[str, int]) -> None:
    """Compare what was counted with what is recorded, or record it."""
    recorded = json.loads(FILE.read_text())
    if os.environ.get("RECORD_QUERY_COUNTS"):
        recorded[part] = found
        FILE.write_text(json.dumps(recorded, indent=1) + "\n")
    assert found == recorded[part]


@override_settings(RATE_LIMIT_FACTOR=100)
def test_every_operation_of_the_api_sends_as_many_statements_as_recorded(alice: Person, bob: Person) -> None:
    things, shop, post = furnish(alice, bob), key_of(alice), operator()
    record("EMB", number=EVENT["item_number"])
    found = {}
    for operation in OPERATIONS:
        client = post if operation.name == "tracking-events" else shop
        for _time in ("settle what is kept for a while", "count"):
            found[str(operation)] = counted(lambda: done(operation, client, things))  # noqa: B023  (called at once)
            things = things if operation.method == "GET" else furnish(alice, bob)

    hold("operations", found)


def done(operation: Operation, client: Client, things: dict[str, str]) -> Any:
    answer = operation.send(client, things)
    assert answer.status_code < 300, (str(operation), answer.content)
    return answer


def test_other_ways_and_pages_send_as_many_statements_as_recorded(stage: Stage) -> None:
    found = {}
    for name, act in WAYS.items():
        act(stage)  # settles what is kept for a while
        found[name] = counted(lambda: act(stage))  # noqa: B023  (called at once)

    hold("ways", found)
    for many, few in SAME:
        assert found[many] == found[few], many


# Lists: as many statements for many rows as for few ----------------------------------------------------------------


def grow(owner: Person, clerk: Person, things: dict[str, str], rows: int) -> None:
    """Add so many rows to every list there is: restricted books shared with the clerk, contacts, shares, shipments."""
    details = ContactDetails(name="Ann Lee", lines=["10 High Street"], city="London", postcode="SW1A 1AA", country="GB")
    members = [make_person(f"m{uuid4().hex[:8]}", account=owner.account, role=Role.CLERK) for _ in range(rows)]
    with owner.scope():
        shared = AddressBook.objects.get(pk=things["book"])
        for number, member in enumerate(members):
            book = books.create_book(name=f"Book {number}", access="restricted", now=NOW)
            books.share_book(book=book, email=clerk.user.email, level=LEVELS[number % 3])
            books.save_contact(book=shared, details=details, now=NOW)
            books.share_book(book=shared, email=member.user.email, level="view")
            upload_read(shared, "Ann", NOW)
            made_export(shared, "Ann", NOW, by=owner.user.pk)
            told(made_webhook("https://hooks.example.com/", NOW, by=owner.user.pk), NOW)
            told(Webhook.objects.get(pk=things["webhook"]), NOW)
            numbers = make_booked().item_number
            assert numbers
            record("EMA", number=numbers)


LEVELS = ("view", "change", "manage")
LISTING = [operation for operation in OPERATIONS if operation.is_list]


@pytest.mark.parametrize("who", ["owner", "clerk"])
@override_settings(RATE_LIMIT_FACTOR=100)
def test_a_list_of_many_rows_sends_as_many_statements_as_one_of_few(alice: Person, bob: Person, who: str) -> None:
    person = alice if who == "owner" else bob
    things, shop = furnish_restricted(alice, bob), key_of(person)
    asked = [one for one in LISTING if one.public or Role.CLERK in one.roles or who == "owner"]

    grow(alice, bob, things, 1)
    few = {str(operation): measured(operation, shop, things) for operation in asked}
    grow(alice, bob, things, 7)
    many = {str(operation): measured(operation, shop, things) for operation in asked}

    assert {name: count for name, (count, _rows) in many.items()} == {
        name: count for name, (count, _rows) in few.items()
    }
    growing = {str(one) for one in asked if not one.public}
    assert [name for name in growing if many[name][1] <= few[name][1]] == []


def furnish_restricted(owner: Person, clerk: Person) -> dict[str, str]:
    """Furnish, with the book closed to all but the owner and the clerk, who keeps it."""
    things = furnish(owner, clerk)
    with owner.scope():
        book = books.change_book(book=AddressBook.objects.get(pk=things["book"]), name="Customers", access="restricted")
        books.share_book(book=book, email=clerk.user.email, level="manage")
    return things


def measured(operation: Operation, client: Client, things: dict[str, str]) -> tuple[int, int]:
    """Return how many statements a list needs, and how many rows it answers."""
    done(operation, client, things)
    answers = []
    count = counted(lambda: answers.append(done(operation, client, things)))
    return count, len(answers[0].json()["results"])


def test_a_list_is_marked_as_one(alice: Person, bob: Person) -> None:
    things, shop = furnish(alice, bob), key_of(alice)
    record("EMB", number=EVENT["item_number"])

    for operation in OPERATIONS:
        if operation.name == "tracking-events" or operation.method in {"PATCH", "DELETE"}:
            continue
        answer = done(operation, shop, things)
        has_rows = answer["Content-Type"] == "application/json" and "results" in answer.json()
        assert has_rows == operation.is_list, str(operation)
        things = things if operation.method == "GET" else furnish(alice, bob)


@override_settings(RATE_LIMIT_FACTOR=100)
def test_many_events_send_as_many_statements_as_one(alice: Person) -> None:
    post = operator()
    numbers = [item_numbers.compose("RA", 50_000_000 + place) for place in range(61)]

    def send(some: list[str], code: str) -> None:
        body = {"events": [{**EVENT, "item_number": number, "code": code} for number in some]}
        assert call(post, "post", f"{ROOT}/tracking/events/", body).status_code == 201

    send(numbers[60:], "EMB")
    one = counted(lambda: send(numbers[:1], "EMA"))
    ten = counted(lambda: send(numbers[1:11], "EMA"))
    fifty = counted(lambda: send(numbers[10:60], "EMA"))  # one of them again

    assert one == ten == fifty


def test_many_items_are_looked_up_with_as_many_statements_as_one(client: Client) -> None:
    numbers = [item_numbers.compose("RA", 50_000_000 + place) for place in range(30)]
    for number in numbers:
        record("EMA", number=number)

    def search(some: list[str]) -> None:
        answer = call(client, "post", f"{ROOT}/tracking/search/", {"item_numbers": some})
        assert [len(track["events"]) for track in answer.json()["results"]] == [1] * len(some)

    search(numbers)
    assert counted(lambda: search(numbers[:1])) == counted(lambda: search(numbers))
