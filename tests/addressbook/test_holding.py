"""Books are locked before their contacts, in the order of their ids; two at once wait for each other, never both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.urls import reverse

from addressbook import services
from addressbook.models import AddressBook, Contact
from tests.addressbook.conftest import NOON, MakeContact
from tests.api.calling import ROOT, call, is_problem, key_of
from tests.conftest import Person, look_at

pytestmark = pytest.mark.django_db(transaction=True)
Answer = Callable[[], Any]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


def at_once(pool: ThreadPoolExecutor, act: Answer) -> Future[Any]:
    """Let something run beside the test; return when it waits for what the test holds."""

    def run() -> Any:
        try:
            return act()
        finally:
            connection.close()

    running, until = pool.submit(run), monotonic() + 20
    while not running.done() and not _somebody_waits_for_us():
        assert monotonic() < until
    return running


def _somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        row = cursor.fetchone()
    return bool(row and row[0])


@pytest.fixture
def two(alice: Person) -> list[AddressBook]:
    """Two books, in the order in which they are locked."""
    with alice.scope():
        books = [services.default_book(now=NOON), services.create_book(name="Other", now=NOON)]
    return sorted(books, key=lambda book: book.pk)


def test_whoever_waits_for_a_book_holds_nothing_that_is_locked_after_it(
    alice: Person, two: list[AddressBook], make_contact: MakeContact, pool: ThreadPoolExecutor
) -> None:
    first, second = two
    moved, copied, back = (make_contact(name=name, into=second) for name in ("Moved", "Copied", "Back"))
    there = make_contact(name="There", into=first)

    def page(name: str, contact: Contact, **form: str) -> Any:
        at = reverse(f"addressbook:{name}-selected", args=[contact.book_id])
        return alice.client.post(at, {"contact": str(contact.pk), **form})

    done = look_at(page("move", back, to=str(first.pk))).one("[name=key]")["value"]
    ways: list[Answer] = [
        lambda: page("move", moved, to=str(first.pk)),
        lambda: page("copy", copied, to=str(first.pk)),
        lambda: alice.client.post(reverse("addressbook:undo-selected", args=[second.pk]), {"key": done}),
        lambda: page("tag", there, word="tea", tagging="on"),
        lambda: call(alice.client, "patch", f"{ROOT}/contacts/{there.pk}/", {"company": "Acme"}),
        lambda: alice.client.post(reverse("addressbook:delete-contact", args=[there.pk])),
    ]

    for number, way in enumerate(ways):
        with alice.scope(), transaction.atomic():
            assert AddressBook.objects.select_for_update().get(pk=first.pk)
            running = at_once(pool, way)
            assert not running.done(), number
            free = len(Contact.objects.select_for_update(skip_locked=True))
            others = len(AddressBook.objects.select_for_update(skip_locked=True))
            assert (free, others) == (Contact.objects.count(), 2), number
        assert running.result().status_code in {200, 302}, number


@pytest.mark.parametrize("by", ["page", "program"])
def test_of_two_that_wait_for_each_other_one_is_told_to_do_it_again(
    alice: Person, two: list[AddressBook], make_contact: MakeContact, pool: ThreadPoolExecutor, by: str
) -> None:
    book, key = two[0], key_of(alice)
    ways: dict[str, Callable[[Contact], Any]] = {
        "page": lambda contact: alice.client.post(
            reverse("addressbook:delete-selected", args=[book.pk]), {"contact": str(contact.pk)}
        ),
        "program": lambda contact: call(key, "patch", f"{ROOT}/contacts/{contact.pk}/", {"company": "Acme"}),
    }

    def make() -> Contact:
        return make_contact(name="Ann", into=book)

    answer, contact = _of_the_one_that_gives_way(alice, book, make, ways[by], pool)

    if by == "page":
        assert (answer.status_code, "at the same moment" in answer.content.decode()) == (409, True)
    else:
        assert is_problem(answer, 409)
    with alice.scope():
        found = Contact.objects.get(pk=contact.pk)
        assert (found.deleted_at, found.company) == (None, "")


def _of_the_one_that_gives_way(
    alice: Person,
    book: AddressBook,
    make: Callable[[], Contact],
    way: Callable[[Contact], Any],
    pool: ThreadPoolExecutor,
) -> tuple[Any, Contact]:
    """Hold a contact before its book, which nobody of ours does, against a request; return what that one is told.

    PostgreSQL stops whoever has waited for a second when the circle is closed. Where the test itself was so slow that
    it is the one, it tries with another contact.
    """
    for _attempt in range(5):
        contact = make()
        try:
            with alice.scope(), transaction.atomic():
                assert Contact.objects.select_for_update().get(pk=contact.pk)
                running = at_once(pool, lambda held=contact: way(held))  # type: ignore[misc]
                assert AddressBook.objects.select_for_update().get(pk=book.pk)  # the other one has given way
        except OperationalError:
            assert running.result().status_code in {200, 302}
        else:
            return running.result(), contact
    raise AssertionError("The test itself was stopped each time.")
