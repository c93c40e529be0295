"""Live state: is this actor allowed to act *now*? Asked at every request, task start and batch step."""

from uuid import UUID

from django.db.models import F
from django.utils import timezone

from security import scope
from security.models import LiveState
from security.refusals import Suspended
from security.walls import Wall, stands


def state_of(actor_id: UUID) -> LiveState:
    """Return an actor's live state; one who was never touched is active at epoch 1."""
    return LiveState.objects.filter(actor_id=actor_id).first() or LiveState(actor_id=actor_id)


def check(actor_id: UUID, *, epoch: int) -> None:
    """Raise Suspended when the actor is suspended, or when what it holds (session, job) is of an older epoch."""
    if stands(Wall.LIVE_STATE):
        require(state_of(actor_id), epoch=epoch)


def require(live: LiveState, *, epoch: int) -> None:
    """As `check`, for a live state that was read just now."""
    if not stands(Wall.LIVE_STATE):
        return
    suspended = live.state == LiveState.State.SUSPENDED and (live.until is None or live.until > timezone.now())
    if suspended or live.epoch != epoch:
        raise Suspended


def suspend(actor_id: UUID) -> None:
    """Suspend an actor until released: every session, key and job it holds is dead at once."""
    _change(actor_id, LiveState.State.SUSPENDED)


def release(actor_id: UUID) -> None:
    """Let an actor act again, with what it obtains from now on."""
    _change(actor_id, LiveState.State.ACTIVE)


def _change(actor_id: UUID, state: LiveState.State) -> None:
    with scope.identity():
        LiveState.objects.get_or_create(actor_id=actor_id)
        LiveState.objects.filter(actor_id=actor_id).update(state=state, until=None, epoch=F("epoch") + 1)
