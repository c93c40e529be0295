"""Certain signs of an attack: whoever is behind one is suspended, without anybody being asked.

Egress alarm, wrong key and forged context suspend in the request itself, on the second connection, before anything
is answered. Decoys and ids of other accounts are found afterwards, by the security worker (`detection.examining`).
"""

from __future__ import annotations

import logging

from django.utils import timezone

from security import scope, tuning
from security.detection import observing, stream
from security.detection.models import Cause
from security.thresholds import Rung
from security.walls import Watch, stands

log = logging.getLogger(__name__)
IN_THE_REQUEST = frozenset({Cause.EGRESS, Cause.WRONG_KEY, Cause.FORGED_CONTEXT})


def rung_of(cause: str) -> Rung:
    return Rung(getattr(tuning.current().tripwires, cause))


def trip(kind: str) -> None:
    """Suspend whoever acts now, where an alarm of this kind is certain. Runs inside the alarm's transaction."""
    active = scope.get()
    if kind not in IN_THE_REQUEST or not (active.user_id or active.key_id) or not stands(Watch.DETECTION):
        return
    from security import alarms, suspension

    cause = Cause(kind)
    person, account_id = active.who_answers
    made = suspension.suspend(
        cause=cause,
        person=person,
        key=active.key_id,
        account_id=account_id,
        first=rung_of(cause),
        request_id=active.request_id,
        endpoint=active.endpoint,
        now=timezone.now(),
        using="trail",
    )
    if (seen := observing.current()) is not None:
        seen.is_tripped = True
    if made.is_new:
        log.error("suspended", extra={"alarm": kind})
        alarms.note(kind="suspended", wall="detection", data={"suspension": str(made.id), "cause": cause.value})
        stream.STREAM.tell(stream.TRIPPED, {"suspension": str(made.id)})


def forged() -> None:
    """A statement ran under a context that nobody signed for it: raise the alarm once, and let nothing leave."""
    from security import alarms, egress

    foreign = scope.get().foreign
    if egress.FORGED not in foreign and scope.get() is not scope.NOBODY:
        foreign.append(egress.FORGED)
        alarms.raise_alarm("forged_context")
