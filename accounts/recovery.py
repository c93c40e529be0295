"""Getting back in without a lost factor: a wish, a waiting time in which everybody concerned can object, and a link.

Whoever wishes it has shown the password. The waiting time (`FACTOR_RECOVERY_HOURS`) begins with a mail to every
verified address, is told of again each day, and ends with a link, which asks for the password once more and takes all
factors away. A sign-in with any factor stops it: whoever has one has lost none. So do the link of each mail, and staff.

Neither the count of guesses nor a suspension is opened by it. Everything runs in the identity context. Each step stands
among the security events, and in the access log of the person's accounts.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import factors, outbox, session_list
from accounts.models import FactorRecovery, Member, OutgoingMail, User
from accounts.whereabouts import block_of
from security import alarms, live, scope, trail

Kind, State = OutgoingMail.Kind, FactorRecovery.State
SALT = "accounts.recovery"
REMIND_EVERY = timedelta(hours=24)
LINK_LIVES = timedelta(days=7)  # after the waiting time
MOST_WISHES, IN = 3, timedelta(days=30)


class CannotRecover(Exception):
    """No factor, staff (a colleague gives them a new link), or too many wishes lately: the page says whom to ask."""


def waiting_hours() -> int:
    hours: int = settings.FACTOR_RECOVERY_HOURS
    return hours


class LinkInvalid(Exception):
    """The link is unknown, used, too early, too late or stopped: one answer for all."""


@transaction.atomic
def ask(*, user: User, source: str, now: datetime) -> FactorRecovery:
    """Begin the waiting time, or return the one that runs. Raises CannotRecover."""
    User.objects.select_for_update().get(pk=user.pk)
    if (running := FactorRecovery.objects.filter(user=user, state=State.WAITING).first()) is not None:
        return running
    lately = FactorRecovery.objects.filter(user=user, asked_at__gt=now - IN).count()
    if user.is_staff or not factors.has_factor(user) or lately >= MOST_WISHES:
        raise CannotRecover
    wish = FactorRecovery.objects.create(
        user=user,
        asked_at=now,
        ready_at=now + timedelta(hours=settings.FACTOR_RECOVERY_HOURS),
        told_at=now,
        source_block=block_of(source),
    )
    _note(wish, "asked")
    _tell(wish, Kind.RECOVERY_ASKED)
    return wish


@transaction.atomic
def stop(wish: FactorRecovery, *, how: str, now: datetime) -> None:
    """Stop a wish that still waits: by a link (`link`), by a factor that was used (`factor`), or by staff (`staff`)."""
    if not _end(wish, State.STOPPED, how=how, now=now):
        return
    _tell(wish, Kind.RECOVERY_STOPPED)


@transaction.atomic
def finish(wish: FactorRecovery, *, now: datetime) -> None:
    """Take all factors away and end all sessions. The password was shown a moment ago.

    Raises LinkInvalid when it is not due (any more), Suspended for a suspended person.
    """
    user = wish.user
    state = live.state_of(user.pk)
    live.require(state, epoch=state.epoch)
    if not is_due(wish, now=now) or not _end(wish, State.DONE, how="link", now=now):
        raise LinkInvalid
    Authenticator.objects.filter(user=user).delete()
    session_list.end_all(user)
    _tell(wish, Kind.RECOVERY_DONE)


def is_due(wish: FactorRecovery, *, now: datetime) -> bool:
    return wish.state == State.WAITING and wish.ready_at <= now < wish.ready_at + LINK_LIVES


def tell_again(*, now: datetime) -> int:
    """Remind of wishes each day, mail the link of those that are due, let old ones go; return how many were told."""
    told = 0
    with scope.identity():
        for wish_id in FactorRecovery.objects.filter(state=State.WAITING).values_list("pk", flat=True):
            told += _tell_one_again(wish_id, now=now)
    return told


@transaction.atomic
def _tell_one_again(wish_id: UUID, *, now: datetime) -> bool:
    wish = FactorRecovery.objects.select_for_update(skip_locked=True).filter(pk=wish_id, state=State.WAITING).first()
    if wish is None:
        return False
    if now >= wish.ready_at + LINK_LIVES:
        _end(wish, State.EXPIRED, how="time", now=now)
        return False
    is_first_when_due = now >= wish.ready_at > wish.told_at
    if not is_first_when_due and now - wish.told_at < REMIND_EVERY:
        return False
    wish.told_at = now
    wish.save(update_fields=["told_at"])
    _tell(wish, Kind.RECOVERY_READY if now >= wish.ready_at else Kind.RECOVERY_ASKED)
    if is_first_when_due:
        _note(wish, "ready")
    return True


# For the staff console: a case is a wish that waits ------------------------------------------------------------


def waiting() -> list[FactorRecovery]:
    """Return the wishes that wait, the oldest first."""
    return list(FactorRecovery.objects.filter(state=State.WAITING).select_related("user").order_by("asked_at"))


@transaction.atomic
def confirm(wish: FactorRecovery, *, by: UUID, now: datetime) -> None:
    """Staff have made sure who it is: the waiting time is over, and the link goes out. `by` is the member of staff."""
    wish = FactorRecovery.objects.select_for_update().get(pk=wish.pk)
    if wish.state != State.WAITING:
        raise LinkInvalid
    wish.ready_at, wish.told_at, wish.decided_by_id = min(wish.ready_at, now), now, by
    wish.save(update_fields=["ready_at", "told_at", "decided_by_id"])
    _note(wish, "confirmed")
    _tell(wish, Kind.RECOVERY_READY)


@transaction.atomic
def refuse(wish: FactorRecovery, *, by: UUID, now: datetime) -> None:
    """Staff do not believe it. `by` is the member of staff."""
    wish.decided_by_id = by
    wish.save(update_fields=["decided_by_id"])
    stop(wish, how="staff", now=now)


# Links ---------------------------------------------------------------------------------------------------------


def token_for(wish: FactorRecovery, act: str) -> str:
    """Return the secret of a link, which stops (`stop`) or finishes (`finish`) a wish."""
    return signing.dumps([str(wish.pk), act], salt=SALT)


def wish_of(token: str, act: str) -> FactorRecovery:
    """Return the wish that a link is about, while it waits. Raises LinkInvalid."""
    try:
        wish_id, meant = signing.loads(token, salt=SALT)
        wish = FactorRecovery.objects.select_related("user").get(pk=UUID(wish_id), state=State.WAITING)
    except (signing.BadSignature, ValueError, TypeError, ValidationError, FactorRecovery.DoesNotExist) as error:
        raise LinkInvalid from error
    if meant != act:
        raise LinkInvalid
    return wish


def stop_by_factor(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """A factor was used: nothing is lost."""
    with scope.identity():
        for wish in FactorRecovery.objects.filter(user=user, state=State.WAITING):
            stop(wish, how="factor", now=timezone.now())


# ---------------------------------------------------------------------------------------------------------------


def _end(wish: FactorRecovery, state: str, *, how: str, now: datetime) -> bool:
    """End a wish once; False where somebody else has just done so."""
    values = {"state": state, "ended_at": now, "ended_how": how}
    if not FactorRecovery.objects.filter(pk=wish.pk, state=State.WAITING).update(**values):
        return False
    wish.refresh_from_db()
    _note(wish, state)
    return True


def _note(wish: FactorRecovery, step: str) -> None:
    alarms.note(kind="factor_recovery", data={"user": str(wish.user_id), "wish": str(wish.pk), "step": step})
    for account_id in Member.objects.filter(user_id=wish.user_id).values_list("account_id", flat=True):
        with scope.account(account_id=account_id, user_id=wish.user_id):
            trail.record(action=trail.Action.CHANGE, kind="second_factor", ids=[wish.pk])


def _tell(wish: FactorRecovery, kind: OutgoingMail.Kind) -> None:
    for address in EmailAddress.objects.filter(user_id=wish.user_id, verified=True).order_by("pk"):
        outbox.post(kind=kind, email=address.email, language=wish.user.language, data={"wish": str(wish.pk)})
