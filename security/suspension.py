"""Suspension, up and down the ladder: one transaction, after which nobody acts for that person or key any more.

Suspending is one order, signed by the site, to a function of the database (`walls.suspend`): so any process can do it,
on any connection, and no injected statement can. It writes the suspension, and the live state and epoch of the person,
of the key and, where the account as a whole is at it, of the account. Every entrance compares those: sessions, keys,
queued jobs and cached keys of an older epoch are dead. Ending one takes the security role, and two people of staff for
whoever set off a tripwire.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import F, Q

from security import context, kek, tuning
from security.detection.models import TRIPWIRES, Appeal, Cause, Suspension
from security.models import LiveState
from security.thresholds import Rung

ALIAS = "security"
SALT = "security.appeal"
LINK_DAYS = 90
MOST_WORDS = 4_000  # characters of an appeal


class SamePerson(Exception):
    """A release after a tripwire was asked for and confirmed by the same member of staff."""


@dataclass(frozen=True)
class Made:
    """A suspension; `is_new` is false where they were suspended for as long already."""

    id: UUID
    is_new: bool


def suspend(
    *,
    cause: str,
    now: datetime,
    person: UUID | None = None,
    key: UUID | None = None,
    account_id: UUID | None = None,
    first: Rung = Rung.MINUTES,
    request_id: str = "",
    endpoint: str = "",
    using: str = DEFAULT_DB_ALIAS,
) -> Made:
    """Suspend a person and the key they used, on rung `first` at least, one higher than the last time.

    Runs on the connection `using`, in its transaction: alarms use the second one, which outlives a rollback.
    """
    ladder = tuning.current().ladder
    parts = (
        str(person or ""),
        str(key or ""),
        str(account_id or ""),
        cause,
        "true" if cause in TRIPWIRES else "false",
        str(int(first)),
        ",".join(map(str, ladder.seconds)),
        str(ladder.memory_days),
        str(ladder.account_actors),
        request_id,
        endpoint[:64],
        str(now.timestamp()),
    )
    signed = context.order("suspend", *parts, backend=context.backend(using=using))
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT suspension, is_new FROM walls.suspend(%s)", [signed])
        row = cursor.fetchone()
    assert row is not None
    return Made(row[0], row[1])


def release(suspension: Suspension, *, by: UUID, now: datetime) -> bool:
    """End a suspension, for staff; True when it is over. Where it takes two the first one only asks.

    Whoever was suspended begins with new sessions; keys work again. Raises SamePerson where the one who asked
    confirms. Runs as the security role.
    """
    with transaction.atomic(using=ALIAS):
        held = Suspension.objects.using(ALIAS).select_for_update().get(pk=suspension.pk)
        if held.released_at is not None:
            return True
        needs_two = takes_two(held, now=now)
        if needs_two and held.release_asked_by is None:
            held.release_asked_by, held.release_asked_at = by, now
            held.save(using=ALIAS, update_fields=["release_asked_by", "release_asked_at"])
            return False
        if needs_two and held.release_asked_by == by:
            raise SamePerson
        held.released_by, held.released_at = by, now
        held.save(using=ALIAS, update_fields=["released_by", "released_at"])
        for actor in (held.person, held.key, held.account_id if held.with_account else None):
            if actor is not None:
                _lift(actor, now=now)
        return True


def takes_two(held: Suspension, *, now: datetime) -> bool:
    """Tell whether two people must end it: after a tripwire, and whatever else holds whoever set one off of late.

    A lock by staff or a score does not make one person enough for them, whether the tripwire's own time is over or not.
    """
    if held.is_tripwire:
        return True
    since = now - timedelta(days=tuning.current().ladder.memory_days)
    tripped = Suspension.objects.using(ALIAS).filter(cause__in=TRIPWIRES, released_at=None, at__gt=since)
    return tripped.filter(_same_actor(held)).exists()


def _same_actor(held: Suspension) -> Q:
    named = Q(pk=held.pk)
    if held.person is not None:
        named |= Q(person=held.person)
    if held.key is not None:
        named |= Q(key=held.key)
    return named


def withdraw_request(suspension: Suspension) -> None:
    """Take back that a release was asked for."""
    held = Suspension.objects.using(ALIAS).filter(pk=suspension.pk, released_at=None)
    held.update(release_asked_by=None, release_asked_at=None)


def running(*, now: datetime) -> Q:
    """The condition of suspensions that hold."""
    return Q(released_at=None) & (Q(until=None) | Q(until__gt=now))


def _lift(actor: UUID, *, now: datetime) -> None:
    """Let an actor go, or hold them no longer than what else holds them."""
    named = Q(person=actor) | Q(key=actor) | Q(account_id=actor, with_account=True)
    others = Suspension.objects.using(ALIAS).filter(running(now=now) & named)
    ends = list(others.values_list("until", flat=True))
    if not ends:
        let_go(actor, now=now)
        return
    known = [end for end in ends if end is not None]
    live = LiveState.objects.using(ALIAS).filter(actor_id=actor, state=LiveState.State.SUSPENDED)
    live.update(until=max(known) if len(known) == len(ends) else None)


def is_free(actor: UUID) -> bool:
    """Tell whether nothing keeps an actor out any more. Runs as the security role."""
    return not LiveState.objects.using(ALIAS).filter(actor_id=actor, state=LiveState.State.SUSPENDED).exists()


_NEXT_EPOCH = """
    INSERT INTO security_livestate AS s (actor_id, epoch, state, until, changed_at) VALUES (%s, 2, 'active', NULL, %s)
    ON CONFLICT (actor_id) DO UPDATE SET epoch = s.epoch + 1
"""


def end_sessions(actor: UUID, *, now: datetime) -> None:
    """End whatever an actor holds; the state stays as it is. Runs as the security role."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_NEXT_EPOCH, [actor, now])


def let_go(actor: UUID, *, now: datetime) -> None:
    """Let an actor act again, with what it obtains from now on. Runs as the security role."""
    live = LiveState.objects.using(ALIAS).filter(actor_id=actor)
    live.update(state=LiveState.State.ACTIVE, until=None, changed_at=now, epoch=F("epoch") + 1)


# Appeals -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Appealed:
    """What the page of a mailed link may know of a suspension."""

    holds: bool
    until: datetime | None
    appeals: int


def link_token(suspension_id: UUID) -> str:
    return signing.dumps(str(suspension_id), salt=SALT)


def of_token(token: str) -> UUID:
    """Return which suspension a mailed link is about. Raises signing.BadSignature."""
    return UUID(signing.loads(token, salt=SALT, max_age=LINK_DAYS * 86_400))


def look(suspension_id: UUID) -> Appealed | None:
    """Return how a suspension stands, for whoever has its link."""
    signed = context.order("appealed", str(suspension_id), backend=context.backend())
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT holds, until, appeals FROM walls.appealed(%s)", [signed])
        row = cursor.fetchone()
    return Appealed(*row) if row else None


def appeal(suspension_id: UUID, *, words: str, now: datetime) -> bool:
    """Keep what somebody wrote against their suspension; False for one that is over, or after three appeals."""
    signed = context.order("appeal", str(suspension_id), str(now.timestamp()), backend=context.backend())
    sealed = kek.provider().wrap(words[:MOST_WORDS].encode(), bound_to=_bound_to(suspension_id))
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT walls.appeal(%s, %s)", [signed, sealed])
        row = cursor.fetchone()
    return bool(row and row[0])


def words_of(appeal: Appeal) -> str:
    """Open the words of an appeal, for staff."""
    return kek.provider().unwrap(bytes(appeal.words), bound_to=_bound_to(appeal.suspension_id)).decode()


def _bound_to(suspension_id: UUID) -> bytes:
    return f"{SALT}|{suspension_id}".encode()


__all__ = ["Appealed", "Cause", "Made", "SamePerson", "appeal", "end_sessions", "is_free", "let_go", "link_token",
           "look", "of_token", "release", "running", "suspend", "takes_two", "withdraw_request",
           "words_of"]  # fmt: skip
