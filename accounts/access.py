"""Fetching members, keys and copies of the active account, or refusing."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from accounts.copies.models import AccountCopy
from accounts.integrators.models import Integrator
from accounts.models import ApiKey, Invitation, Member
from accounts.teams.models import Team
from security import scope
from security.refusals import NotFound
from security.walls import Wall, stands
from security.warrants import Warrant

M = TypeVar("M", bound=Model)


def get_member(member_id: UUID) -> Member:
    """Return a member of the active account. Raises NotFound."""
    member = _own(Member.objects.select_related("user")).filter(pk=member_id).first()
    if member is None:
        raise NotFound
    return member


def get_key(key_id: UUID) -> ApiKey:
    """Return a key of the active account. Raises NotFound."""
    key = _own(ApiKey.objects.all()).filter(pk=key_id).first()
    if key is None:
        raise NotFound
    return key


def get_integrator(integrator_id: UUID) -> Integrator:
    """Return an integrator of the active account's own. Raises NotFound."""
    integrator = _own(Integrator.objects.all()).filter(pk=integrator_id).first()
    if integrator is None:
        raise NotFound
    return integrator


def get_invitation(invitation_id: UUID) -> Invitation:
    """Return an open invitation of the active account. Raises NotFound."""
    invitation = _own(Invitation.objects.all()).filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound
    return invitation


def copies() -> QuerySet[AccountCopy]:
    """Return the copies of the account that whoever acts asked for, the latest first."""
    return AccountCopy.objects.filter(by=who_acts()).order_by("-created_at", "-pk")


def get_copy(copy_id: UUID, *, lock: bool = False) -> AccountCopy:
    """Return a copy of the active account for whoever asked for it, and nobody else. Raises NotFound."""
    runs = AccountCopy.objects.filter(pk=copy_id)
    run = next(iter(runs.select_for_update() if lock else runs), None)
    if run is None:
        raise NotFound
    if stands(Wall.PERMISSION) and run.by != who_acts():
        raise NotFound
    return run


def who_acts() -> UUID:
    """Return the id of the person who acts. Raises NotFound where the site acts itself."""
    if (user_id := scope.current().user_id) is None:
        raise NotFound
    return user_id


def get_team(team_id: UUID, *, lock: bool = False) -> Team:
    """Return a team of the active account. Raises NotFound."""
    teams = Team.objects.select_for_update() if lock else Team.objects.all()
    # To lock a row is to be able to change it.
    with scope.warrant(Warrant.MEMBERS) if lock else nullcontext():
        team = teams.filter(pk=team_id).first()
    if team is None:
        raise NotFound
    return team


def _own(rows: QuerySet[M]) -> QuerySet[M]:
    """Narrow rows down to the active account's."""
    return rows.filter(account_id=scope.current().account) if stands(Wall.PERMISSION) else rows
