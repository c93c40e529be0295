"""Who leaves an account, or is removed: what is theirs is said before, handed over or ended, in one transaction."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import services as accounts
from accounts.copies.models import CopyFile, CopyState
from accounts.keys import create_api_key
from accounts.models import Member
from accounts.roles import Role
from accounts.teams.models import TeamMember
from addressbook import access, favourites, services
from addressbook.exports.models import Export, ExportFile, State
from addressbook.models import AddressBook, AddressBookUserPermission, Favourite
from security import scope
from security.models import AccessEntry
from security.permissions import Permission
from tests.accounts.copies_made import made_copy
from tests.accounts.test_teams import team_of
from tests.addressbook.conftest import NOON, hong_kong
from tests.addressbook.exports.made import made_export
from tests.conftest import Person, look_at, make_person

pytestmark = pytest.mark.django_db
LEAVE = "/en/account/leave/"
NOBODY_ELSE = "Nobody but owners and managers will keep the address book"


@pytest.fixture
def zoe(alice: Person) -> Person:
    return make_person("zoe", account=alice.account, role=Role.CLERK)


@pytest.fixture
def kept(alice: Person, bob: Person) -> AddressBook:
    """A book that Bob alone manages by a grant, with whatever else a clerk can have of their own."""
    now = timezone.now()
    with alice.scope():
        book = services.create_book(name="Directors", access="restricted", now=NOON)
        services.share_book(book=book, email=bob.user.email, level="manage")
        contact = services.save_contact(book=book, details=hong_kong(), now=NOON)
        for state in (State.READY, State.MAKING):
            made_export(book, "Ann", now, by=bob.user.pk, state=state)
        made_export(book, "Ann", now, by=alice.user.pk)
    with bob.scope():
        favourites.star(contact=contact, now=NOON)
    return book


def member_of(person: Person) -> Member:
    with scope.identity():
        return Member.objects.select_related("user").get(user=person.user, account=person.account)


def remove(member: Member) -> str:
    return reverse("accounts:remove", args=[member.pk])


def keepers(alice: Person, book: AddressBook) -> set[str]:
    with alice.scope():
        grants = AddressBookUserPermission.objects.filter(content_object=book).select_related("user", "permission")
        return {f"{grant.user.name}: {grant.level}" for grant in grants}


def test_it_is_said_before_what_is_theirs_and_what_becomes_of_it(
    alice: Person, bob: Person, zoe: Person, kept: AddressBook
) -> None:
    team_of(alice, bob)
    team_of(alice, bob, zoe, name="Returns")
    with scope.identity():
        create_api_key(account=alice.account, by=bob.user, name="Shop", scopes=["contacts:read"])

    for page in (alice.get(remove(member_of(bob))), bob.get(LEAVE)):
        said = [item.get_text(strip=True) for item in page.all("main .govuk-list--bullet li")]
        assert said == [
            f"{NOBODY_ELSE} Directors.",
            "2 exported files are removed.",
            "1 favourite is forgotten.",
            "1 API key ends.",
            "Nobody will be left in the team Dispatch.",
        ]
        offered = [option.get_text(strip=True) for option in page.all("[name=successor] option")]
        assert offered == ["Owners and managers, who may open them anyway", "Zoe (zoe@example.com)"]


@pytest.mark.parametrize("who", ["the owner", "themselves"])
def test_whoever_is_named_takes_over_and_the_rest_ends(
    who: str, alice: Person, bob: Person, zoe: Person, kept: AddressBook
) -> None:
    team_of(alice, bob)
    by, address = (alice, remove(member_of(bob))) if who == "the owner" else (bob, LEAVE)

    assert by.post(address, {"successor": str(member_of(zoe).pk)}).status_code == 302

    assert keepers(alice, kept) == {"Zoe: manage"}
    with zoe.scope():
        assert access.may(kept, Permission.BOOK_MANAGE)
    with alice.scope():
        assert not Favourite.objects.exists()
        assert not TeamMember.objects.exists()
        assert set(Export.objects.filter(by=bob.user.pk).values_list("state", flat=True)) == {State.GONE}
        assert {file.run.by for file in ExportFile.objects.select_related("run")} == {alice.user.pk}
        noted = AccessEntry.objects.filter(user_id=by.user.pk).values_list("action", "kind")
        assert {("share", "address_book"), ("delete", "contact_export"), ("change", "team"), ("delete", "member")} <= {
            *noted
        }


def test_owners_and_managers_keep_what_nobody_takes_over(alice: Person, bob: Person, kept: AddressBook) -> None:
    assert bob.post(LEAVE).status_code == 302

    assert keepers(alice, kept) == set()
    with alice.scope():
        assert access.may(AddressBook.objects.get(pk=kept.pk), Permission.BOOK_MANAGE)


@pytest.mark.parametrize("successor", ["x", "a stranger", "themselves", "a viewer"])
def test_nobody_else_can_be_named(
    successor: str, alice: Person, bob: Person, zoe: Person, charlie: Person, viewer: Person, kept: AddressBook
) -> None:
    named = {"a stranger": charlie, "themselves": bob, "a viewer": viewer}
    typed = str(member_of(named[successor]).pk) if successor in named else successor

    for by, address in ((alice, remove(member_of(bob))), (bob, LEAVE)):
        page = look_at(by.post(address, {"successor": typed}))
        assert "Choose a member of this account." in page.text
    assert keepers(alice, kept) == {"Bob: manage"}
    assert member_of(bob)


def says_nothing(alice: Person, bob: Person) -> bool:
    page = alice.get(remove(member_of(bob)))
    return NOBODY_ELSE not in page.text and not page.all("[name=successor]")


def test_a_book_that_another_clerk_keeps_too_is_not_asked_about(
    alice: Person, bob: Person, zoe: Person, kept: AddressBook
) -> None:
    with alice.scope():
        services.share_book(book=kept, email=zoe.user.email, level="manage")

    assert says_nothing(alice, bob)
    with alice.scope():
        services.share_book(book=kept, email=zoe.user.email, level="change")
    assert not says_nothing(alice, bob)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER])
def test_who_keeps_every_book_or_none_leaves_none_alone(
    role: Role, alice: Person, bob: Person, zoe: Person, kept: AddressBook
) -> None:
    with alice.scope():
        accounts.change_role(member=Member.objects.get(user=bob.user), role=role)

    assert says_nothing(alice, bob)


def test_where_there_is_nobody_to_name_nobody_is_asked_for(alice: Person, bob: Person, kept: AddressBook) -> None:
    page = alice.get(remove(member_of(bob)))

    assert NOBODY_ELSE in page.text
    assert not page.all("[name=successor]")


def test_all_of_it_is_one_transaction(
    alice: Person, bob: Person, zoe: Person, kept: AddressBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_values: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("accounts.services.notices.tell", lambda *_args, **_values: fail())
    with pytest.raises(RuntimeError):
        alice.post(remove(member_of(bob)), {"successor": str(member_of(zoe).pk)})

    assert keepers(alice, kept) == {"Bob: manage"}
    with alice.scope():
        assert Favourite.objects.count() == 1
        assert Export.objects.filter(by=bob.user.pk, state=State.READY).exists()


def test_the_last_owner_leaves_nothing_to_anybody(alice: Person, bob: Person, kept: AddressBook) -> None:
    alice.post(LEAVE)

    assert keepers(alice, kept) == {"Bob: manage"}
    assert member_of(alice)


def test_an_owner_takes_no_copy_of_the_account_along(alice: Person) -> None:
    mona = make_person("mona", account=alice.account, role=Role.OWNER)
    with alice.scope():
        run = made_copy("Ann", timezone.now(), by=mona.user.pk)
        made_copy("Ann", timezone.now(), by=alice.user.pk)

    assert "1 copy of the account is removed." in alice.get(remove(member_of(mona))).text
    mona.post(LEAVE)

    with alice.scope():
        run.refresh_from_db()
        assert run.state == CopyState.GONE
        assert CopyFile.objects.count() == 1
