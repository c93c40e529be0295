"""Staff accounts: made by a command or by a colleague, begun with a link that works once. No customer's account is one.

The link is the way back as well, for somebody who has lost a password or every factor: what they had before is void.

Whoever holds a link is that member of staff. What takes two of *security* would take one, who makes the second by a
link: so only those who run the site, by the command, give links to whoever is of security or is to be.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import lockout
from accounts.models import Enrolment, User
from accounts.roles import StaffRole
from security import alarms, live, scope

LINK_LIFETIME = timedelta(hours=24)


class IsCustomer(Exception):
    """The e-mail belongs to a customer's account, and staff accounts are apart from those."""


class NeedsOperator(Exception):
    """The account is one of *security*, or would become one: that is not for a colleague to do."""


class EnrolmentInvalid(Exception):
    """The link is unknown, used or expired: one answer for all."""


@transaction.atomic
def invite(*, email: str, role: str, now: datetime, language: str = "en") -> str:
    """Make a staff account, or give one that there is its role and a way to begin anew; return the link's token.

    Raises IsCustomer. Runs in the identity context.
    """
    user = User.objects.holder_of(email) or _new(email, language)
    if not user.is_staff and (user.password or user.memberships.exists()):
        raise IsCustomer
    if user.staff_role != role or not user.is_active:
        user.staff_role, user.is_active = role, True
        user.save(update_fields=["staff_role", "is_active"])
    token = secrets.token_urlsafe(32)
    values = {"token_hash": _hash(token), "created_at": now, "expires_at": now + LINK_LIFETIME}
    Enrolment.objects.update_or_create(user=user, defaults=values)
    alarms.note(kind="staff.invite", data={"staff": str(user.pk), "role": role})
    return token


def invite_by_colleague(*, email: str, role: str, now: datetime) -> str:
    """As `invite`, for the staff's own pages. Raises NeedsOperator as well."""
    known = User.objects.holder_of(email)
    if StaffRole.SECURITY in {role, known.staff_role if known else ""}:
        raise NeedsOperator
    return invite(email=email, role=role, now=now)


def address_of(token: str) -> str:
    """Return the whole address of a link."""
    path = reverse("staff:enrol", args=[token], urlconf=settings.CONSOLE_URLCONF)
    return settings.CONSOLE_ADDRESS.rstrip("/") + path


def enrolment_of(token: str, *, now: datetime) -> Enrolment:
    """Return what a link is for. Raises EnrolmentInvalid. Runs in the identity context."""
    found = Enrolment.objects.filter(token_hash=_hash(token), expires_at__gt=now, user__is_active=True)
    enrolment = found.select_related("user").first()
    if enrolment is None:
        raise EnrolmentInvalid
    return enrolment


@transaction.atomic
def enrol(*, token: str, password: str, secret: str, now: datetime) -> list[str]:
    """Use a link up: set the password and the authenticator app; return the recovery codes, which are shown once.

    What the account had before is gone: factors, sessions, a lockout. Raises EnrolmentInvalid. Runs in the identity
    context.
    """
    # The row is the lock: two who use one link at once are not both let in.
    Enrolment.objects.select_for_update().filter(token_hash=_hash(token)).first()
    enrolment = enrolment_of(token, now=now)
    user = enrolment.user
    enrolment.delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
    Authenticator.objects.filter(user=user).delete()
    user.set_password(password)
    user.save(update_fields=["password"])
    TOTP.activate(user, secret)
    made = RecoveryCodes.activate(user)
    made.mark_as_viewed()
    lockout.forgive(lockout.subject_of(None, user.email))
    alarms.note(kind="staff.enrol", data={"staff": str(user.pk)})
    codes: list[str] = made.get_unused_codes()
    return codes


@transaction.atomic
def end(*, user: User) -> None:
    """End a staff account: its sessions are gone at once, and nobody comes in with it. Runs in the identity context.

    Nor does what it had open anything if it begins again one day: a new link does.
    """
    Enrolment.objects.filter(user=user).delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
    Authenticator.objects.filter(user=user).delete()
    user.is_active, user.password = False, ""
    user.save(update_fields=["is_active", "password"])
    alarms.note(kind="staff.end", data={"staff": str(user.pk)})


class Colleague(NamedTuple):
    user: User
    is_suspended: bool


def everybody() -> list[Colleague]:
    """Return the whole staff, those whose accounts are ended last."""
    with scope.identity():
        found = list(User.objects.exclude(staff_role="").order_by("-is_active", "email"))
        suspended = live.suspended_among(user.pk for user in found)
    return [Colleague(user, user.pk in suspended) for user in found]


def colleague(user_id: UUID) -> User | None:
    """Return one of the staff; None for a customer, as for nobody."""
    with scope.identity():
        return User.objects.exclude(staff_role="").filter(pk=user_id).first()


def _new(email: str, language: str) -> User:
    """Make somebody who cannot sign in yet: no password fits an empty one."""
    user = User(email=email.strip().lower(), language=language)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
