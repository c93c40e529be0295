"""Live state: is this actor allowed to act *now*? Asked at every request, task start and batch step."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet
from django.utils import timezone

from security import scope
from security.compiled import Compiled
from security.models import LiveState
from security.refusals import Outdated, Suspended
from security.walls import Wall, stands


def _states(actor_id: UUID) -> QuerySet[LiveState]:
    return LiveState.objects.filter(actor_id=actor_id)


_STATE = Compiled(_states, "actor_id", by_account=False)


def state_of(actor_id: UUID) -> LiveState:
    """Return an actor's live state; one who was never touched is active at epoch 1."""
    return _STATE.first(actor_id=actor_id) or LiveState(actor_id=actor_id)


def check(actor_id: UUID, *, epoch: int) -> LiveState:
    """Return an actor's live state.

    Raises Suspended when the actor is suspended, and Outdated when what it holds (session, job) is of an older epoch.
    """
    live = state_of(actor_id)
    require(live, epoch=epoch)
    return live


def require(live: LiveState, *, epoch: int) -> None:
    """As `check`, for a live state that was read just now."""
    if not stands(Wall.LIVE_STATE):
        return
    if is_suspended(live):
        raise Suspended
    if live.epoch != epoch:
        raise Outdated


def is_suspended(live: LiveState) -> bool:
    return live.state == LiveState.State.SUSPENDED and (live.until is None or live.until > timezone.now())


def suspended_among(actors: Iterable[UUID]) -> set[UUID]:
    """Return which of some actors are suspended now; runs in the identity context."""
    found = LiveState.objects.filter(actor_id__in=list(actors), state=LiveState.State.SUSPENDED)
    return {live.actor_id for live in found if is_suspended(live)}


def step() -> None:
    """Ask again, within a long piece of work, whether whoever it is done for may still act. Raises Suspended.

    Call it before each part of a task that goes on for more than a second: each batch, each file, each message.
    """
    active = scope.get()
    actor_id = active.key_id or active.user_id
    if actor_id is None:
        return
    with scope.identity():
        check(actor_id, epoch=active.epoch)
        if active.key_id and active.user_id:
            check_maker(active.user_id)
    if active.account_id is not None:
        with scope.enter(active):
            pass  # entering asks whether the account is suspended


def check_maker(user_id: UUID) -> None:
    """Raise Suspended where whoever made a key is suspended; their epoch is of no matter to it."""
    live = state_of(user_id)
    require(live, epoch=live.epoch)


def held(*, person: UUID, key: UUID | None, account: UUID) -> None:
    """Let nobody suspend these until the transaction ends: whoever does so waits, and is then seen by the next.

    For what is over in milliseconds: ask for the live state, and let something go out. In the order in which a
    suspension takes the same locks (`security/migrations/0020_suspension_waits.py`), so that neither waits for both.
    """
    with connection.cursor() as cursor:
        for actor_id in (person, key, account):
            if actor_id is not None:
                cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 8))", [str(actor_id)])


def suspend(actor_id: UUID, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Suspend an actor until staff release it: every session, key and job it holds is dead at once."""
    from security import suspension
    from security.thresholds import Rung

    suspension.suspend(
        cause=suspension.Cause.STAFF, person=actor_id, first=Rung.LOCKED, now=timezone.now(), using=using
    )


def release(actor_id: UUID) -> None:
    """Let an actor act again, with what it obtains from now on. Runs as the security role."""
    from security import suspension

    suspension.let_go(actor_id, now=timezone.now())
