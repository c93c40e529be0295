"""What somebody who leaves an account leaves behind: said before, and handed over or ended with the membership.

What is theirs beside keys, invitations and teams the floors above know: they fill `LEAVING`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.copies import services as copies
from accounts.copies.models import AccountCopy, CopyState
from accounts.integrators.models import Integrator, IntegratorLink
from accounts.models import ApiKey, Invitation, Member
from accounts.roles import KEEPERS
from accounts.teams.models import Team, TeamMember
from security import scope, trail
from security.texts import isolated
from security.warrants import Warrant


@dataclass(frozen=True)
class Left:
    """One thing, or one kind of thing, that is somebody's, and what becomes of it, in a sentence.

    `for_successor`: whoever is named takes it over.
    """

    words: str
    for_successor: bool = False


class Leaving(Protocol):
    """What a floor does when somebody leaves the active account, or would."""

    def left_by(self, member: Member, *, now: datetime) -> Iterator[Left]: ...

    def hand_over(self, member: Member, *, to: Member | None, now: datetime) -> None:
        """Give what is theirs to a member who was named, and end the rest; without one, owners and managers keep it."""


LEAVING: list[Leaving] = []


def left_by(member: Member, *, now: datetime) -> list[Left]:
    """Return what a member of the active account would leave behind, in the order in which it is said."""
    found = [left for each in LEAVING for left in each.left_by(member, now=now)]
    return found + list(_own(member))


def successors_of(member: Member) -> list[Member]:
    """Return who may take over from somebody: colleagues who may keep a book, but do not keep all of them anyway."""
    others = Member.objects.filter(account_id=member.account_id, role__in=KEEPERS).exclude(pk=member.pk)
    return list(others.select_related("user").order_by("joined_at", "pk"))


def hand_over(member: Member, *, to: Member | None, now: datetime) -> None:
    """Hand over or end what a member leaves behind, and take them out of their teams."""
    places = TeamMember.objects.filter(user_id=member.user_id)
    # Whoever shares something with a team meanwhile waits, and gives it to the others only.
    held = Team.objects.filter(pk__in=places.values("team_id")).select_for_update().order_by("pk")
    with scope.warrant(Warrant.MEMBERS):
        teams = list(held.values_list("pk", flat=True))
    for each in LEAVING:
        each.hand_over(member, to=to, now=now)
    for run in _copies_of(member).select_for_update():
        copies.remove(run=run, now=now)
    if teams:
        with scope.warrant(Warrant.MEMBERS):
            places.delete()
        trail.record(action=trail.Action.CHANGE, kind="team", ids=teams)


def _own(member: Member) -> Iterator[Left]:
    account_id, user_id = member.account_id, member.user_id
    if keys := ApiKey.objects.filter(account_id=account_id, created_by_id=user_id).count():
        said = ngettext("%(count)d API key ends.", "%(count)d API keys end.", keys)
        yield Left(said % {"count": keys})
    if links := IntegratorLink.objects.filter(account_id=account_id, user_id=user_id).count():
        said = ngettext(
            "%(count)d integrator may not act for them here any more.",
            "%(count)d integrators may not act for them here any more.",
            links,
        )
        yield Left(said % {"count": links})
    if made := Integrator.objects.filter(account_id=account_id, made_by_id=user_id).count():
        said = ngettext(
            "The key of %(count)d integrator rests until another owner makes a new one.",
            "The keys of %(count)d integrators rest until another owner makes new ones.",
            made,
        )
        yield Left(said % {"count": made})
    if sent := Invitation.objects.filter(account_id=account_id, invited_by_id=user_id).count():
        said = ngettext("%(count)d open invitation is withdrawn.", "%(count)d open invitations are withdrawn.", sent)
        yield Left(said % {"count": sent})
    if files := _copies_of(member).count():
        said = ngettext(
            "%(count)d copy of the account is removed.", "%(count)d copies of the account are removed.", files
        )
        yield Left(said % {"count": files})
    for team in _emptied_by(user_id):
        yield Left(_("Nobody will be left in the team %(team)s.") % {"team": isolated(team.name)})


def _copies_of(member: Member) -> QuerySet[AccountCopy]:
    there = (CopyState.MAKING, CopyState.READY)
    return AccountCopy.objects.filter(by=member.user_id, state__in=there)


def _emptied_by(user_id: UUID) -> list[Team]:
    theirs = TeamMember.objects.filter(team=OuterRef("pk"), user_id=user_id)
    alone = Team.objects.annotate(size=Count("members")).filter(Exists(theirs), size=1)
    return sorted(alone, key=lambda team: team.name.casefold())
