"""The limit of a book: whatever adds a contact, or brings one back, keeps to it, and does the whole or nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from addressbook import many, room, services
from addressbook.duplicates import merging
from addressbook.models import AddressBook, Contact
from tests.addressbook.conftest import NOON, MakeContact, hong_kong
from tests.api.calling import BOOKS, CONTACT, call, is_problem
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)
FULL = "A book has room for 2 contacts. This one would have more: use another book."
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def two(make_contact: MakeContact) -> list[Contact]:
    return [make_contact(name="Ann"), make_contact(name="Ben")]


@pytest.fixture
def other(alice: Person) -> AddressBook:
    with alice.scope():
        return services.create_book(name="Other", now=NOON)


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Say that a book has room for two."""

    def say() -> None:
        monkeypatch.setattr(room, "MOST", 2)

    return say


def filled(person: Person, book: AddressBook) -> int:
    """Return how many contacts the database has counted; it is as many as there are."""
    with person.scope():
        kept: int = AddressBook.objects.get(pk=book.pk).filled
        assert kept == Contact.objects.filter(book=book, deleted_at=None).count()
    return kept


def send(person: Person, to: str, /, *args: object, **data: object) -> str:
    answer = person.client.post(reverse(f"addressbook:{to}", args=args), data, follow=True)
    return " ".join(answer.text.split())


def test_the_database_counts_by_whichever_way_contacts_come_and_go(
    alice: Person, book: AddressBook, other: AddressBook, two: list[Contact]
) -> None:
    assert filled(alice, book) == 2
    with alice.scope():
        many.copy(book=book, contacts=two, to=other, now=LATER)
        many.move(book=book, contacts=two[:1], to=other, now=LATER)
    assert (filled(alice, book), filled(alice, other)) == (1, 3)
    with alice.scope():
        services.delete_contact(contact=two[1], now=NOON)
        many.tag(book=other, contacts=two[:1], word="x", now=LATER)
    assert (filled(alice, book), filled(alice, other)) == (0, 3)
    with alice.scope():
        services.restore_contact(contact=two[1])
        services.delete_contact(contact=two[0], now=NOON)
        services.purge_deleted(now=NOON + timedelta(days=400))
        Contact.objects.filter(pk=two[1].pk).delete()
    assert (filled(alice, book), filled(alice, other)) == (0, 2)
    with alice.scope():
        services.delete_book(book=other, now=LATER)


def test_a_full_book_takes_no_further_contact_by_page_or_api(
    alice: Person, book: AddressBook, two: list[Contact], full: Callable[[], None]
) -> None:
    full()
    form = {"name": "Eve", "country": "HK", "line1": "1 Road", "district": "Yau Tsim Mong", "can_receive": "on"}

    page = send(alice, "add-contact", book.pk, **form)
    answer = call(alice.client, "post", f"{BOOKS}{book.pk}/contacts/", CONTACT)

    assert FULL in page
    assert 'value="Eve"' in page
    assert is_problem(answer, 409)
    assert FULL in answer.json()["detail"]
    assert filled(alice, book) == 2


def test_a_contact_of_a_full_book_can_be_changed(
    alice: Person, book: AddressBook, two: list[Contact], full: Callable[[], None]
) -> None:
    full()

    with alice.scope():
        services.save_contact(book=book, details=hong_kong(name="Anna"), now=LATER, contact=two[0])

    assert filled(alice, book) == 2


@pytest.mark.parametrize("name", ["move-selected", "copy-selected"])
def test_nothing_is_moved_or_copied_where_not_all_have_room(
    alice: Person, book: AddressBook, other: AddressBook, two: list[Contact], full: Callable[[], None], name: str
) -> None:
    with alice.scope():
        services.save_contact(book=other, details=hong_kong(), now=NOON)
    full()

    said = send(alice, name, book.pk, contact=[str(one.pk) for one in two], to=str(other.pk))

    assert FULL in said
    assert (filled(alice, book), filled(alice, other)) == (2, 1)


@pytest.mark.parametrize("way", ["one", "many", "undo", "part"])
def test_nothing_comes_back_into_a_full_book(
    alice: Person, book: AddressBook, two: list[Contact], make_contact: MakeContact, full: Callable[[], None], way: str
) -> None:
    with alice.scope():
        contact = Contact.objects.get(pk=two[0].pk)
        if way == "undo":
            key = many.delete(book=book, contacts=[contact], now=LATER).key
        elif way == "part":
            done = merging.merge(book=book, one=two[1], other=contact, choices={}, now=LATER)
        else:
            services.delete_contact(contact=contact, now=LATER)
    gone = two[1] if way == "part" and done.taken_in_id == two[1].pk else contact
    make_contact(name="Eve")
    full()

    if way == "one":
        said = send(alice, "restore-contact", gone.pk)
    elif way == "many":
        said = send(alice, "restore-selected", book.pk, contact=str(gone.pk))
    elif way == "undo":
        said = send(alice, "undo-selected", book.pk, key=key)
    else:
        said = send(alice, "part", book.pk, done.pk)

    assert FULL in said
    assert filled(alice, book) == 2


def test_far_from_the_limit_nothing_is_asked(
    alice: Person, book: AddressBook, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with alice.scope(), django_assert_num_queries(0):
        room.require(book, 1_000)


def test_of_two_at_once_one_gets_the_last_place(
    alice: Person, book: AddressBook, make_contact: MakeContact, full: Callable[[], None]
) -> None:
    make_contact(name="Ann")
    full()
    both = Barrier(2, timeout=30)

    def add(name: str) -> bool:
        try:
            with alice.scope():
                found = AddressBook.objects.get(pk=book.pk)
                both.wait()
                services.save_contact(book=found, details=hong_kong(name=name), now=LATER)
        except room.BookFull:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(add, ["Ben", "Eve"])) == [False, True]

    assert filled(alice, book) == 2
