"""Who can see what and why, as the page says it, is what the doors decide: every role, book, grant and right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.test import Client
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
from tests.api.calling import call
from tests.conftest import Person, make_person
from tests.walls.corpus import addresses

VIEW, CHANGE, MANAGE = Permission.CONTACT_VIEW, Permission.CONTACT_CHANGE, Permission.BOOK_MANAGE
REACH = {Level.VIEW: {VIEW}, Level.CHANGE: {VIEW, CHANGE}, Level.MANAGE: {VIEW, CHANGE, MANAGE}}
GRANTS = [None, *Level]
EXPORT, ALL_BOOKS = Permission.CONTACT_EXPORT, {Role.OWNER, Role.MANAGER}  # who may export, may open every book
SHIP = Permission.SHIPMENT_CHANGE  # what it takes beside seeing the book


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


# Every operation that names a book or a contact in its address, and the right that it needs. What destroys comes last.
# Where a page has no GET worth asking for, it is sent nothing: whoever may is told what is missing.
ON_CONTACT: dict[str, dict[str, Permission]] = {
    "addressbook:contact": {"get": VIEW},
    "addressbook:favourite": {"post": VIEW},
    "addressbook:edit-contact": {"get": CHANGE},
    "addressbook:delete-contact": {"get": CHANGE},
    "addressbook:restore-contact": {"post": CHANGE},  # asked for a deleted one
    "api-contact-favourite": {"post": VIEW, "delete": VIEW},
    "api-contact": {"get": VIEW, "patch": CHANGE, "delete": CHANGE},
}
ON_BOOK: dict[str, dict[str, Permission]] = {
    "addressbook:contacts": {"get": VIEW},
    "addressbook:search": {"post": VIEW},
    "addressbook:bin": {"get": CHANGE},
    "addressbook:restore-selected": {"post": CHANGE},
    "addressbook:add-contact": {"get": CHANGE},
    "addressbook:duplicates": {"get": CHANGE},
    "addressbook:look": {"post": CHANGE},
    "addressbook:imports": {"get": CHANGE},
    "addressbook:tag-selected": {"post": CHANGE},
    "addressbook:move-selected": {"post": CHANGE},  # within the book; out of it: LEAVING
    "addressbook:copy-selected": {"post": CHANGE},  # into the same book
    "addressbook:compare-selected": {"post": CHANGE},
    "addressbook:delete-selected": {"post": CHANGE},
    "addressbook:undo-selected": {"post": CHANGE},
    "addressbook:exports": {"post": EXPORT},
    "addressbook:export-selected": {"post": EXPORT},
    "shipments:ship-to": {"post": SHIP},
    "addressbook:book-settings": {"get": MANAGE},
    "addressbook:share": {"post": MANAGE},
    "addressbook:share-with-team": {"post": MANAGE},
    "addressbook:delete-book": {"get": MANAGE},
    # With something in the book that there is not: 404 for whoever may, as for what was there before.
    "addressbook:compare": {"get": CHANGE},
    "addressbook:dismiss": {"post": CHANGE},
    "addressbook:part": {"post": CHANGE},
    "addressbook:unshare": {"post": MANAGE},
    "addressbook:unshare-with-team": {"post": MANAGE},
    "api-contacts": {"get": VIEW, "post": CHANGE},
    "api-contact-search": {"post": VIEW},
    "api-imports": {"get": CHANGE, "post": CHANGE},
    "api-exports": {"get": EXPORT, "post": EXPORT},
    "api-shares": {"get": MANAGE, "post": MANAGE},
    "api-address-book": {"get": VIEW, "patch": MANAGE, "delete": MANAGE},
}


# What it takes to move contacts out of a book, by whether it or the other one is restricted.
LEAVING = {(False, False): CHANGE, (False, True): MANAGE, (True, False): MANAGE, (True, True): MANAGE}


@pytest.mark.parametrize(("leaves", "enters"), LEAVING)
@pytest.mark.parametrize("level", Level)
def test_contacts_leave_a_book_as_role_and_grant_say(
    level: Level, leaves: bool, enters: bool, alice: Person, member: Any, make_contact: MakeContact
) -> None:
    clerk, kinds = member(Role.CLERK), ["everyone", "restricted"]
    with alice.scope():
        book, other = (
            services.create_book(name=name, access=kinds[is_restricted], now=NOON)
            for name, is_restricted in (("From", leaves), ("To", enters))
        )
    if leaves:
        shared(alice, book, clerk, level)
    if enters:
        shared(alice, other, clerk, Level.CHANGE)
    may_move = LEAVING[leaves, enters] in held(clerk, book)
    contact = make_contact(into=book)

    page = clerk.client.get(reverse("addressbook:contacts", args=[book.pk])).text
    sent = {"contact": str(contact.pk), "to": str(other.pk)}
    answers = [
        person.client.post(reverse("addressbook:move-selected", args=[book.pk]), sent).status_code
        for person in (clerk, alice)
    ]

    assert answers == ([200, 302] if may_move else [403, 200])  # what has left is not there for the second one
    if CHANGE in held(clerk, book):
        assert ("To (copying only)" in page) == (not may_move)
        assert ("only by whoever manages the book that they leave" in page) == (not may_move)


NAMING_MORE = {one.name for one in addresses() if one.parameters[:1] == ("book_id",) and len(one.parameters) > 1}


def test_the_matrix_has_every_operation_on_a_book_or_a_contact() -> None:
    for parameter, table in (("book_id", ON_BOOK), ("contact_id", ON_CONTACT)):
        there = {one.name for one in addresses() if one.parameters[:1] == (parameter,)}
        assert set(table) == there, "a new operation says here which right it needs"


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


WAYS = [OWN, *GRANTS, REVOKED, *BY_TEAM, LEFT]
# Where the role alone decides, a grant changes nothing: of these the doors are asked about each, and the operations of
# one that was never granted. By a team one holds what one holds alone: of these the doors are asked as well, and the
# operations of the widest way and of one that ended.
ROLES_AND_WAYS = [(role, way) for role in Role for way in WAYS if role not in ALL_BOOKS or way is None]
BY_THE_DOORS = [
    (role, way)
    for role, way in ROLES_AND_WAYS
    if way in BY_TEAM and (role == Role.VIEWER or BY_TEAM[way] != Level.MANAGE)
]


@pytest.mark.parametrize(("role", "way"), BY_THE_DOORS)
def test_by_a_team_one_holds_what_one_holds_by_oneself(
    role: Role, way: Any, alice: Person, member: Any, restricted: AddressBook
) -> None:
    person = member(role)
    come_by(way, alice, restricted, person)

    rights = held(person, restricted)

    assert rights == told(alice, restricted, person) == HELD[way] & BY_ROLE[role]
    assert _task_works(person, restricted) == (CHANGE in rights)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("role", sorted(ALL_BOOKS))
def test_owners_and_managers_hold_everything_in_whatever_way(
    role: Role, way: Any, alice: Person, member: Any, book: AddressBook, restricted: AddressBook
) -> None:
    person = member(role)
    come_by(way, alice, restricted, person)

    for asked in (book, restricted):
        assert held(person, asked) == told(alice, asked, person) == REACH[Level.MANAGE]


@pytest.mark.parametrize(("role", "grant"), [pair for pair in ROLES_AND_WAYS if pair not in BY_THE_DOORS])
def test_every_operation_follows_role_and_grant(
    role: Role, grant: Any, alice: Person, member: Any, book: AddressBook, restricted: AddressBook,
    make_contact: MakeContact,
) -> None:  # fmt: skip
    """The matrix: operation, role, and the account's open book, or a restricted one that came in each way."""
    person = member(role)
    asked = book if grant == OWN else restricted
    come_by(grant, alice, restricted, person)
    rights = held(person, asked)
    assert rights == (HELD[grant] & BY_ROLE[role] if role in BY_ROLE else REACH[Level.MANAGE])
    assert told(alice, asked, person) == rights
    assert _task_works(person, asked) == (CHANGE in rights)
    rights |= {EXPORT} if role in ALL_BOOKS else set()
    rights |= {SHIP} if VIEW in rights and role != Role.VIEWER else set()  # the role's, beside what one sees
    for name, method, right, status in _answers(person, asked, make_contact):
        assert (status == 403) == (right not in rights), (name, method, status)
        assert status not in {401, 405, 429}, (name, method, status)
        assert status != 404 or name in NAMING_MORE, (name, method)
        assert status < 500, (name, method, status)


def test_in_another_account_nothing_is_there_whatever_one_was_granted(
    alice: Person, charlie: Person, restricted: AddressBook, make_contact: MakeContact
) -> None:
    """The last column of the matrix: 404 for everything, and no task works."""
    team_of(charlie, charlie)

    assert {status for _name, _method, _right, status in _answers(charlie, restricted, make_contact)} == {404}
    assert not _task_works(charlie, restricted)


def _answers(
    person: Person, book: AddressBook, make_contact: MakeContact
) -> Iterator[tuple[str, str, Permission, int]]:
    """Do every operation, pages by browser and the rest by key; yield its name, method, right and what was answered."""
    contact, deleted = make_contact(into=book), make_contact(into=book)
    with scope.account(account_id=book.account_id):
        services.delete_contact(contact=deleted, now=NOON)
    with person.scope():
        program = Client(headers={"Authorization": f"Bearer {_key_of(person)}"})
    for table, thing in ((ON_CONTACT, contact.pk), (ON_BOOK, book.pk)):
        for name, methods in table.items():
            named = deleted.pk if name == "addressbook:restore-contact" else thing
            for method, right in methods.items():
                more = [uuid4()] if name in NAMING_MORE else []
                address = reverse(name, args=[named, *more])
                if name.startswith("api-"):
                    answer = call(program, method, address)
                else:
                    answer = getattr(person.client, method)(address, {"to": str(book.pk)})
                assert "reauthenticate" not in answer.headers.get("Location", "")
                yield name, method, right, answer.status_code


def _task_works(person: Person, book: AddressBook) -> bool:
    """Tell whether a task that somebody asked for finds the book: it looks for duplicates in it."""
    with person.scope() as active, scope.enter(replace(active, epoch=current_epoch(person.user.pk))):
        asked = {"scope": scope_to_keep()}
    with patch.object(looking, "look") as look:
        tasks.look_for_duplicates.apply(kwargs={"book_id": str(book.pk)}, headers=asked, throw=True)
    return bool(look.called)


def _key_of(person: Person) -> str:
    _key, token = keys.create_api_key(
        account=person.account,
        by=person.user,
        name="Shop",
        scopes=["contacts:read", "contacts:write", "contacts:export"],
    )
    return token


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
