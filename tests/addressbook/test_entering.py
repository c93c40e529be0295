"""Adding a contact that may be there already: said before it is saved, with whom, and added all the same on request."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from addressbook.models import AddressBook, Contact
from security.models import AccessEntry
from tests.addressbook.conftest import MakeContact
from tests.conftest import Person, look_at

pytestmark = pytest.mark.django_db
TYPED = {
    "name": "Jonathan Christopher Wellington", "company": "Sample Ltd", "country": "HK",
    "line1": "Flat A, 12/F, Block 3", "line2": "88 Sample Street", "district": "Sha Tin", "can_receive": "on",
}  # fmt: skip
NEAR = {**TYPED, "name": "Jonathan Christofer Wellington", "line1": "Flat A 12/F Blk 3", "line2": "88 Sample St"}
OTHER = {**TYPED, "name": "Mary Brown", "line1": "1 Other Road", "line2": ""}


def add(person: Person, book: AddressBook, typed: dict[str, str], **more: str) -> Any:
    return person.client.post(f"/en/address-books/{book.pk}/contacts/add/", {**typed, **more})


def count(person: Person) -> int:
    with person.scope():
        return Contact.objects.filter(deleted_at=None).count()


@pytest.mark.parametrize("typed", [TYPED, NEAR], ids=["the same", "much alike"])
def test_one_that_is_there_already_is_said_before_it_is_saved(
    alice: Person, book: AddressBook, typed: dict[str, str]
) -> None:
    assert add(alice, book, TYPED).status_code == 302
    with alice.scope():
        there = Contact.objects.get()

    page = look_at(add(alice, book, typed))

    page.check()
    assert "Nothing is saved yet" in page.text
    assert page.one(f"form#contact-form a[href$='/contacts/{there.pk}/']")
    assert page.one("input[name=name]")["value"] == typed["name"]
    assert count(alice) == 1
    with alice.scope():
        assert AccessEntry.objects.filter(kind="contact", action="list", ids=[str(there.pk)]).exists()
    assert add(alice, book, typed, anyway="yes").status_code == 302
    assert count(alice) == 2


def test_others_and_those_of_other_books_are_none(
    alice: Person, book: AddressBook, restricted: AddressBook, make_contact: MakeContact
) -> None:
    add(alice, restricted, TYPED)

    assert add(alice, book, TYPED).status_code == 302
    assert add(alice, book, OTHER).status_code == 302
    assert count(alice) == 3


def test_whoever_changes_a_contact_is_not_asked(alice: Person, book: AddressBook) -> None:
    add(alice, book, TYPED)
    add(alice, book, TYPED, anyway="yes")
    with alice.scope():
        one = Contact.objects.order_by("pk").first()
    assert one is not None

    answer = alice.client.post(f"/en/contacts/{one.pk}/edit/", {**TYPED, "notes": "Third floor"})

    assert answer.status_code == 302


def test_it_asks_as_much_in_a_large_book(alice: Person, book: AddressBook, make_contact: MakeContact) -> None:
    asked = []
    add(alice, book, OTHER)
    for size in (2, 60):
        for number in range(size):
            make_contact(name=f"Person {size} {number}", lines=[f"{number + 1} Nathan Road"])
        alice.client.get(f"/en/address-books/{book.pk}/?order=name")
        with CaptureQueriesContext(connection) as queries:
            add(alice, book, {**OTHER, "name": f"Mary Brown {size}", "line1": f"{size} Far Road"})
        asked.append(len(queries))

    assert asked[0] == asked[1]
