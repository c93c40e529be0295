"""Getting back in without a lost factor: a wish, a waiting time in which everybody concerned can object, and a link.

Whoever wishes it has shown the password. The waiting time (`FACTOR_RECOVERY_HOURS`) begins with a mail to every
verified address, is told of again each day, and ends with a link, which asks for the password once more and takes all
factors away. A sign-in with any factor stops it: whoever has one has lost none. So do the link of each mail, and staff.

Staff see those that wait (`accounts.lost_factors`), and confirm or refuse them with a ticket and a reason.

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
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts import factors, outbox, session_list
from accounts.models import FactorRecovery, Member, OutgoingMail, User
from accounts.whereabouts import block_of
from security import alarms, live, scope, trail
from security.refusals import Suspended

Kind, State = OutgoingMail.Kind, FactorRecovery.State
SALT = "accounts.recovery"
ACTOR = "system:recovery"  # how staff are named in the access log of the person's accounts
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


class NotOpen(Exception):
    """Staff decide too late: it is stopped, done or expired, or its waiting time is over already."""


class OwnWish(Exception):
    """Whoever is to decide is whoever asked."""


class HolderSuspended(Exception):
    """Whoever asked is suspended: that is decided first, and elsewhere."""


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
    _tell(wish, Kind.RECOVERY_ASKED, now=now)
    return wish


@transaction.atomic
def stop(wish: FactorRecovery, *, how: str, now: datetime) -> None:
    """Stop a wish that still waits: by a link (`link`), by a factor that was used (`factor`), or by staff (`staff`)."""
    if not _end(wish, State.STOPPED, how=how, now=now):
        return
    _tell(wish, Kind.RECOVERY_STOPPED, now=now)


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
    _tell(wish, Kind.RECOVERY_DONE, now=now)


def is_due(wish: FactorRecovery, *, now: datetime) -> bool:
    return wish.state == State.WAITING and wish.ready_at <= now < wish.ready_at + LINK_LIVES


def is_suspended(wish: FactorRecovery) -> bool:
    """Tell whether whoever asked is kept out meanwhile."""
    state = live.state_of(wish.user_id)
    try:
        live.require(state, epoch=state.epoch)
    except Suspended:
        return True
    return False


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
    _tell(wish, Kind.RECOVERY_READY if now >= wish.ready_at else Kind.RECOVERY_ASKED, now=now)
    if is_first_when_due:
        _note(wish, "ready")
    return True


# For the staff console: a case is a wish that waits ------------------------------------------------------------


def waiting() -> QuerySet[FactorRecovery]:
    """Return the wishes that wait, the oldest first."""
    return FactorRecovery.objects.filter(state=State.WAITING).select_related("user").order_by("asked_at")


@transaction.atomic
def confirm(wish: FactorRecovery, *, by: UUID, ticket: str, reason: str, now: datetime) -> None:
    """Staff have made sure who it is: the waiting time is over, and the link goes out. `by` is the member of staff.

    Raises NotOpen, OwnWish, HolderSuspended.
    """
    wish = _to_decide(wish, by=by)
    if wish.ready_at <= now:
        raise NotOpen
    if is_suspended(wish):
        raise HolderSuspended
    wish.ready_at, wish.told_at = now, now
    _decide(wish, by=by, ticket=ticket, reason=reason, now=now)
    alarms.note(kind="staff.recovery.confirm", data=_about(wish))
    _note(wish, "confirmed", by_staff=True)
    _tell(wish, Kind.RECOVERY_READY, now=now)


@transaction.atomic
def refuse(wish: FactorRecovery, *, by: UUID, ticket: str, reason: str, now: datetime) -> None:
    """Staff do not believe it, before or after the link went out. `by` is the member of staff.

    Raises NotOpen, OwnWish.
    """
    wish = _to_decide(wish, by=by)
    _decide(wish, by=by, ticket=ticket, reason=reason, now=now)
    alarms.note(kind="staff.recovery.refuse", data=_about(wish))
    stop(wish, how=FactorRecovery.How.STAFF, now=now)


def note_look(wish: FactorRecovery) -> None:
    """Note that staff looked at whom it is about, masked; in the log of the person's accounts too."""
    alarms.note(kind="staff.recovery.look", data=_about(wish))
    for account_id in _accounts_of(wish):
        with scope.account(account_id=account_id, actor=ACTOR):
            trail.record(action=trail.Action.READ, kind="second_factor", ids=[wish.pk], fields=["masked"])


def _to_decide(wish: FactorRecovery, *, by: UUID) -> FactorRecovery:
    """Lock a wish that waits: two who decide at once do so one after the other. Raises NotOpen, OwnWish."""
    found = FactorRecovery.objects.select_for_update(of=("self",)).select_related("user").get(pk=wish.pk)
    if found.state != State.WAITING:
        raise NotOpen
    if found.user_id == by:
        raise OwnWish
    return found


def _decide(wish: FactorRecovery, *, by: UUID, ticket: str, reason: str, now: datetime) -> None:
    wish.decided_by_id, wish.decided_at, wish.ticket, wish.reason = by, now, ticket, reason
    wish.save(update_fields=["ready_at", "told_at", "decided_by_id", "decided_at", "ticket", "wrapped_reason"])


def _about(wish: FactorRecovery) -> dict[str, str]:
    return {"user": str(wish.user_id), "wish": str(wish.pk), "ticket": wish.ticket}


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
    _note(wish, state, by_staff=how == FactorRecovery.How.STAFF)
    return True


def _note(wish: FactorRecovery, step: str, *, by_staff: bool = False) -> None:
    alarms.note(kind="factor_recovery", data={"user": str(wish.user_id), "wish": str(wish.pk), "step": step})
    acting: dict[str, Any] = {"actor": ACTOR} if by_staff else {"user_id": wish.user_id}
    for account_id in _accounts_of(wish):
        with scope.account(account_id=account_id, **acting):
            trail.record(action=trail.Action.CHANGE, kind="second_factor", ids=[wish.pk])


def _accounts_of(wish: FactorRecovery) -> list[UUID]:
    return list(Member.objects.filter(user_id=wish.user_id).values_list("account_id", flat=True))


def _tell(wish: FactorRecovery, kind: OutgoingMail.Kind, *, now: datetime) -> None:
    addresses = EmailAddress.objects.filter(user_id=wish.user_id, verified=True).order_by("pk")
    for address in addresses:
        outbox.post(kind=kind, email=address.email, language=wish.user.language, data={"wish": str(wish.pk)})
    wish.letters = [*wish.letters, {"kind": kind.value, "at": now.isoformat(), "count": len(addresses)}]
    wish.save(update_fields=["letters"])
