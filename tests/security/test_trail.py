"""What an entry of the access log says: who, for whom, by which entrance, what of whom was given out."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from celery import shared_task
from django.db import ProgrammingError, connections, transaction
from django.urls import reverse
from django.utils import timezone

from addressbook import services as books
from addressbook.details import ContactDetails
from security import alarms, scope, tasks, trail
from security.console import cases
from security.models import AccessEntry, SecurityEvent
from security.tasks import ScopedTask
from security.trail import Action, Via
from tests.api.calling import BOOKS, CONTACT, call, key_of
from tests.conftest import Person
from tests.shipments.booking import NOW

WHOLE = ["name", "company", "address", "place", "country", "email", "phone", "fax", "tags", "notes"]
LISTED = ["name", "company", "place", "country", "tags"]


def entries(person: Person, **narrowed: Any) -> list[AccessEntry]:
    with person.scope():
        return list(AccessEntry.objects.filter(**narrowed).order_by("at"))


def two_contacts(person: Person) -> list[UUID]:
    with person.scope():
        book = books.default_book(now=NOW)
        return [books.save_contact(book=book, details=details(name), now=NOW).pk for name in ("Ann", "Ben")]


def details(name: str) -> ContactDetails:
    return ContactDetails(name=name, lines=["10 High Street"], city="London", postcode="SW1A 1AA", country="GB")


@pytest.mark.django_db
def test_a_page_of_contacts_is_one_row_with_all_its_ids(alice: Person) -> None:
    contacts = two_contacts(alice)
    with alice.scope():
        book = books.default_book(now=NOW)

    alice.get(reverse("addressbook:contacts", args=[book.pk]))

    [entry] = entries(alice, action=Action.LIST, kind="contact")
    assert {UUID(item) for item in entry.ids} == set(contacts)
    assert entry.row_count == 2
    assert (entry.via, entry.endpoint) == (Via.PAGE, "addressbook:contacts")
    assert (entry.decision, entry.wall, entry.on_behalf) == ("allowed", "permission", "")
    assert entry.fields == LISTED


@pytest.mark.django_db
def test_a_key_acts_for_whoever_made_it_and_gets_the_whole_object(alice: Person) -> None:
    program = key_of(alice)

    made = call(program, "post", f"{BOOKS}{_book(alice)}/contacts/", CONTACT)

    [entry] = entries(alice, action=Action.CREATE, kind="contact")
    assert entry.ids == [made.json()["id"]]
    assert entry.actor.startswith("key:")
    assert entry.on_behalf == f"user:{alice.user.pk}"
    assert entry.via == Via.API
    assert entry.endpoint == "api-contacts"
    assert entry.fields == WHOLE


@pytest.mark.django_db
def test_a_page_gives_nothing_out_by_changing(alice: Person) -> None:
    [contact, _other] = two_contacts(alice)

    alice.post(reverse("addressbook:delete-contact", args=[contact]))

    [entry] = entries(alice, action=Action.DELETE, kind="contact")
    assert entry.fields == []


@shared_task(base=ScopedTask, name="tests.note_a_reading")
def note_a_reading() -> None:
    trail.record(action=Action.READ, kind="contact", ids=[uuid4()])


@pytest.mark.django_db
def test_a_task_says_its_name_and_keeps_who_asked(alice: Person) -> None:
    with alice.scope():
        packed = tasks._pack(replace(scope.get(), epoch=1))
    note_a_reading.apply(headers={"scope": packed}, throw=True)

    [entry] = entries(alice, action=Action.READ)
    assert (entry.via, entry.endpoint) == (Via.TASK, "tests.note_a_reading")
    assert entry.user_id == alice.user.pk


@pytest.mark.django_db
def test_a_command_says_its_name(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/srv/manage.py", "expire", "--dry-run"])
    trail._command.cache_clear()
    try:
        with scope.account(account_id=alice.account.pk, actor="system:expire"):
            trail.record(action=Action.EXPIRE, kind="contact", ids=[uuid4()])
    finally:
        trail._command.cache_clear()

    [entry] = entries(alice, action=Action.EXPIRE)
    assert (entry.via, entry.endpoint, entry.wall) == (Via.COMMAND, "expire", "")


@pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given")
@pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])
def test_staff_act_on_behalf_of_their_case(alice: Person) -> None:
    staff, now = uuid4(), timezone.now()
    asked: dict[str, Any] = {"ticket": "T-7", "reason": "Asked to look.", "has_consent": False}
    with scope.enter(scope.Scope(kind=scope.Kind.PERSON, user_id=staff, actor=f"user:{staff}")):
        case = cases.open_case(account_id=alice.account.pk, staff_id=staff, now=now, **asked)
        with cases.entered(case):
            trail.record(action=Action.READ, kind="contact", ids=[uuid4()], fields=["country"])

    [entry] = entries(alice, action=Action.READ)
    assert (entry.on_behalf, entry.fields) == (f"case:{case.pk}", ["country"])


@pytest.mark.django_db
def test_the_place_in_the_chain_is_not_the_runtime_roles_to_give(alice: Person) -> None:
    columns = "id, account_id, at, pos, row_count, request_id, actor, on_behalf, action, kind, via, endpoint, decision"
    statement = (
        f"INSERT INTO security_accessentry ({columns}, wall, ids, fields) VALUES"
        f" ('{uuid4()}', '{alice.account.pk}', now(), 1, 0, '', '', '', 'read', '', '', '', '', '', '[]', '[]')"
    )
    with alice.scope(), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connections["default"].cursor().execute(statement)
    with alice.scope(), connections["default"].cursor() as cursor:
        cursor.execute(statement.replace(" pos,", "").replace("now(), 1,", "now(),"))


@pytest.mark.skipif("security" not in connections.databases, reason="DATABASE_SECURITY_URL is not set")
@pytest.mark.django_db(transaction=True, databases=["default", "trail", "security", "owner"])
def test_an_event_says_where_it_was_refused(alice: Person, charlie: Person) -> None:
    [contact, _other] = two_contacts(alice)

    charlie.client.get(reverse("addressbook:contact", args=[contact]))

    event = SecurityEvent.objects.using("security").get(kind="refused")
    assert (event.via, event.endpoint) == ("page", "addressbook:contact")
    assert not entries(alice, user_id=charlie.user.pk)
    assert not entries(charlie, kind="contact")
    alarms.note(kind="outside a request")
    assert SecurityEvent.objects.using("security").get(kind="outside a request").via == "command"


def _book(person: Person) -> UUID:
    with person.scope():
        return books.default_book(now=NOW).pk
