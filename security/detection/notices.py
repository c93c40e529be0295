"""After a suspension: its holder is told, with a way to appeal; and what a synchronous tripwire left undone is done.

A tripwire in a request suspends and nothing more, so that it is over in a moment. The scores it leaves behind and the
freeze of its feature are the security worker's to make, a second later; a word lost with Redis is found in a minute.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from security import scope, suspension
from security.detection import hooks, judging, tripwires
from security.detection.models import Cause, Finding, Suspension
from security.detection.signal import Signal
from security.incidents import services as incidents

ALIAS = "security"
BATCH = 100


def after_suspensions(*, now: datetime) -> int:
    """Tell the holders of new suspensions; return how many. Safe to run twice, and by two at once."""
    done = 0
    with transaction.atomic(using=ALIAS):
        untold = Suspension.objects.using(ALIAS).select_for_update(skip_locked=True).filter(told_at=None)
        for held in untold.order_by("at")[:BATCH]:
            if held.cause in tripwires.IN_THE_REQUEST:
                _finish(held)
            if held.released_at is None:  # else they were let go before anybody told them
                _tell(held)
            if held.is_tripwire:
                _open_incident(held, now=now)
            held.told_at = now
            held.save(using=ALIAS, update_fields=["told_at"])
            done += 1
    return done


def after_release(held: Suspension) -> None:
    """Tell the holder that staff let them go, unless another suspension still holds."""
    person, actor = _person_of(held), held.person or held.key
    if person is None or actor is None or not suspension.is_free(actor):
        return
    with scope.identity():
        hooks.holders().tell(person, kind="released", data={})


def answer(held: Suspension, *, words: str) -> bool:
    """Mail the holder what staff answer to an appeal; False where nobody is left to write to."""
    person = _person_of(held)
    if person is None:
        return False
    with scope.identity():
        return hooks.holders().tell(person, kind="appeal_answered", data={"words": words})


def _person_of(held: Suspension) -> UUID | None:
    """Return whose suspension it is: of a key alone, who made it."""
    if held.person is None and held.key is not None:
        return hooks.holders().makers({held.key}).get(held.key)
    return held.person


def _tell(held: Suspension) -> None:
    person = _person_of(held)
    if person is None:
        return
    data = {
        "at": held.at.isoformat(),
        "until": held.until.isoformat() if held.until else "",
        "token": suspension.link_token(held.pk),
    }
    with scope.identity():
        hooks.holders().tell(person, kind="suspended", data=data)


def _open_incident(held: Suspension, *, now: datetime) -> None:
    """Let an incident begin, or the one of this technique reach this actor too."""
    actor = f"key:{held.key}" if held.key else f"user:{held.person}"
    incidents.open_from_tripwire(technique=held.endpoint or held.cause, actor=actor, happened_at=held.at, now=now)


def _finish(held: Suspension) -> None:
    """Write the finding of a tripwire that suspended in its own request, its scores and its freeze."""
    if Finding.objects.using(ALIAS).filter(rule=held.cause, request_id=held.request_id).exists():
        return
    signal = Signal(
        at=held.at.timestamp(),
        request_id=held.request_id,
        endpoint=held.endpoint,
        actor=f"key:{held.key}" if held.key else f"user:{held.person}",
        person=str(held.person or ""),
        key=str(held.key or ""),
        account=str(held.account_id or ""),
    )
    judging.finish(Cause(held.cause), signal)
