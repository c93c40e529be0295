"""Everything that changes teams. What a team may open upper floors know: they fill `joined`, `parted` and `opens`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account, Member
from accounts.teams.models import Team, TeamMember
from security import scope, sealing, trail
from security.refusals import NotFound
from security.texts import clean_text
from security.trail import Action
from security.warrants import Warrant

MOST_NAME = 60  # characters
MOST_TEAMS = 200  # of one account


class InvalidTeam(Exception):
    """The team cannot be kept as it is; the message says what to do."""


@dataclass(frozen=True)
class Opened:
    """Something that a team may open: what it is called, how far, and where it stands."""

    name: str
    level: str
    address: str


# Told who has joined a team, and who is about to part from it, within the transaction: whoever shares things with teams
# gives them what the team was given, and takes it back.
joined: list[Callable[[Team, Sequence[UUID]], None]] = []
parted: list[Callable[[Team, UUID], None]] = []
# Asked what a team may open, of that which whoever acts may know of.
opens: list[Callable[[Team], Iterable[Opened]]] = []


@transaction.atomic
def create_team(*, name: str, now: datetime) -> Team:
    """Add a team to the active account, a business. Raises InvalidTeam; NotFound for a personal account."""
    account = _lock_account()
    if account.kind != Account.Kind.BUSINESS:
        raise NotFound
    if Team.objects.count() >= MOST_TEAMS:
        raise InvalidTeam(_("There are as many teams as there can be. Dissolve one that is not needed."))
    team = Team(created_at=now)
    _save(team, name)
    trail.record(action=Action.CREATE, kind="team", ids=[team.pk])
    return team


@transaction.atomic
def rename_team(*, team: Team, name: str) -> None:
    """Give a team another name. Raises InvalidTeam."""
    _lock_account()
    _save(team, name)
    trail.record(action=Action.CHANGE, kind="team", ids=[team.pk])


@transaction.atomic
def dissolve_team(*, team: Team) -> None:
    """End a team: what was shared with it is so no more. Its members stay in the account."""
    trail.record(action=Action.DELETE, kind="team", ids=[team.pk])
    with scope.warrant(Warrant.MEMBERS, Warrant.SHARING):
        team.delete()


@transaction.atomic
def put_in(*, team: Team, members: Sequence[Member], now: datetime) -> int:
    """Put members of the account into a team that was locked; they may open at once what it may.

    Returns how many were not in it before.
    """
    there = set(TeamMember.objects.filter(team=team).values_list("user_id", flat=True))
    new = [member.user_id for member in members if member.user_id not in there]
    if not new:
        return 0
    with scope.warrant(Warrant.MEMBERS):
        TeamMember.objects.bulk_create([TeamMember(team=team, user_id=user_id, joined_at=now) for user_id in new])
    for give in joined:
        give(team, new)
    trail.record(action=Action.CHANGE, kind="team", ids=[team.pk])
    return len(new)


@transaction.atomic
def take_out(*, team: Team, user_id: UUID) -> bool:
    """Take somebody out of a team that was locked: they lose what it alone gave them.

    Returns False where they are not in it, and nothing happens.
    """
    place = TeamMember.objects.filter(team=team, user_id=user_id)
    if not place.exists():
        return False
    for take in parted:
        take(team, user_id)
    with scope.warrant(Warrant.MEMBERS):
        place.delete()
    trail.record(action=Action.CHANGE, kind="team", ids=[team.pk])
    return True


def _save(team: Team, name: str) -> None:
    cleaned = clean_text(name)
    if not cleaned:
        raise InvalidTeam(_("Enter a name for the team."))
    if len(cleaned) > MOST_NAME:
        raise InvalidTeam(_("Use at most %(limit)d characters.") % {"limit": MOST_NAME})
    index = sealing.keyed_index(cleaned)
    if Team.objects.filter(name_index=index).exclude(pk=team.pk).exists():
        raise InvalidTeam(_("Another team has this name."))
    team.name, team.name_index = cleaned, index
    with scope.warrant(Warrant.MEMBERS):
        team.save()


def _lock_account() -> Account:
    """The account's row is the lock: two requests at once must not both find room, or a name free."""
    with scope.warrant(Warrant.ACCOUNT):
        return Account.objects.select_for_update(no_key=True).get(pk=scope.current().account)
