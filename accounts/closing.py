"""Deleting an account: an owner asks, a waiting time in which any owner takes it back, then all of it is erased.

Meanwhile the account is read-only (`closing_rights`): nothing is booked, added or changed, and everything can be read,
printed and taken along. Every member is told when it is asked for, shortly before, when it is taken back and when it
is done; each mail to an owner has a link that stops it. Whoever is in no other account goes with it.

An erasure waits while an incident reaches the account, or might: its owners could no longer be told what was read.
Decision 15 says why it waits at all, and what stays.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import transaction

from accounts import outbox, people, periods, services
from accounts.models import Account, ApiKey, Invitation, Member, OutgoingMail, User
from accounts.roles import RIGHTS, Role
from security import live, scope, trail
from security.incidents import hold
from security.warrants import Warrant

Kind = OutgoingMail.Kind
ACTOR = "system:closing"
SALT = "accounts.closing"
REMIND_BEFORE = timedelta(days=2)
MOST_LOOKED_AT = 20  # deletions whose time is over, on the dashboard


class NotClosing(Exception):
    """Nobody has asked for the account's deletion, or it was taken back, or whoever stops it does not own it."""


@transaction.atomic
def ask(*, account: Account, by: User, now: datetime) -> None:
    """Begin the waiting time of the active account; nothing happens where it runs already. Its members are told."""
    with scope.warrant(Warrant.ACCOUNT, Warrant.MEMBERS):
        held = Account.objects.select_for_update().get(pk=account.pk)
        if held.closing_at is not None:
            return
        account.closing_at, account.closing_asked_at, account.closing_by = now + wait(), now, by.pk
        account.save(update_fields=["closing_at", "closing_asked_at", "closing_by"])
        for invitation in Invitation.objects.filter(account_id=account.pk):
            services.withdraw_invitation(invitation)
    trail.record(action=trail.Action.CHANGE, kind="account_deletion", ids=[account.pk])
    _tell(account, Kind.CLOSING_ASKED)


def wait() -> timedelta:
    return periods.CLOSING.length()


@transaction.atomic
def take_back(account: Account) -> None:
    """Let the account be as before; the active account's owner says so. Raises NotClosing."""
    with scope.warrant(Warrant.ACCOUNT):
        held = Account.objects.select_for_update().get(pk=account.pk)
        if held.closing_at is None:
            raise NotClosing
        held.closing_at = held.closing_asked_at = held.closing_by = held.closing_told_at = None
        held.save(update_fields=["closing_at", "closing_asked_at", "closing_by", "closing_told_at"])
    trail.record(action=trail.Action.RESTORE, kind="account_deletion", ids=[account.pk])
    _tell(held, Kind.CLOSING_STOPPED)


# Links of the mails: these run in the identity context ------------------------------------------------------------


def token_for(account: Account, user_id: UUID) -> str:
    """Return the secret of an owner's link, which stops this deletion and no later one."""
    return signing.dumps([str(account.pk), str(user_id), _moment(account)], salt=SALT)


def owner_of(token: str) -> Member:
    """Return the owner whose link it is, with the account that is being deleted. Raises NotClosing."""
    try:
        account_id, user_id, moment = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise NotClosing from error
    owners = Member.objects.filter(account_id=account_id, user_id=user_id, role=Role.OWNER)
    member = owners.select_related("account").first()
    if member is None or member.account.closing_at is None or moment != _moment(member.account):
        raise NotClosing
    return member


def take_back_by_link(member: Member) -> None:
    """Stop it as the owner whose link was opened. Raises NotClosing, and Suspended for somebody suspended."""
    state = live.state_of(member.user_id)
    live.require(state, epoch=state.epoch)
    acting = replace(
        scope.get(),
        kind=scope.Kind.ACCOUNT,
        account_id=member.account_id,
        user_id=member.user_id,
        actor=f"user:{member.user_id}",
        permissions=RIGHTS[Role.OWNER],
        data_keys={},
        foreign=[],
    )
    with scope.enter(acting):
        take_back(member.account)


def _moment(account: Account) -> str:
    return account.closing_asked_at.isoformat() if account.closing_asked_at else ""


# The job ---------------------------------------------------------------------------------------------------------


def remind(*, now: datetime) -> int:
    """Tell again of what is to be erased soon, once; return of how many accounts."""
    with scope.identity():
        soon = Account.objects.filter(closing_at__lte=now + REMIND_BEFORE, closing_told_at=None)
        found = list(soon.select_for_update(skip_locked=True))
        for account in found:
            Account.objects.filter(pk=account.pk).update(closing_told_at=now)
            _tell(account, Kind.CLOSING_SOON)
    return len(found)


def due(*, now: datetime) -> list[UUID]:
    """Return the accounts whose waiting time is over."""
    with scope.identity():
        return list(Account.objects.filter(closing_at__lte=now).order_by("closing_at").values_list("pk", flat=True))


def erase(account_id: UUID, *, now: datetime) -> bool:
    """Erase an account whose time is over, with whoever is in no other; False where it is not to be, or not now.

    For the security worker: it alone sees incidents. Safe to run twice, and to be killed: it is one transaction.
    """
    with scope.identity():
        due_now = Account.objects.select_for_update(skip_locked=True).filter(pk=account_id, closing_at__lte=now)
        account = due_now.first()
        if account is None or is_held(account_id):
            return False
        users = [member.user for member in Member.objects.filter(account=account).select_related("user")]
        with scope.account(account_id=account_id, actor=ACTOR):
            services.delete_account(account)
        for user in users:
            people.forget_without_account(user)
    return True


def is_held(account_id: UUID) -> bool:
    """Tell whether an incident or a suspension keeps an account. For staff and the security worker."""
    with scope.identity():
        account = Account.objects.get(pk=account_id)
        return hold.is_held(account_id, _actors(account))


def waiting(now: datetime) -> dict[str, Any]:
    """Return for the dashboard how many deletions run, and which accounts' time is over but are held."""
    with scope.identity():
        running = Account.objects.filter(closing_at__gt=now).count()
    over = due(now=now)
    held = [account_id for account_id in over[:MOST_LOOKED_AT] if is_held(account_id)]
    return {"running": running, "over": len(over), "held": held, "is_all": len(over) <= MOST_LOOKED_AT}


def _actors(account: Account) -> list[UUID]:
    """Return everybody and everything that acts for an account, and the account: live states are by these ids."""
    members = Member.objects.filter(account=account).values_list("user_id", flat=True)
    keys = ApiKey.objects.filter(account=account).values_list("pk", flat=True)
    return [account.pk, *members, *keys, *account.integrators.values_list("pk", flat=True)]


def _tell(account: Account, kind: OutgoingMail.Kind) -> None:
    """Mail every member; what it says to whom is found when it is written."""
    with scope.identity():
        for member in Member.objects.filter(account=account).select_related("user").order_by("joined_at"):
            data = {"account": str(account.pk), "user": str(member.user_id), "name": account.name}
            outbox.post(kind=kind, email=member.user.email, language=member.user.language, data=data)
