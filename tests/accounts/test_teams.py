"""Teams: owners and managers make them and say who is in them; every member sees them, a stranger nothing."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, Member
from accounts.roles import Role
from accounts.teams import services
from accounts.teams.models import Team, TeamMember
from security import scope
from security.models import AccessEntry
from tests.conftest import Person, look_at, make_person

pytestmark = pytest.mark.django_db


def team_of(person: Person, *inside: Person, name: str = "Dispatch") -> Team:
    with person.scope():
        team = services.create_team(name=name, now=timezone.now())
        members = Member.objects.filter(account=person.account, user__in=[one.user for one in inside])
        services.put_in(team=team, members=list(members), now=timezone.now())
    return team


def names_in(person: Person, team: Team) -> set[str]:
    with person.scope():
        return set(TeamMember.objects.filter(team=team).values_list("user__name", flat=True))


def at(name: str, *ids: Any) -> str:
    return reverse(f"accounts:{name}", args=ids)


def test_a_team_is_made_filled_renamed_and_dissolved(alice: Person, bob: Person) -> None:
    made = alice.post(at("add-team"), {"name": " Dispatch "})
    with alice.scope():
        team = Team.objects.get()
        assert team.name == "Dispatch"
        outside = Member.objects.get(user=bob.user)
    put_in = alice.post(at("put-into-team", team.pk), {"member": str(outside.pk)})
    page = alice.get(at("team", team.pk))

    assert [made.url, put_in.url] == [at("team", team.pk)] * 2  # type: ignore[attr-defined]
    assert "Bob" in page.text
    assert names_in(alice, team) == {"Bob"}
    alice.post(at("rename-team", team.pk), {"name": "Night shift"})
    assert "Night shift" in alice.get(at("teams")).text
    alice.post(at("take-out-of-team", team.pk, bob.user.pk))
    assert names_in(alice, team) == set()
    assert "Night shift" in alice.get(at("dissolve-team", team.pk)).text
    alice.post(at("dissolve-team", team.pk))
    with alice.scope():
        assert not Team.objects.exists()
        acts = AccessEntry.objects.filter(kind="team").order_by("at").values_list("action", flat=True)
        assert list(acts) == ["create", "change", "change", "change", "delete"]
        assert Member.objects.filter(user=bob.user).exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "DISPATCH"])
def test_a_name_that_will_not_do_is_said_and_kept(alice: Person, name: str) -> None:
    team_of(alice)

    page = look_at(alice.post(at("add-team"), {"name": name}))

    page.check(200)
    assert page.all(".govuk-error-summary a")
    with alice.scope():
        assert Team.objects.count() == 1
        assert services.create_team(name="Returns", now=timezone.now()).name == "Returns"


def test_a_team_keeps_its_own_name(alice: Person) -> None:
    team = team_of(alice)

    assert alice.post(at("rename-team", team.pk), {"name": "dispatch"}).status_code == 302


def test_another_account_may_use_the_same_name(alice: Person, charlie: Person) -> None:
    assert {team_of(person).account_id for person in (alice, charlie)} == {alice.account.pk, charlie.account.pk}


def test_nobody_chosen_is_said(alice: Person, bob: Person) -> None:
    page = look_at(alice.post(at("put-into-team", team_of(alice).pk)))

    assert "Choose who is to come into the team." in page.text


def test_every_member_sees_teams_and_only_who_manages_members_changes_them(alice: Person) -> None:
    team = team_of(alice)
    changes = [at("add-team"), at("rename-team", team.pk), at("put-into-team", team.pk), at("dissolve-team", team.pk),
               at("take-out-of-team", team.pk, alice.user.pk)]  # fmt: skip
    for role in Role:
        person = make_person(f"p{role}", account=alice.account, role=role)
        seen = [person.client.get(at("teams")), person.client.get(at("team", team.pk))]
        allowed = role in {Role.OWNER, Role.MANAGER}
        assert all("Dispatch" in answer.content.decode() for answer in seen), role
        assert ("Make a team" in seen[0].content.decode()) == allowed
        assert ("Put into team" in seen[1].content.decode()) == allowed
        if not allowed:
            assert {person.client.post(address).status_code for address in changes} == {403}, role


@pytest.mark.parametrize("is_real", [True, False])
def test_a_stranger_gets_404_and_changes_nothing(alice: Person, bob: Person, charlie: Person, is_real: bool) -> None:
    team = team_of(alice, bob)
    team_id = team.pk if is_real else uuid4()
    with scope.identity():
        member_id = Member.objects.get(user=bob.user).pk

    for name in ("team", "rename-team", "dissolve-team"):
        assert charlie.client.get(at(name, team_id)).status_code == 404
    for name in ("rename-team", "dissolve-team", "put-into-team"):
        answer = charlie.client.post(at(name, team_id), {"name": "Mine", "member": str(member_id)})
        assert answer.status_code == 404
    assert charlie.client.post(at("take-out-of-team", team_id, bob.user.pk)).status_code == 404
    assert names_in(alice, team) == {"Bob"}


def test_nobody_of_another_account_comes_into_a_team(alice: Person, bob: Person, charlie: Person) -> None:
    own = team_of(charlie)
    with scope.identity():
        member = Member.objects.get(user=bob.user)

    answer = charlie.post(at("put-into-team", own.pk), {"member": str(member.pk)})

    assert answer.status_code == 200  # as for a member that nobody has
    assert names_in(charlie, own) == set()


def test_whoever_leaves_the_account_leaves_its_teams(alice: Person, bob: Person) -> None:
    team = team_of(alice, bob)

    bob.post(at("leave"))

    assert names_in(alice, team) == set()


def test_a_personal_account_has_no_teams(alice: Person) -> None:
    with scope.identity():
        Account.objects.filter(pk=alice.account.pk).update(kind=Account.Kind.PERSONAL)

    assert "Teams" not in alice.get(at("overview")).text
    assert [alice.client.get(at(name)).status_code for name in ("teams", "add-team")] == [404, 404]
    assert alice.post(at("add-team"), {"name": "Mine"}).status_code == 404


def test_there_are_as_many_teams_as_there_can_be(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_TEAMS", 1)
    team_of(alice)

    assert "as many teams as there can be" in look_at(alice.post(at("add-team"), {"name": "Returns"})).text


def test_whoever_is_not_in_a_team_is_not_said_to_be_taken_out(alice: Person, bob: Person) -> None:
    team = team_of(alice, bob)
    page = reverse("accounts:take-out-of-team", args=[team.pk, alice.user.pk])

    answer = alice.client.post(page, follow=True)

    assert "They are not in this team." in answer.text
    assert "taken out of the team" not in answer.text
