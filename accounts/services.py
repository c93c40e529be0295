"""Everything that changes people, accounts and members."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import keys as api_keys
from accounts import leaving, mail_limits, notices, outbox, periods
from accounts.models import Account, ApiKey, Invitation, Member, OutgoingMail, SignUp, User
from accounts.roles import RIGHTS, Role
from security import egress, keys, live, scope, trail
from security.models import IdempotentRequest
from security.warrants import Warrant

Kind = OutgoingMail.Kind
INVITATION_LIFETIME = periods.INVITATIONS.length()
MOST_ACCOUNTS = 20


class LastOwner(Exception):
    """An account must keep one owner."""


class TooManyAccounts(Exception):
    """One person owns `MOST_ACCOUNTS` at most: more are not wanted by people, but by programs."""


class InvitationInvalid(Exception):
    """The link is unknown, used, expired, or meant for somebody else: one answer for all."""


@transaction.atomic
def open_account(*, user: User, kind: str, name: str = "") -> Account:
    """Open an account with its owner and its first data key. Runs in the identity context."""
    account = Account.objects.create(kind=kind, name=name or _("My account"))
    Member.objects.create(account=account, user=user, role=Role.OWNER)
    if user.active_account_id is None:
        user.active_account_id = account.pk
        user.save(update_fields=["active_account_id"])
    with scope.account(account_id=account.pk, user_id=user.pk, warrants=frozenset({Warrant.DATA_KEY})):
        keys.create(account_id=account.pk)
        trail.record(action=trail.Action.CREATE, kind="account", ids=[account.pk])
    return account


@transaction.atomic
def open_further_account(*, user: User, kind: str, name: str) -> Account:
    """Open an account for somebody who is signed in. Raises TooManyAccounts. Runs in the identity context."""
    # The person's row is the lock: two requests at once must not both find room for one more.
    User.objects.select_for_update().get(pk=user.pk)
    if Member.objects.filter(user=user, role=Role.OWNER).count() >= MOST_ACCOUNTS:
        raise TooManyAccounts
    return open_account(user=user, kind=kind, name=name)


def change_person(*, user: User, name: str, language: str) -> None:
    """Change how somebody is called, and the language they are written to. Runs in the identity context."""
    user.name, user.language = name, language
    user.save(update_fields=["name", "language"])


@transaction.atomic
def create_verified_user(
    *, email: str, password: str, name: str = "", language: str = "en", staff_role: str = ""
) -> User:
    """Make a user whose e-mail needs no activation: for commands and the demo. Runs in the identity context."""
    user = User.objects.create_user(email, password, name=name, language=language, staff_role=staff_role)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def invite(*, email: str, role: str, by: UUID, now: datetime) -> Invitation:
    """Invite somebody into the active account, by mail; inviting again replaces the older link. Raises TooMuchMail."""
    account_id, email = scope.current().account, email.strip().lower()
    mail_limits.invite(by=by, account=account_id, email=email, now=now)
    expires_at = now + INVITATION_LIFETIME
    token = Invitation(account_id=account_id, email=email, expires_at=expires_at).token
    values = {
        "role": role,
        "token_hash": sha256(token.encode()).digest(),
        "invited_by_id": by,
        "created_at": now,
        "expires_at": expires_at,
    }
    with scope.warrant(Warrant.MEMBERS):
        invitation, _created = Invitation.objects.update_or_create(account_id=account_id, email=email, defaults=values)
    trail.record(action=trail.Action.SHARE, kind="invitation", ids=[invitation.pk])
    notices.tell(Kind.MEMBER_INVITED, account=invitation.account, about=email)
    outbox.post(kind=Kind.INVITATION, email=email, data={"invitation": str(invitation.pk)})
    return invitation


def find_invitation(*, token: str, user: User | None, now: datetime) -> Invitation:
    """Return the invitation that a link names, locked; for somebody signed in only if it is theirs.

    Raises InvitationInvalid; which reason it has is told to nobody. Runs in the identity context.
    """
    invitation = (
        Invitation.objects.select_for_update()
        .filter(token_hash=sha256(token.encode()).digest(), expires_at__gt=now)
        .first()
    )
    if invitation is None:
        raise InvitationInvalid
    theirs = EmailAddress.objects.filter(user=user, email=invitation.email, verified=True)
    if user is not None and not theirs.exists():
        raise InvitationInvalid
    return invitation


@transaction.atomic
def accept_invitation(*, token: str, user: User, now: datetime) -> Member:
    """Join the account that the link names. Raises InvitationInvalid. Runs in the identity context.

    Somebody who works in an account already goes on there: a stranger's invitation moves nobody's work.
    """
    invitation = find_invitation(token=token, user=user, now=now)
    member, created = Member.objects.get_or_create(
        account_id=invitation.account_id, user=user, defaults={"role": invitation.role}
    )
    invitation.delete()
    if not Member.objects.filter(user=user).exclude(pk=member.pk).exists():
        user.active_account_id = member.account_id
        user.save(update_fields=["active_account_id"])
    if created:
        notices.tell(Kind.MEMBER_JOINED, account=member.account, about=user.email, by=user)
        with scope.account(account_id=member.account_id, user_id=user.pk):
            trail.record(action=trail.Action.CREATE, kind="member", ids=[member.pk])
    return member


@transaction.atomic
def join_as_new(*, token: str, password: str, name: str, language: str, now: datetime) -> User:
    """Make a user of somebody who is invited and has none: the mailed link shows that the mailbox is theirs.

    They join the account and open none of their own. Raises InvitationInvalid. Runs in the identity context.
    """
    invitation = find_invitation(token=token, user=None, now=now)
    try:
        with transaction.atomic():
            user = create_verified_user(email=invitation.email, password=password, name=name, language=language)
    except IntegrityError:  # they have signed up a moment ago
        raise InvitationInvalid from None
    SignUp.objects.filter(email=user.email).delete()
    accept_invitation(token=token, user=user, now=now)
    return user


@transaction.atomic
def withdraw_invitation(invitation: Invitation) -> None:
    trail.record(action=trail.Action.DELETE, kind="invitation", ids=[invitation.pk])
    with scope.warrant(Warrant.MEMBERS):
        invitation.delete()


@transaction.atomic
def change_role(*, member: Member, role: str) -> None:
    """Give a member another role. Raises LastOwner when no owner would be left.

    With a lower role the invitations that they made and nobody has used yet are void.
    """
    with scope.warrant(Warrant.MEMBERS, Warrant.ACCOUNT):
        _keep_an_owner(member, leaving=role != Role.OWNER)
        if RIGHTS[role] < RIGHTS[member.role]:
            _withdraw_invitations_of(member)
        member.role = role
        member.save(update_fields=["role"])
    trail.record(action=trail.Action.CHANGE, kind="member", ids=[member.pk])
    notices.tell(Kind.ROLE_CHANGED, account=member.account, about=member.user.email, concerned=[member.user])


@transaction.atomic
def remove_member(*, member: Member, now: datetime, successor: Member | None = None) -> None:
    """Take a member out of the account, with the keys and the open invitations that they made.

    What they alone kept goes to `successor`, else to the owners and managers (`leaving`). Raises LastOwner when no
    owner would be left.
    """
    account, user = member.account, member.user
    with scope.warrant(Warrant.MEMBERS, Warrant.KEYS, Warrant.ACCOUNT):
        _keep_an_owner(member, leaving=True)
        _withdraw_invitations_of(member)
        leaving.hand_over(member, to=successor, now=now)
        trail.record(action=trail.Action.DELETE, kind="member", ids=[member.pk])
        account.api_keys.filter(created_by_id=member.user_id).delete()
        member.delete()
    notices.tell(Kind.MEMBER_GONE, account=account, about=user.email, concerned=[user])


def leave_from_outside(*, member: Member, now: datetime) -> None:
    """Let somebody leave an account that keeps them out until they have a second factor: joining said they can.

    The account's scope is entered for it, with no right at all: nothing of the account is shown. Raises LastOwner.
    """
    inside = replace(
        scope.get(),
        kind=scope.Kind.ACCOUNT,
        account_id=member.account_id,
        permissions=frozenset(),
        data_keys={},
        foreign=[],
    )
    with scope.enter(inside):
        remove_member(member=member, now=now)
        egress.check()


@transaction.atomic
def make_key(*, account: Account, by: User, now: datetime, lifetime: timedelta | None, **fields: Any) -> str:
    """Make an API key, and return its text, which is never shown again. Raises ValueError as `create_api_key` does."""
    expires_at = now + lifetime if lifetime else None
    key, token = api_keys.create_api_key(account=account, by=by, expires_at=expires_at, **fields)
    trail.record(action=trail.Action.CREATE, kind="api_key", ids=[key.pk])
    notices.tell(Kind.KEY_MADE, account=account, about=key.name, concerned=[by])
    return token


@transaction.atomic
def end_key(key: ApiKey) -> None:
    trail.record(action=trail.Action.DELETE, kind="api_key", ids=[key.pk])
    with scope.warrant(Warrant.KEYS):
        key.delete()
    notices.tell(Kind.KEY_ENDED, account=key.account, about=key.name, concerned=[key.created_by])


def _withdraw_invitations_of(member: Member) -> None:
    """Nobody keeps a way back by having invited themselves or a friend."""
    for invitation in Invitation.objects.filter(account_id=member.account_id, invited_by_id=member.user_id):
        withdraw_invitation(invitation)


def _keep_an_owner(member: Member, *, leaving: bool) -> None:
    # The account's row is the lock: two owners who leave at once must not both find the other still there. Its key
    # stays free, for whoever adds a row refers to it, and may hold a book that is waited for here.
    Account.objects.select_for_update(no_key=True).get(pk=member.account_id)
    owners = set(Member.objects.filter(account_id=member.account_id, role=Role.OWNER).values_list("pk", flat=True))
    if leaving and owners == {member.pk}:
        raise LastOwner


@transaction.atomic
def change_account(*, account: Account, name: str, fax_enabled: bool) -> None:
    """Name the account, and say whether its contacts are asked for a fax number."""
    account.name, account.fax_enabled = name, fax_enabled
    with scope.warrant(Warrant.ACCOUNT):
        account.save(update_fields=["name", "fax_enabled"])
    trail.record(action=trail.Action.CHANGE, kind="account", ids=[account.pk])


@transaction.atomic
def delete_account(account: Account) -> None:
    """Delete the active account with all that it has, its data key first. Its members are told.

    The database takes the rows of every table that refers to the account along.
    """
    members = [member.user for member in account.members.select_related("user")]
    notices.tell(Kind.ACCOUNT_DELETED, account=account, about=account.name, concerned=members)
    trail.record(action=trail.Action.DELETE, kind="account", ids=[account.pk])
    keys.destroy(account_id=account.pk)
    IdempotentRequest.objects.all().delete()
    with scope.warrant(Warrant.ACCOUNT, Warrant.MEMBERS, Warrant.KEYS):
        account.delete()


def switch_account(*, user: User, account_id: UUID) -> bool:
    """Note which of one's accounts was used last, for the next sign-in; False for one that one does not belong to."""
    with scope.identity():
        if not Member.objects.filter(user=user, account_id=account_id).exists():
            return False
        User.objects.filter(pk=user.pk).update(active_account_id=account_id)
    return True


def current_epoch(user_id: UUID) -> int:
    """Return the epoch that a session begun now carries."""
    with scope.identity():
        return live.state_of(user_id).epoch
