"""A book shared with a team: what its members may follows the team, at once, and the database sees to what is left."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections
from django.urls import reverse

from accounts import access as people
from accounts import services as accounts
from accounts.models import Member
from accounts.roles import Role
from accounts.teams import services as teams
from accounts.teams.models import Team, TeamMember
from addressbook import access, services, sharing, team_sharing
from addressbook.models import AddressBook, AddressBookUserPermission, Level, TeamShare
from security import scope
from security.models import AccessEntry
from security.permissions import Permission
from security.warrants import Warrant
from tests.accounts.test_teams import team_of
from tests.addressbook.conftest import NOON
from tests.api.calling import call
from tests.conftest import Person, look_at, make_person

pytestmark = pytest.mark.django_db
VIEW, CHANGE, MANAGE = Permission.CONTACT_VIEW, Permission.CONTACT_CHANGE, Permission.BOOK_MANAGE
UNTIL = {Level.VIEW: [VIEW], Level.CHANGE: [VIEW, CHANGE], Level.MANAGE: [VIEW, CHANGE, MANAGE]}


def share(by: Person, book: AddressBook, team: Team, level: str = Level.VIEW) -> TeamShare:
    with by.scope():
        return team_sharing.share_with_team(book=book, team_id=team.pk, level=level, now=NOON)


def held(person: Person, book: AddressBook) -> list[Permission]:
    with person.scope():
        return [right for right in (VIEW, CHANGE, MANAGE) if access.may(book, right)]


def grants_of(person: Person, by: Person) -> list[tuple[str, bool]]:
    """What is kept for somebody: how far, and whether by a team."""
    with by.scope():
        found = AddressBookUserPermission.objects.filter(user=person.user).select_related("permission")
        return sorted((str(grant.level), grant.team_id is not None) for grant in found)


@pytest.mark.parametrize("level", Level)
def test_a_share_gives_each_member_of_the_team_what_it_says(
    level: Level, alice: Person, bob: Person, restricted: AddressBook
) -> None:
    zoe = make_person("zoe", account=alice.account, role=Role.CLERK)
    team = team_of(alice, bob)

    share(alice, restricted, team, level)

    assert held(bob, restricted) == UNTIL[level]
    assert held(zoe, restricted) == []
    with bob.scope():
        assert restricted in access.books_for(VIEW)
        assert [str(right) for right in access.rights_in([restricted], UNTIL[level])[restricted.pk]] == UNTIL[level]


def join(alice: Person, team: Team, person: Person) -> None:
    with alice.scope():
        teams.put_in(team=team, members=[Member.objects.get(user=person.user)], now=NOON)


def test_whoever_joins_a_team_may_what_it_may_and_only_that(
    alice: Person, bob: Person, restricted: AddressBook
) -> None:
    team, other = team_of(alice), team_of(alice, name="Returns")
    share(alice, restricted, team, Level.CHANGE)

    join(alice, other, bob)
    assert held(bob, restricted) == []
    join(alice, team, bob)
    join(alice, team, bob)  # who is in it already

    assert held(bob, restricted) == [VIEW, CHANGE]
    assert grants_of(bob, alice) == [("change", True)]


Ends = Callable[[Person, Person, Team, AddressBook], None]


def leaves_team(alice: Person, bob: Person, team: Team, book: AddressBook) -> None:
    with alice.scope():
        teams.take_out(team=team, user_id=bob.user.pk)


def is_dissolved(alice: Person, bob: Person, team: Team, book: AddressBook) -> None:
    with alice.scope():
        teams.dissolve_team(team=team)


def is_unshared(alice: Person, bob: Person, team: Team, book: AddressBook) -> None:
    with alice.scope():
        team_sharing.unshare_with_team(share=TeamShare.objects.get(book=book, team=team))


def is_narrowed(alice: Person, bob: Person, team: Team, book: AddressBook) -> None:
    """Sharing again replaces the level."""
    share(alice, book, team, Level.VIEW)


ENDS: list[Ends] = [leaves_team, is_dissolved, is_unshared]


@pytest.mark.parametrize("end", [*ENDS, is_narrowed])
def test_what_a_team_gave_goes_with_it_and_nothing_else(
    end: Ends, alice: Person, bob: Person, restricted: AddressBook
) -> None:
    """Bob has the book by himself (view), by a team that stays (change), and by the one that ends (manage)."""
    stays, ends = team_of(alice, bob, name="Stays"), team_of(alice, bob, name="Ends")
    with alice.scope():
        services.share_book(book=restricted, email=bob.user.email, level="view")
    share(alice, restricted, stays, Level.CHANGE)
    share(alice, restricted, ends, Level.MANAGE)
    assert held(bob, restricted) == [VIEW, CHANGE, MANAGE]

    end(alice, bob, ends, restricted)

    assert held(bob, restricted) == [VIEW, CHANGE]
    with alice.scope():
        services.unshare_book(book=restricted, user_id=bob.user.pk)
    assert held(bob, restricted) == [VIEW, CHANGE]
    is_dissolved(alice, bob, stays, restricted)
    assert held(bob, restricted) == ([VIEW] if end is is_narrowed else [])


@pytest.mark.parametrize("end", ENDS)
def test_it_holds_at_once_at_every_entrance(end: Ends, alice: Person, bob: Person, restricted: AddressBook) -> None:
    team = team_of(alice, bob)
    share(alice, restricted, team)
    page, machine = reverse("addressbook:contacts", args=[restricted.pk]), f"/api/v1/address-books/{restricted.pk}/"
    assert [bob.client.get(address).status_code for address in (page, machine)] == [200, 200]

    end(alice, bob, team, restricted)

    assert [bob.client.get(address).status_code for address in (page, machine)] == [403, 403]
    assert "Directors" not in bob.client.get(reverse("addressbook:books")).content.decode()


def test_whoever_leaves_the_account_has_nothing_when_they_come_back(
    alice: Person, bob: Person, restricted: AddressBook
) -> None:
    team = team_of(alice, bob)
    share(alice, restricted, team, Level.MANAGE)
    with alice.scope():
        services.share_book(book=restricted, email=bob.user.email, level="manage")
        accounts.remove_member(member=Member.objects.get(user=bob.user), now=NOON)
    with scope.identity():
        Member.objects.create(account=alice.account, user=bob.user, role=Role.CLERK)

    assert grants_of(bob, alice) == []
    assert held(bob, restricted) == []


def test_the_role_is_asked_first_whatever_the_team_may(alice: Person, bob: Person, restricted: AddressBook) -> None:
    team = team_of(alice, bob)
    share(alice, restricted, team, Level.MANAGE)

    for role, rights in (
        (Role.VIEWER, [VIEW]),
        (Role.MANAGER, [VIEW, CHANGE, MANAGE]),
        (Role.CLERK, UNTIL[Level.MANAGE]),
    ):
        with alice.scope():
            accounts.change_role(member=Member.objects.get(user=bob.user), role=role)
        bob.role = role
        assert held(bob, restricted) == rights, role


def test_the_page_says_by_which_team(alice: Person, bob: Person, restricted: AddressBook) -> None:
    team = team_of(alice, bob)
    share(alice, restricted, team, Level.CHANGE)
    assert "By the team Dispatch" in alice.get(reverse("addressbook:who")).text
    with alice.scope():
        services.share_book(book=restricted, email=bob.user.email, level="view")

        [seen] = [one for one in sharing.who_sees(now=NOON) if one.book == restricted]
        [seer] = [one for one in seen.seers if one.user_id == bob.user.pk]

    assert seer.level == Level.CHANGE
    assert seer.reasons == [
        "By the team Dispatch: Add, change and delete contacts",
        "The book is shared with them: See contacts",
    ]


def test_a_keeper_shares_by_page_and_takes_back(alice: Person, bob: Person, restricted: AddressBook) -> None:
    """Bob, a clerk, manages the book by a grant: he sees the account's teams, and shares it with one."""
    zoe = make_person("zoe", account=alice.account, role=Role.CLERK)
    team = team_of(alice, zoe)
    with alice.scope():
        services.share_book(book=restricted, email=bob.user.email, level="manage")
    at = {name: reverse(f"addressbook:{name}", args=[restricted.pk]) for name in ("share-with-team", "book-settings")}

    shared = bob.post(at["share-with-team"], {"team": str(team.pk), "level": "change"})
    page = bob.get(at["book-settings"])

    assert shared.status_code == 302
    assert "Dispatch" in page.text
    assert held(zoe, restricted) == [VIEW, CHANGE]
    assert restricted.name in alice.get(reverse("accounts:team", args=[team.pk])).text
    assert zoe.client.post(at["share-with-team"], {"team": str(team.pk), "level": "manage"}).status_code == 403
    assert (
        "Choose a team of this account."
        in look_at(bob.post(at["share-with-team"], {"team": "x", "level": "view"})).text
    )
    bob.post(reverse("addressbook:unshare-with-team", args=[restricted.pk, team.pk]))
    assert held(zoe, restricted) == []
    with alice.scope():
        acts = AccessEntry.objects.filter(kind="address_book", action="share")
        assert acts.count() == 3


def test_a_program_shares_by_name_and_takes_back(alice: Person, bob: Person, restricted: AddressBook) -> None:
    team_of(alice, bob)
    address = f"/api/v1/address-books/{restricted.pk}/shares/"

    own = call(alice.client, "post", address, {"email": bob.user.email, "permission": "view"}).json()
    made = call(alice.client, "post", address, {"team": "dispatch", "permission": "change"})

    body = made.json()
    assert (body["team"], body["email"], body["permission"], body["in_effect"]) == ("Dispatch", None, "change", True)
    assert call(alice.client, "get", address).json()["results"] == [own, body]
    assert held(bob, restricted) == [VIEW, CHANGE]
    assert call(bob.client, "delete", made["Location"]).status_code == 403
    assert call(alice.client, "delete", made["Location"]).status_code == 204
    assert held(bob, restricted) == [VIEW]
    assert call(alice.client, "get", address).json()["results"] == [own]


@pytest.mark.parametrize(
    ("named", "pointer"),
    [({}, "/email"), ({"email": "bob@example.com", "team": "Dispatch"}, "/email"), ({"team": "Hers"}, "/team"),
     ({"team": ""}, "/team"), ({"team": 7}, "/team"), ({"team": "x" * 61}, "/team")],
)  # fmt: skip
def test_whom_a_program_cannot_share_with(
    named: dict[str, Any], pointer: str, alice: Person, charlie: Person, restricted: AddressBook
) -> None:
    team_of(alice)
    team_of(charlie, name="Hers")

    answer = call(
        alice.client, "post", f"/api/v1/address-books/{restricted.pk}/shares/", {**named, "permission": "view"}
    )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_nothing_is_shared_across_accounts(
    alice: Person, bob: Person, charlie: Person, restricted: AddressBook
) -> None:
    team, strange = team_of(alice, bob), team_of(charlie, charlie, name="Hers")
    share(alice, restricted, team)
    for address, status in (
        (reverse("addressbook:share-with-team", args=[restricted.pk]), 404),
        (reverse("addressbook:unshare-with-team", args=[restricted.pk, team.pk]), 404),
    ):
        assert charlie.client.post(address, {"team": str(strange.pk), "level": "view"}).status_code == status
    with charlie.scope():
        own = services.create_book(name="Own", access="restricted", now=NOON)
        with pytest.raises(team_sharing.UnknownTeam):
            team_sharing.share_with_team(book=own, team_id=team.pk, level="view", now=NOON)
    with alice.scope(), pytest.raises(team_sharing.UnknownTeam):
        team_sharing.share_with_team(book=restricted, team_id=strange.pk, level="view", now=NOON)
    assert held(bob, restricted) == [VIEW]


# What the database itself refuses, whatever the code asks of it.


def at_once(make: Callable[[], Any]) -> None:
    """Do something that the database would otherwise judge at the end of the transaction."""
    make()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused(by: Person, constraint: str, make: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint), by.scope(), scope.warrant(*Warrant):
        at_once(make)


def test_the_database_keeps_no_grant_without_what_it_is_by(
    alice: Person, bob: Person, charlie: Person, restricted: AddressBook
) -> None:
    team, other = team_of(alice, bob), team_of(alice, name="Returns")
    strange = team_of(charlie, charlie)
    share(alice, restricted, team)
    with alice.scope():
        kept = AddressBookUserPermission.objects.get(user=bob.user)

    def grant(**changes: Any) -> Callable[[], Any]:
        values = {"content_object_id": restricted.pk, "user_id": bob.user.pk, "permission_id": kept.permission_id}
        return lambda: AddressBookUserPermission.objects.create(**{**values, **changes})

    refused(alice, "grant_of_member", grant(user_id=charlie.user.pk))
    refused(alice, "grant_by_share", grant(team_id=other.pk))
    refused(alice, "grant_in_team", grant(team_id=team.pk, user_id=alice.user.pk))
    refused(alice, "same_account", grant(team_id=strange.pk))
    refused(alice, "grant_once", grant(team_id=team.pk))
    refused(alice, "same_account", lambda: TeamShare.objects.create(
        book=restricted, team_id=strange.pk, level="view", made_at=NOON))  # fmt: skip
    refused(alice, "same_account", lambda: TeamMember.objects.create(
        team_id=strange.pk, user=bob.user, joined_at=NOON))  # fmt: skip
    refused(alice, "team_member_same_account", lambda: TeamMember.objects.create(
        team_id=team.pk, user=charlie.user, joined_at=NOON))  # fmt: skip


def test_the_database_takes_back_what_the_code_forgets(alice: Person, bob: Person, restricted: AddressBook) -> None:
    """A statement that ends a membership alone ends what the team and the member themselves were granted."""
    team = team_of(alice, bob)
    share(alice, restricted, team)
    with alice.scope():
        services.share_book(book=restricted, email=bob.user.email, level="view")
        with scope.warrant(Warrant.MEMBERS), connection.cursor() as cursor:
            cursor.execute("DELETE FROM accounts_member WHERE user_id = %s", [bob.user.pk])

    assert grants_of(bob, alice) == []


@pytest.mark.django_db(transaction=True)
def test_what_happens_at_once_to_teams_books_and_members_leaves_nothing_over_and_nothing_out() -> None:
    """Whoever is in a team has exactly the grants of its shares, and nobody waits for somebody who waits for them."""
    alice = make_person("alice")
    bob, zoe, kim = (make_person(name, account=alice.account, role=Role.CLERK) for name in ("bob", "zoe", "kim"))
    team, other = team_of(alice, zoe, kim), team_of(alice, zoe, name="Returns")
    with alice.scope():
        one, two, three = (services.create_book(name=n, access="restricted", now=NOON) for n in ("One", "Two", "Three"))
        ids = {person.user.pk: Member.objects.get(user=person.user) for person in (bob, zoe, kim)}
    for book in (one, two):
        share(alice, book, team, Level.MANAGE)
        share(alice, book, other, Level.MANAGE)

    acts: list[Callable[[], Any]] = [
        lambda: teams.put_in(team=people.get_team(team.pk, lock=True), members=[ids[bob.user.pk]], now=NOON),
        lambda: team_sharing.share_with_team(book=three, team_id=team.pk, level="view", now=NOON),
        lambda: team_sharing.unshare_with_team(share=TeamShare.objects.get(book=one, team=team)),
        lambda: teams.take_out(team=people.get_team(other.pk, lock=True), user_id=zoe.user.pk),
        lambda: services.share_book(book=two, email=bob.user.email, level="manage"),
        lambda: accounts.remove_member(member=ids[kim.user.pk], now=NOON, successor=ids[bob.user.pk]),
    ]
    barrier = Barrier(len(acts))

    def do(act: Callable[[], Any]) -> None:
        try:
            barrier.wait(20)
            with alice.scope():
                act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(do, acts))

    with alice.scope():
        places = TeamMember.objects.values_list("team_id", "user_id")
        due = {
            (book_id, team_id, user_id)
            for book_id, team_id in TeamShare.objects.values_list("book_id", "team_id")
            for place, user_id in places
            if place == team_id
        }
        by_teams = AddressBookUserPermission.objects.exclude(team=None)
        assert set(by_teams.values_list("content_object_id", "team_id", "user_id")) == due
        assert {*places} == {(team.pk, zoe.user.pk), (team.pk, bob.user.pk)}
        assert len(due) == 4


@pytest.mark.parametrize("number", [1, 6])
def test_joining_costs_the_same_queries_for_one_book_and_for_many(
    number: int, alice: Person, bob: Person, django_assert_max_num_queries: Any
) -> None:
    team = team_of(alice)
    for count in range(number):
        with alice.scope():
            book = services.create_book(name=f"Book {count}", access="restricted", now=NOON)
        share(alice, book, team)
    with alice.scope():
        member = Member.objects.get(user=bob.user)

        with django_assert_max_num_queries(20):
            teams.put_in(team=team, members=[member], now=NOON)
