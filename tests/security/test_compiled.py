"""Questions whose SQL is composed once ask what the scoped manager asks, and answer as it does."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled
from django_scopes.exceptions import ScopeError

from accounts.models import Member, User
from addressbook import services
from addressbook.models import AddressBook
from security import scope
from security.compiled import Compiled
from tests.conftest import Person
from tests.shipments.booking import NOW

pytestmark = pytest.mark.django_db


def asking(book_id: UUID) -> QuerySet[AddressBook]:
    return AddressBook.objects.filter(pk=book_id)


def book_of(person: Person) -> AddressBook:
    with person.scope():
        return services.default_book(now=NOW)


def test_it_asks_word_for_word_what_the_manager_asks(alice: Person) -> None:
    question, book = Compiled(asking, "book_id"), book_of(alice)

    with alice.scope(), CaptureQueriesContext(connection) as asked:
        found = [question.first(book_id=book.pk), question.first(book_id=book.pk), next(iter(asking(book.pk)))]

    assert found == [book, book, book]
    first, second, managers = (query["sql"] for query in asked.captured_queries)
    assert first == second == managers
    assert alice.account.pk.hex in first


def test_one_question_serves_many_accounts_each_with_its_own(alice: Person, charlie: Person) -> None:
    question = Compiled(asking, "book_id")
    of_alice, of_charlie = book_of(alice), book_of(charlie)

    for person, own, foreign in ((alice, of_alice, of_charlie), (charlie, of_charlie, of_alice)):
        with person.scope(), CaptureQueriesContext(connection) as asked:
            assert question.first(book_id=own.pk) == own
            assert question.first(book_id=foreign.pk) is None
        assert all(person.account.pk.hex in query["sql"] for query in asked.captured_queries)


def test_without_a_scope_it_refuses_as_the_manager_does(alice: Person) -> None:
    question, book = Compiled(asking, "book_id"), book_of(alice)
    with alice.scope():
        assert question.first(book_id=book.pk)

    with pytest.raises(ScopeError):
        question.first(book_id=book.pk)


def test_a_question_that_asks_for_no_account_is_not_made(alice: Person) -> None:
    def unscoped(book_id: UUID) -> QuerySet[AddressBook]:
        with scopes_disabled():
            return AddressBook.objects.filter(pk=book_id)

    with alice.scope(), pytest.raises(ValueError, match="account"):
        Compiled(unscoped, "book_id").first(book_id=uuid4())


def test_what_belongs_to_no_account_is_asked_in_any_scope(alice: Person, charlie: Person) -> None:
    def members(user_id: UUID) -> QuerySet[Member]:
        return Member.objects.filter(user_id=user_id).select_related("account").order_by("joined_at")

    question = Compiled(members, "user_id", by_account=False)

    with scope.identity(), CaptureQueriesContext(connection) as asked:
        found = [question.all(user_id=person.user.pk) for person in (alice, charlie)]
        accounts = [member.account for [member] in found]
    with alice.scope():
        hidden = question.all(user_id=charlie.user.pk)

    assert accounts == [alice.account, charlie.account]
    assert len(asked) == 2
    assert hidden == []  # by row-level security, as if the manager were asked


def whom(book_id: UUID) -> QuerySet[User]:
    return User.objects.filter(pk=book_id)


@pytest.mark.parametrize(("ask", "by_account"), [(asking, False), (whom, True)])
def test_what_it_says_of_its_table_must_be_true(alice: Person, ask: Any, by_account: bool) -> None:
    question = Compiled(ask, "book_id", by_account=by_account)

    with alice.scope(), pytest.raises(ValueError, match="by_account"):
        question.all(book_id=uuid4())
