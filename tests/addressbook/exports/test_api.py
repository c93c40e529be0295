"""Exports by programs: asked for, looked after, fetched; what is refused, and in which words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from addressbook import favourites
from addressbook.exports.models import Export, State
from addressbook.models import AddressBook, Contact
from security.models import AccessEntry
from security.problems import STEP_UP
from tests.addressbook.conftest import MakeContact
from tests.addressbook.exports.conftest import work
from tests.addressbook.exports.made import made_export
from tests.api.calling import ROOT, call, is_problem, key_of
from tests.conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(make_contact: MakeContact) -> list[Contact]:
    return [make_contact(name=name, tags=["Tea"] if name == "Ann Lee" else []) for name in ("Cat Ng", "Ann Lee")]


@pytest.fixture
def key(alice: Person) -> Client:
    return key_of(alice, "contacts:export")


def ask(client: Client, book: AddressBook, **wanted: Any) -> Any:
    return call(client, "post", f"{ROOT}/address-books/{book.pk}/exports/", {"file_kind": "csv", **wanted})


def test_a_file_is_asked_for_made_and_fetched_by_one_key(
    alice: Person, key: Client, book: AddressBook, people: list[Contact]
) -> None:
    begun = ask(key, book, language="zh-hant", byte_order_mark=True)
    assert begun.status_code == 201
    address = begun["Location"]
    assert (begun.json()["state"], begun.json()["file_url"], begun.json()["contacts"]) == ("making", None, 2)
    assert is_problem(key.get(f"{address}file/"), 409)
    with alice.scope():
        run = Export.objects.get(pk=begun.json()["id"])
    work(run, clock=timezone.now)

    made = key.get(address).json()
    file = key.get(made["file_url"])

    assert (made["state"], made["contacts_done"], made["size"]) == ("ready", 2, len(file.content))
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    assert file.content.decode().startswith("\ufeff姓名,公司")
    assert [row["id"] for row in key.get(f"{ROOT}/address-books/{book.pk}/exports/").json()["results"]] == [made["id"]]
    assert call(key, "delete", address).status_code == 204
    assert is_problem(key.get(f"{address}file/"), 404)
    assert key.get(address).json()["state"] == "gone"
    assert is_problem(call(key, "delete", address), 404)


def test_filters_and_contacts_say_of_whom(
    alice: Person, key: Client, book: AddressBook, people: list[Contact], charlie: Person
) -> None:
    with charlie.scope():
        theirs = str(charlie.user.pk)

    with alice.scope():
        favourites.star(contact=people[0], now=timezone.now())

    assert ask(key, book, favourite=True).json()["contacts"] == 1
    assert ask(key, book, favourite=False).json()["contacts"] == 2
    assert is_problem(ask(key, book, favourite=True, tag="Tea"), 409)
    assert ask(key, book, tag="Tea").json()["contacts"] == 1
    assert ask(key, book, q="cat").json()["contacts"] == 1
    chosen = [str(people[0].pk), str(people[0].pk)]
    assert ask(key, book, contacts=chosen).json()["contacts"] == 1
    assert is_problem(ask(key, book, tag="Coffee"), 409)
    wrong: list[dict[str, Any]] = [{"contacts": [theirs]}, {"contacts": []}, {"file_kind": "pdf"}]
    for refused in (*wrong, {"contacts": chosen, "q": "x"}, {"contacts": chosen, "favourite": True}):
        assert is_problem(ask(key, book, **refused), 400), refused


def test_whoever_asks_for_the_head_of_a_file_alone_is_refused_and_nothing_is_noted(
    alice: Person, key: Client, book: AddressBook, people: list[Contact]
) -> None:
    with alice.scope():
        run = made_export(book, "Ann", timezone.now(), by=alice.user.pk)

    answers = [key.head(f"{ROOT}/exports/{run.pk}/file/"), alice.client.head(f"/en/exports/{run.pk}/file/")]

    assert [answer.status_code for answer in answers] == [405, 405]
    with alice.scope():
        assert not AccessEntry.objects.filter(action="export").exists()
        assert Export.objects.get(pk=run.pk).fetched_at is None


def test_a_session_shows_first_who_it_is_and_a_key_need_not(
    alice: Person, key: Client, book: AddressBook, people: list[Contact]
) -> None:
    with alice.scope():
        run = made_export(book, "Ann", timezone.now(), by=alice.user.pk)
    path = f"{ROOT}/exports/{run.pk}/file/"
    assert alice.client.get(path).status_code == 200

    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        answers = [ask(alice.client, book), alice.client.get(path)]

        assert [(answer.status_code, answer.json()["type"]) for answer in answers] == [(403, STEP_UP)] * 2
        assert ask(key, book).status_code == 201
        assert key.get(path).status_code == 200
    with alice.scope():
        assert Export.objects.filter(state=State.MAKING).count() == 1
