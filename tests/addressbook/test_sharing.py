"""Who can see what and why, as the page says it, is what the doors decide: every role, book, grant and right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import keys
from accounts.roles import Role
from accounts.services import current_epoch
from accounts.teams import services as teams
from addressbook import access, services, sharing, tasks, team_sharing
from addressbook.duplicates import looking
from addressbook.models import AddressBook, Level
from security import scope
from security.permissions import Permission
from security.tasks import scope_to_keep
from tests.accounts.test_teams import team_of
from tests.addressbook.conftest import NOON, MakeContact
from tests.conftest import Person, make_person

VIEW, CHANGE, MANAGE = Permission.CONTACT_VIEW, Permission.CONTACT_CHANGE, Permission.BOOK_MANAGE
REACH = {Level.VIEW: {VIEW}, Level.CHANGE: {VIEW, CHANGE}, Level.MANAGE: {VIEW, CHANGE, MANAGE}}
GRANTS = [None, *Level]


@pytest.fixture
def member(alice: Person) -> Any:
    def member(role: Role) -> Person:
        return make_person(f"member-{role}", account=alice.account, role=role)

    return member


def shared(alice: Person, book: AddressBook, person: Person, level: Level | None) -> None:
    if level is not None:
        with alice.scope():
            services.share_book(book=book, email=person.user.email, level=level)


def held(person: Person, book: AddressBook) -> set[Permission]:
    with person.scope():
        fresh = AddressBook.objects.get(pk=book.pk)
        return {right for right in (VIEW, CHANGE, MANAGE) if access.may(fresh, right)}


def told(alice: Person, book: AddressBook, person: Person) -> set[Permission]:
    with alice.scope():
        [seen] = [seen for seen in sharing.who_sees(now=NOON) if seen.book.pk == book.pk]
    return next((REACH[seer.level] for seer in seen.seers if seer.user_id == person.user.pk), set())


@pytest.mark.parametrize("role", Role)
def test_the_page_says_what_the_doors_decide(
    role: Role, alice: Person, member: Any, book: AddressBook, restricted: AddressBook
) -> None:
    person = member(role)

    assert told(alice, book, person) == held(person, book)
    for level in GRANTS:
        shared(alice, restricted, person, level)
        assert told(alice, restricted, person) == held(person, restricted), level
    with alice.scope():
        services.unshare_book(book=restricted, user_id=person.user.pk)
    assert told(alice, restricted, person) == held(person, restricted)


# Operation by operation: what the right is that each needs, and what it answers to those who have it.
OPERATIONS: dict[tuple[str, str], tuple[Permission, int]] = {
    ("get", "contacts"): (VIEW, 200),
    ("post", "search"): (VIEW, 200),
    ("get", "bin"): (CHANGE, 200),
    ("get", "add-contact"): (CHANGE, 200),
    ("get", "duplicates"): (CHANGE, 200),
    ("post", "look"): (CHANGE, 302),
    ("post", "tag-selected"): (CHANGE, 302),
    ("post", "delete-selected"): (CHANGE, 302),
    ("get", "book-settings"): (MANAGE, 200),
    ("get", "delete-book"): (MANAGE, 200),
}
ON_CONTACT = {"contact": VIEW, "edit-contact": CHANGE, "delete-contact": CHANGE}
MACHINES = {("get", ""): VIEW, ("patch", ""): MANAGE, ("get", "contacts/"): VIEW, ("post", "contacts/"): CHANGE}


# How a book came to somebody: it is everyone's; a restricted one was not shared, or shared with them or with a team of
# theirs; and what was taken back.
OWN, REVOKED, LEFT = "own", "revoked", "left the team"
BY_TEAM = {f"by a team: {level}": level for level in Level}
# What is to be held, written by hand: by the grant, where the role allows it.
HELD: dict[Any, set[Permission]] = {
    OWN: {VIEW, CHANGE},
    None: set(),
    REVOKED: set(),
    LEFT: set(),
    **REACH,
    **{words: REACH[level] for words, level in BY_TEAM.items()},
}
BY_ROLE = {Role.VIEWER: {VIEW}, Role.CLERK: {VIEW, CHANGE, MANAGE}}


def come_by(grant: Any, alice: Person, book: AddressBook, person: Person) -> None:
    """Let a restricted book come to somebody as `grant` says; what was taken back or left was everything."""
    if grant in {*Level, REVOKED}:
        shared(alice, book, person, Level.MANAGE if grant == REVOKED else grant)
    if grant in {*BY_TEAM, LEFT}:
        team = team_of(alice, person)
        with alice.scope():
            level = BY_TEAM.get(grant, Level.MANAGE)
            team_sharing.share_with_team(book=book, team_id=team.pk, level=level, now=NOON)
    if grant in {REVOKED, LEFT}:
        assert held(person, book) == REACH[Level.MANAGE] & BY_ROLE.get(Role(person.role), {*REACH[Level.MANAGE]})
        with alice.scope():
            if grant == REVOKED:
                services.unshare_book(book=book, user_id=person.user.pk)
            else:
                teams.take_out(team=team, user_id=person.user.pk)


@pytest.mark.parametrize("grant", [OWN, *GRANTS, REVOKED, *BY_TEAM, LEFT])
@pytest.mark.parametrize("role", Role)
def test_every_operation_follows_role_and_grant(
    role: Role, grant: Any, alice: Person, member: Any, book: AddressBook, restricted: AddressBook,
    make_contact: MakeContact,
) -> None:  # fmt: skip
    """The matrix: operation, role, and the account's open book, or a restricted one that came in each way."""
    person = member(role)
    asked = book if grant == OWN else restricted
    contact = make_contact(into=asked)
    come_by(grant, alice, restricted, person)
    rights = held(person, asked)
    assert rights == (HELD[grant] & BY_ROLE[role] if role in BY_ROLE else REACH[Level.MANAGE])
    assert told(alice, asked, person) == rights
    with person.scope():
        token = f"Bearer {_key_of(person)}"

    for (method, name), (right, answer) in OPERATIONS.items():
        response = getattr(person.client, method)(reverse(f"addressbook:{name}", args=[asked.pk]))
        assert _is(response, answer if right in rights else 403), (method, name, response.status_code)
    for name, right in ON_CONTACT.items():
        response = person.client.get(reverse(f"addressbook:{name}", args=[contact.pk]))
        assert _is(response, 200 if right in rights else 403), (name, response.status_code)
    for (method, path), right in MACHINES.items():
        response = getattr(person.client, method)(
            f"/api/v1/address-books/{asked.pk}/{path}", data={}, content_type="application/json",
            headers={"Authorization": token},
        )  # fmt: skip
        assert (response.status_code == 403) == (right not in rights), (method, path, response.status_code)
        assert response.status_code < 500
    assert _task_works(person, asked) == (CHANGE in rights)


def test_in_another_account_nothing_is_there_whatever_one_was_granted(
    alice: Person, charlie: Person, restricted: AddressBook, make_contact: MakeContact
) -> None:
    """The last column of the matrix: 404 for everything, and no task works."""
    contact = make_contact(into=restricted)
    team_of(charlie, charlie)
    with charlie.scope():
        token = f"Bearer {_key_of(charlie)}"

    for method, name in OPERATIONS:
        assert getattr(charlie.client, method)(reverse(f"addressbook:{name}", args=[restricted.pk])).status_code == 404
    for name in ON_CONTACT:
        assert charlie.client.get(reverse(f"addressbook:{name}", args=[contact.pk])).status_code == 404
    for method, path in MACHINES:
        answer = getattr(charlie.client, method)(
            f"/api/v1/address-books/{restricted.pk}/{path}", data={}, content_type="application/json",
            headers={"Authorization": token},
        )  # fmt: skip
        assert answer.status_code == 404, (method, path)
    assert not _task_works(charlie, restricted)


def _task_works(person: Person, book: AddressBook) -> bool:
    """Tell whether a task that somebody asked for finds the book: it looks for duplicates in it."""
    with person.scope() as active, scope.enter(replace(active, epoch=current_epoch(person.user.pk))):
        asked = {"scope": scope_to_keep()}
    with patch.object(looking, "look") as look:
        tasks.look_for_duplicates.apply(kwargs={"book_id": str(book.pk)}, headers=asked, throw=True)
    return bool(look.called)


def _key_of(person: Person) -> str:
    _key, token = keys.create_api_key(
        account=person.account, by=person.user, name="Shop", scopes=["contacts:read", "contacts:write"]
    )
    return token


def _is(response: Any, status: int) -> bool:
    return bool(response.status_code == status) or (status == 302 and "reauthenticate" in response.get("Location", ""))


def test_the_page_names_people_reasons_and_keys(alice: Person, member: Any, restricted: AddressBook) -> None:
    clerk, viewer = member(Role.CLERK), member(Role.VIEWER)
    shared(alice, restricted, clerk, Level.MANAGE)
    shared(alice, restricted, viewer, Level.CHANGE)
    with alice.scope():
        for name, scopes in (("Web shop", ["contacts:read"]), ("Printer", ["shipments:read"])):
            keys.create_api_key(account=alice.account, by=alice.user, name=name, scopes=scopes)

    page = alice.client.get(reverse("addressbook:who")).content.decode()
    clerks = clerk.client.get(reverse("addressbook:who")).content.decode()
    viewers = viewer.client.get(reverse("addressbook:who"))

    assert "Owners and managers may open every book" in page
    assert "The book is open to everyone in the account" in page
    assert "The book is shared with them" in page
    assert "with the keys: Web shop" in page
    assert "Printer" not in page
    assert "Directors" in clerks  # which a grant lets them manage
    assert "My contacts" not in clerks.split("<main")[1]
    assert viewers.status_code == 403


@pytest.mark.parametrize("number", [1, 6])
def test_it_costs_the_same_queries_for_one_book_and_for_many(
    number: int, alice: Person, member: Any, django_assert_num_queries: Any
) -> None:
    person = member(Role.CLERK)
    for count in range(number):
        with alice.scope():
            book = services.create_book(name=f"Book {count}", access="restricted", now=NOON)
        shared(alice, book, person, Level.VIEW)

    with alice.scope(), django_assert_num_queries(4):
        sharing.who_sees(now=timezone.now())
