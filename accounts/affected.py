"""Who is told when data of an account were read: its owners; and what there is to read of people in an account.

Fills `security.incidents.registry`.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import step_up
from accounts.integrators.models import Integrator
from accounts.models import Account, ApiKey, Member, User
from accounts.roles import Role
from accounts.teams.models import Team
from security import scope
from security.incidents import registry
from security.incidents.registry import Reader, Thing
from security.permissions import Permission


def register() -> None:
    registry.tell(Owners())
    registry.prove_by(step_up.step_up)
    registry.show("account", label=_("Account"), names=_accounts)
    registry.show("member", label=_("Members"), names=_members)
    registry.show("team", label=_("Teams"), names=_teams)
    registry.show("invitation", label=_("Invitations"), names=_nothing)
    registry.show("api_key", label=_("API keys"), names=_keys)
    registry.show("integrator", label=_("Integrators"), names=_integrators)
    registry.show("integrator_link", label=_("Links of integrators"), names=_nothing)


def _accounts(ids: Sequence[UUID]) -> dict[UUID, Thing]:
    own = Account.objects.filter(pk=scope.current().account, pk__in=ids)
    return {account.pk: Thing(account.name) for account in own}


def _members(ids: Sequence[UUID]) -> dict[UUID, Thing]:
    if not scope.current().may(Permission.MEMBER_VIEW):
        return {}
    own = Member.objects.filter(account_id=scope.current().account, pk__in=ids).select_related("user")
    return {member.pk: Thing(member.user.name or member.user.email) for member in own}


def _teams(ids: Sequence[UUID]) -> dict[UUID, Thing]:
    if not scope.current().may(Permission.MEMBER_VIEW):
        return {}
    own = Team.objects.filter(pk__in=ids)
    return {team.pk: Thing(team.name, reverse("accounts:team", args=[team.pk])) for team in own}


def _keys(ids: Sequence[UUID]) -> dict[UUID, Thing]:
    if not scope.current().may(Permission.KEY_MANAGE):
        return {}
    own = ApiKey.objects.filter(account_id=scope.current().account, pk__in=ids)
    return {key.pk: Thing(key.name) for key in own}


def _integrators(ids: Sequence[UUID]) -> dict[UUID, Thing]:
    if not scope.current().may(Permission.KEY_MANAGE):
        return {}
    own = Integrator.objects.filter(account_id=scope.current().account, pk__in=ids)
    return {one.pk: Thing(one.name, reverse("accounts:integrator", args=[one.pk])) for one in own}


def _nothing(ids: Sequence[UUID]) -> dict[UUID, Thing]:
    """An invitation is gone once somebody has joined; a link has no page of its own."""
    return {}


class Owners:
    """Everything runs in the identity context."""

    def owners(self, accounts: Sequence[UUID]) -> dict[UUID, list[UUID]]:
        members = Member.objects.filter(account_id__in=accounts, role=Role.OWNER).order_by("account_id", "joined_at")
        found: dict[UUID, list[UUID]] = {}
        for account_id, user_id in members.values_list("account_id", "user_id"):
            found.setdefault(account_id, []).append(user_id)
        return found

    def languages(self, users: Sequence[UUID]) -> dict[UUID, str]:
        return dict(User.objects.filter(pk__in=set(users)).values_list("pk", "language"))

    def reader(self, user_id: UUID, account_id: UUID) -> Reader | None:
        member = (
            Member.objects.filter(user_id=user_id, account_id=account_id, role=Role.OWNER)
            .select_related("user", "account")
            .first()
        )
        if member is None:
            return None
        return Reader(member.user.email, member.user.language, member.account.name)

    def account_name(self) -> str:
        return Account.objects.get(pk=scope.current().account).name
