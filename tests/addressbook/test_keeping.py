"""Layouts of books are kept sealed, up to date, within bounds, and for their own account alone."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from addressbook import selectors, services
from addressbook.index import keeping
from addressbook.index.layout import Filters, Layout
from addressbook.models import AddressBook, BookIndex, Contact
from addressbook.tasks import keep_index
from security import egress, keys, live, scope, sealing
from security.refusals import EgressBlocked, Suspended
from security.walls import Wall
from security.warrants import Warrant
from tests.addressbook.conftest import NOON, MakeContact, hong_kong
from tests.conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> keeping.Memory:
    fresh = keeping.Memory(keeping.KEPT_BYTES)
    monkeypatch.setattr(keeping, "MEMORY", fresh)
    return fresh


def found(book: AddressBook, query: str = "", **filters: Any) -> list[str]:
    book = AddressBook.objects.get(pk=book.pk)
    page = selectors.page_of(book, filters=Filters(query=query, **filters), order="name", size=100)
    return [contact.name for contact in page.contacts]


@pytest.mark.parametrize("large", [1, 2])
def test_the_planner_is_told_whose_a_large_book_is(
    monkeypatch: pytest.MonkeyPatch, alice: Person, book: AddressBook, contact: Contact, large: int
) -> None:
    monkeypatch.setattr(selectors, "LARGE", large)
    with alice.scope():
        assert found(book) == [contact.name]
        with connection.cursor() as cursor:
            cursor.execute("SHOW plan_cache_mode")
            mode = cursor.fetchone()[0]

    assert mode == ("force_custom_plan" if large == 1 else "auto")


def test_every_way_of_changing_a_contact_shows_at_once(alice: Person, book: AddressBook, contact: Contact) -> None:
    with alice.scope():
        assert found(book) == ["Chan Tai Man"]
        other = services.save_contact(book=book, details=hong_kong(name="Lee"), now=NOON)
        assert found(book) == ["Chan Tai Man", "Lee"]
        services.save_contact(book=book, details=hong_kong(name="Ng"), now=NOON, contact=other)
        assert found(book) == ["Chan Tai Man", "Ng"]
        assert found(book, "lee") == []
        services.delete_contact(contact=contact, now=NOON)
        assert found(book) == ["Ng"]
        services.restore_contact(contact=contact)
        Contact.objects.filter(pk=other.pk).update(country="GB")
        assert found(book, country="GB") == ["Ng"]
        assert found(book, country="HK") == ["Chan Tai Man"]
        with connection.cursor() as cursor:
            cursor.execute("UPDATE addressbook_contact SET can_send = true WHERE id = %s", [contact.pk])
        assert found(book, use="sender") == ["Chan Tai Man"]


def test_what_moves_to_another_book_leaves_the_first(alice: Person, book: AddressBook, contact: Contact) -> None:
    with alice.scope():
        other = services.create_book(name="Other", now=NOON)
        assert (found(book), found(other)) == (["Chan Tai Man"], [])
        with scope.warrant(Warrant.SHARING):
            Contact.objects.filter(pk=contact.pk).update(book=other)
        assert (found(book), found(other)) == ([], ["Chan Tai Man"])


def test_use_is_no_change_of_the_book_and_orders_all_the_same(
    alice: Person, book: AddressBook, make_contact: MakeContact
) -> None:
    first, second = make_contact(name="First"), make_contact(name="Second", now=NOON + timedelta(minutes=1))
    with alice.scope():
        version = AddressBook.objects.get(pk=book.pk).version
        ask = lambda: [  # noqa: E731
            one.pk for one in selectors.page_of(book, filters=Filters(query="nathan"), order="-used_at").contacts
        ]
        assert ask() == [second.pk, first.pk]
        services.touch_used(contact_id=first.pk, now=timezone.now())
        assert ask() == [first.pk, second.pk]
        assert AddressBook.objects.get(pk=book.pk).version == version


@pytest.mark.django_db(transaction=True)
def test_an_unchanged_book_is_not_read_again(
    alice: Person, book: AddressBook, contact: Contact, django_assert_num_queries: Any
) -> None:
    with alice.scope():
        now = AddressBook.objects.get(pk=book.pk)
        assert len(keeping.opened(now)) == 1
    with alice.scope():
        now = AddressBook.objects.get(pk=book.pk)
        keys.current_key()
        with django_assert_num_queries(0):
            assert len(keeping.opened(now)) == 1


@pytest.mark.django_db(transaction=True)
def test_many_contacts_in_one_transaction_are_one_version(alice: Person, book: AddressBook) -> None:
    with alice.scope():
        before = AddressBook.objects.get(pk=book.pk).version
    with alice.scope():
        for number in range(5):
            services.save_contact(book=book, details=hong_kong(name=f"P{number}"), now=NOON)
    with alice.scope():
        assert AddressBook.objects.get(pk=book.pk).version == before + 1
        assert len(found(book)) == 5


@pytest.mark.django_db(transaction=True)
def test_what_the_same_transaction_adds_after_it_looked_is_not_missed(alice: Person, book: AddressBook) -> None:
    with alice.scope():
        services.save_contact(book=book, details=hong_kong(name="Before"), now=NOON)
        assert found(book) == ["Before"]
        services.save_contact(book=book, details=hong_kong(name="After"), now=NOON)
    with alice.scope():
        assert found(book) == ["After", "Before"]


def test_it_is_kept_beside_the_book_and_read_by_another_process(
    alice: Person, book: AddressBook, contact: Contact, memory: keeping.Memory, django_assert_num_queries: Any
) -> None:
    with alice.scope():
        keep_index.run(book_id=str(book.pk))
        kept = BookIndex.objects.get()
        assert (kept.contacts, b"Chan" in bytes(kept.sealed)) == (1, False)
        memory.forget(alice.account.pk)
        now = AddressBook.objects.get(pk=book.pk)
        with django_assert_num_queries(1):
            assert len(keeping.opened(now)) == 1
        before = kept.kept_at
        keep_index.run(book_id=str(book.pk))
        assert BookIndex.objects.get().kept_at == before, "what is there is good enough"


@pytest.mark.django_db(transaction=True)
def test_four_who_search_a_book_first_lay_it_out_once(
    alice: Person, book: AddressBook, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is laid out takes several times its layout: four times that would be too much for a process."""
    all_here, laid_out = Barrier(4), list[int]()
    settled, lay_out = keeping._settled, Layout.of

    def settled_together(books: Any) -> Any:
        all_here.wait(20)
        return settled(books)

    def slowly(*args: Any, **options: Any) -> Layout:
        time.sleep(0.05)
        laid_out.append(1)
        return lay_out(*args, **options)

    def search(_number: int) -> list[str]:
        try:
            with alice.scope():
                return found(book)
        finally:
            connections.close_all()

    monkeypatch.setattr(keeping, "_settled", settled_together)
    monkeypatch.setattr(Layout, "of", slowly)
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(search, range(4)))

    assert seen == [["Chan Tai Man"]] * 4
    assert len(laid_out) == 1


def test_one_that_is_damaged_is_made_anew(alice: Person, book: AddressBook, contact: Contact) -> None:
    with alice.scope():
        keep_index.run(book_id=str(book.pk))
        BookIndex.objects.update(sealed=b"noise" * 50)
        keeping.forget(alice.account.pk)

        assert found(book) == ["Chan Tai Man"]


def test_a_large_book_is_kept_when_a_twentieth_has_changed(
    alice: Person, book: AddressBook, make_contact: MakeContact, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(keeping, "WORTH_KEEPING", 20)
    monkeypatch.setattr(keeping, "send", lambda task, *, book_id: sent.append(book_id))
    for number in range(40):
        make_contact(name=f"P{number:02}")

    with alice.scope():
        found(book)
        assert sent == [str(book.pk)], "it was laid out for the first time"
        make_contact(name="One more")
        found(book)
        make_contact(name="And one more")
        found(book)
        assert len(sent) == 1, "so little is read beside it"
        make_contact(name="And another")
        found(book)
        assert len(sent) == 2


def test_what_is_purged_is_in_no_layout_that_is_kept(alice: Person, book: AddressBook, contact: Contact) -> None:
    with alice.scope():
        keep_index.run(book_id=str(book.pk))
        services.delete_contact(contact=contact, now=NOON)
        services.purge_deleted(now=NOON + services.UNDO_PERIOD + timedelta(days=1))

        assert not BookIndex.objects.exists()
        assert len(keeping.opened(AddressBook.objects.get(pk=book.pk))) == 0


def test_the_book_used_longest_ago_goes_first(alice: Person) -> None:
    memory = keeping.Memory(30)
    one, two, three = ((alice.account.pk, alice.user.pk), (alice.account.pk, alice.account.pk), (alice.user.pk,) * 2)
    memory.put(*one, keeping.Sealed(1, b"x" * 10))
    memory.put(*two, keeping.Sealed(1, b"x" * 10))
    assert memory.get(*one) is not None
    memory.put(*three, keeping.Sealed(1, b"x" * 15))

    assert (memory.get(*two), memory.size()) == (None, 25)
    memory.put(*three, keeping.Sealed(1, b"x" * 31))
    assert (memory.get(*three), memory.size()) == (None, 10)


def test_another_accounts_layout_does_not_open_and_stops_everything(
    settings: Any, alice: Person, charlie: Person, book: AddressBook, contact: Contact, memory: keeping.Memory
) -> None:
    with alice.scope():
        assert found(book)
    kept = memory.get(alice.account.pk, book.pk)
    assert kept is not None
    assert b"Chan" not in kept.data
    with charlie.scope():
        assert keeping._open(kept, book.pk) is None
    settings.SECURITY_WALLS_OFF = frozenset({Wall.ENCRYPTION.value})
    with alice.scope():
        open_wall = keeping._sealed(Layout.of([], account_id=alice.account.pk, version=1), book.pk)
    with charlie.scope() as scoped:
        assert keeping._open(open_wall, book.pk) is not None
        with pytest.raises(EgressBlocked):
            egress.check()
        assert scoped.foreign == []


@pytest.mark.django_db(transaction=True, databases=["default", "security"])
def test_what_is_kept_of_a_suspended_account_is_dropped(
    alice: Person, book: AddressBook, contact: Contact, memory: keeping.Memory
) -> None:
    with alice.scope():
        assert found(book)
    assert memory.get(alice.account.pk, book.pk) is not None

    live.suspend(alice.account.pk, using="security")
    with pytest.raises(Suspended), alice.scope():
        pass

    assert memory.size() == 0


def test_its_place_is_part_of_what_is_sealed(alice: Person, book: AddressBook, contact: Contact) -> None:
    with alice.scope():
        other = services.create_book(name="Other", now=NOON)
        sealed = keeping._sealed(keeping.opened(AddressBook.objects.get(pk=book.pk)), book.pk)
        assert keeping._open(sealed, other.pk) is None
        with pytest.raises(sealing.Unreadable):
            sealing.unseal_bytes(sealed.data, sealed.key_version, table="addressbook_contact", row=str(book.pk))
