"""How many statements each operation sends to the database, against `query_counts.json`.

Real commits, as in production, where no outer transaction makes savepoints of ours. RECORD_QUERY_COUNTS=1 writes the
file anew; whoever changes it says why in the commit.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from accounts import identify
from accounts.keys import create_api_key
from accounts.roles import KEY_SCOPES
from addressbook import services as books
from addressbook.details import ContactDetails
from security import context, scope
from security.warrants import Warrant
from tests.conftest import Person, make_person
from tests.shipments.booking import NOW, make_booked, make_draft
from tracking.models import Event

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
QUOTE = {"destination": "GB", "weight_kg": "0.450", "contents": "goods"}


@dataclass
class Stage:
    """An account with books, contacts and shipments; a program with its key and a person with a browser."""

    person: Person
    program: Client
    book: str
    small_book: str
    contact: str
    booked: str
    number: str
    drafts: list[str] = field(default_factory=list)

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
        drafts = [str(make_draft().pk) for _ in range(4)]
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
            number=made.item_number,
            drafts=drafts,
        )


Act = Callable[[Stage], Any]
# What a program asks; each is done twice, and the second time counts.
OPERATIONS: dict[str, Act] = {
    "me": lambda stage: stage.api("get", "/me/"),
    "books": lambda stage: stage.api("get", "/address-books/"),
    "book": lambda stage: stage.api("get", f"/address-books/{stage.book}/"),
    "contacts, 25": lambda stage: stage.api("get", f"/address-books/{stage.book}/contacts/"),
    "contacts, 5": lambda stage: stage.api("get", f"/address-books/{stage.small_book}/contacts/"),
    "contacts by name": lambda stage: stage.api("get", f"/address-books/{stage.book}/contacts/?ordering=name"),
    "search contacts": lambda stage: stage.api("post", f"/address-books/{stage.book}/contacts/search/", {"q": "ann"}),
    "contact": lambda stage: stage.api("get", f"/contacts/{stage.contact}/"),
    "add a contact": lambda stage: stage.api("post", f"/address-books/{stage.book}/contacts/", NEW),
    "change a contact": lambda stage: stage.api("patch", f"/contacts/{stage.contact}/", {"notes": "Tea"}),
    "quote": lambda stage: stage.api("post", "/quotes/", QUOTE),
    "destinations": lambda stage: stage.api("get", "/destinations/"),
    "services": lambda stage: stage.api("get", "/services/"),
    "shipments": lambda stage: stage.api("get", "/shipments/"),
    "shipment": lambda stage: stage.api("get", f"/shipments/{stage.booked}/"),
    "search shipments": lambda stage: stage.api("post", "/shipments/search/", {"q": "edith"}),
    "keep a draft": lambda stage: stage.api("post", "/shipments/", {"draft": True}),
    "book at once": lambda stage: stage.api("post", "/shipments/", LETTER),
    "book a draft": lambda stage: stage.api("post", f"/shipments/{stage.drafts.pop()}/book/"),
    "label": lambda stage: stage.api("get", f"/shipments/{stage.booked}/label/"),
    "customs form": lambda stage: stage.api("get", f"/shipments/{stage.booked}/customs/"),
    "receipt": lambda stage: stage.api("get", f"/shipments/{stage.booked}/receipt/"),
    "track": lambda stage: stage.api("get", f"/tracking/{stage.number}/"),
    "access log": lambda stage: stage.api("get", "/access-log/"),
    "page: books": lambda stage: stage.page("/address-books/"),
    "page: contacts, 25": lambda stage: stage.page(f"/address-books/{stage.book}/"),
    "page: contacts, 5": lambda stage: stage.page(f"/address-books/{stage.small_book}/"),
    "page: contact": lambda stage: stage.page(f"/contacts/{stage.contact}/"),
    "page: shipments": lambda stage: stage.page("/shipments/"),
    "page: shipment": lambda stage: stage.page(f"/shipments/{stage.booked}/"),
    "page: quote": lambda stage: stage.page("/quote/"),
    "page: account": lambda stage: stage.page("/account/"),
}
SAME = [("contacts, 25", "contacts, 5"), ("page: contacts, 25", "page: contacts, 5")]


def counted(stage: Stage, act: Act) -> int:
    """Do it once to settle what is kept for a while, and again to count."""
    act(stage)
    sent: list[str] = []

    def note(execute: Any, sql: str, parameters: Any, many: bool, about: Any) -> Any:
        sent.append(sql)
        return execute(sql, parameters, many, about)

    with ExitStack() as stack:
        for alias in ("default", "trail"):
            stack.enter_context(connections[alias].execute_wrapper(note))
        act(stage)
    return len(sent)


@pytest.fixture
def _no_minute_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is noted or asked once a minute is not met between settling and counting, however slow the machine is."""
    monkeypatch.setattr(context, "SEEN_SECONDS", 3_600)
    monkeypatch.setattr(identify, "SEEN_EVERY", timedelta(hours=1))
    monkeypatch.setattr(identify, "USED_EVERY", timedelta(hours=1))


@pytest.mark.usefixtures("_no_minute_passes")
def test_every_operation_sends_as_many_statements_as_recorded(stage: Stage) -> None:
    found = {name: counted(stage, act) for name, act in OPERATIONS.items()}

    if os.environ.get("RECORD_QUERY_COUNTS"):
        FILE.write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads(FILE.read_text())
    for many, few in SAME:
        assert found[many] == found[few], many
