"""A business may ask a second factor of all its members: from a day on, who has none can only set one up.

Their API keys rest as well (`walls.find_key`): a key made with a password alone would otherwise outlive the rule. They
work again at once when their maker has a factor.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import factors, notices
from accounts.models import Account, Member, OutgoingMail, User
from security import scope, trail
from security.warrants import Warrant

Kind = OutgoingMail.Kind


class OwnFactorFirst(Exception):
    """Who asks a factor of others must have one: else nobody would be left to change it."""


@transaction.atomic
def require(*, account: Account, by: User, starts_at: datetime) -> None:
    """Ask a second factor of all members of the active account from a moment on. Raises OwnFactorFirst."""
    with scope.identity():
        if not factors.has_factor(by):
            raise OwnFactorFirst
    _change(account, starts_at)
    members = [member.user for member in account.members.select_related("user")]
    notices.tell(Kind.FACTOR_REQUIRED, account=account, about=starts_at.isoformat(), concerned=members)


@transaction.atomic
def stop_requiring(*, account: Account) -> None:
    _change(account, None)
    notices.tell(Kind.FACTOR_NOT_REQUIRED, account=account, about="")


def _change(account: Account, starts_at: datetime | None) -> None:
    account.factor_required_from = starts_at
    with scope.warrant(Warrant.ACCOUNT):
        account.save(update_fields=["factor_required_from"])
    trail.record(action=trail.Action.CHANGE, kind="account", ids=[account.pk])


def apply(
    request: HttpRequest, user: User, member: Member | None, *, now: datetime, has_shown: bool = False
) -> Member | None:
    """Return the membership that somebody may act by; None where the account asks for a factor that they lack.

    `has_shown`: this session began with one that the person's company vouches for.
    Runs in the identity context. Asks the database only in an account which asks for factors.
    """
    if member is None or (starts_at := member.account.factor_required_from) is None or has_shown:
        return member
    if factors.has_factor(user):
        return member
    request.factor_due = starts_at  # type: ignore[attr-defined]
    if starts_at > now:
        return member
    request.closed_account, request.closed_member = member.account, member  # type: ignore[attr-defined]
    return None


def is_in_force(account: Account) -> bool:
    """Tell whether members without a factor are kept out of an account now."""
    return account.factor_required_from is not None and account.factor_required_from <= timezone.now()


def lacking(user_ids: Iterable[UUID]) -> set[UUID]:
    """Return which of some people have no second factor."""
    asked = set(user_ids)
    with scope.identity():
        found = Authenticator.objects.filter(user_id__in=asked, type__in=factors.PROVING)
        return asked - set(found.values_list("user_id", flat=True))
