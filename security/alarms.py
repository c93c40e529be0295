"""Alarms and refusals, written on a second connection so that the rollback of a failed request does not erase them."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from security import scope
from security.refusals import Forbidden, NotFound
from security.walls import Wall

log = logging.getLogger(__name__)


def raise_alarm(kind: str, *, table: str = "", ids: list[str] | None = None) -> None:
    """Record a certain sign of an attack or of a flaw: egress, wrong key, forged context.

    Where it is a tripwire, whoever acts is suspended in the same transaction; both outlive the request's rollback.
    """
    from security.detection import tripwires

    log.error("security alarm", extra={"alarm": kind, "table": table})
    with transaction.atomic(using="trail"):
        note(kind=kind, wall=kind, data={"table": table, "ids": ids or []})
        tripwires.trip(kind)


def note_refusal(error: Exception, *, ids: Sequence[UUID] = ()) -> None:
    """Write down that somebody asked for what they may not have, or for what there is not; `ids`, which they named.

    What a colleague may not have is in the account's own access log as well: its managers see who tries.
    """
    from security import trail

    if isinstance(error, Forbidden):
        trail.refused(error.permission, ids=ids)
    if isinstance(error, Forbidden | NotFound):
        note(kind="refused", wall=Wall.PERMISSION, data={"answer": 403 if isinstance(error, Forbidden) else 404})


def named_in(parameters: Mapping[str, object]) -> list[UUID]:
    """Return the object that an address names, of its parameters: the last one that is an id."""
    found = []
    for value in parameters.values():
        with suppress(ValueError):
            found.append(UUID(str(value)))
    return found[-1:]


def note(*, kind: str, wall: str = "", data: dict[str, Any] | None = None, **about: Any) -> None:
    """Write one security event: what was refused or raised, by which wall; never personal data.

    It is about whoever acts, unless `about` names `actor`, `account_id` and `request_id` of somebody else.
    """
    from security.models import SecurityEvent

    active = scope.get()
    whose = {
        "actor": active.actor,
        "account_id": active.account_id,
        "request_id": active.request_id,
        "via": active.via,
        "endpoint": active.endpoint,
    }
    event = SecurityEvent(kind=kind, wall=wall, source=active.source, data=data or {}, **{**whose, **about})
    with transaction.atomic(using="trail"):
        SecurityEvent.objects.using("trail").bulk_create([event])
    if not connections["trail"].in_atomic_block:
        connections["trail"].close_if_unusable_or_obsolete()
