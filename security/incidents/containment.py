"""Containing: what an incident reaches is stopped by detection's services, and the timeline says what was done."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from security import suspension
from security.detection import blocking, freeze
from security.detection.models import Cause
from security.incidents import reach as reaches
from security.incidents import timeline
from security.incidents.models import ALIAS, Incident, IncidentEvent
from security.thresholds import Rung

STOPPABLE = {"user": "person", "key": "key"}  # kinds of actors, and as what they are suspended


class NobodyToStop(Exception):
    """The incident reaches nobody who can be suspended."""


def suspend_actors(*, incident: Incident, by: UUID, now: datetime) -> int:
    """Lock every person and key that the incident reaches, until staff release them; return how many.

    Their sessions, jobs and cached keys end with it. Raises NobodyToStop.
    """
    actors = stoppable(incident)
    if not actors:
        raise NobodyToStop
    with transaction.atomic(using=ALIAS):
        for kind, actor_id in actors:
            suspension.suspend(
                cause=Cause.STAFF,
                first=Rung.LOCKED,
                now=now,
                person=actor_id if STOPPABLE[kind] == "person" else None,
                key=actor_id if STOPPABLE[kind] == "key" else None,
                endpoint=incident.technique,
                using=ALIAS,
            )
        data = {"act": "suspended", "count": len(actors), "actors": [f"{kind}:{one}" for kind, one in actors]}
        timeline.add(incident, IncidentEvent.Kind.CONTAINED, by=by, now=now, data=data)
    return len(actors)


def end_sessions(*, incident: Incident, by: UUID, now: datetime) -> int:
    """End the sessions and jobs of every person and key within reach, who may sign in anew; return how many actors.

    For somebody whose session was stolen and who is not the thief. Raises NobodyToStop.
    """
    actors = stoppable(incident)
    if not actors:
        raise NobodyToStop
    with transaction.atomic(using=ALIAS):
        for _kind, actor_id in actors:
            suspension.end_sessions(actor_id, now=now)
        data = {"act": "ended", "count": len(actors), "actors": [f"{kind}:{one}" for kind, one in actors]}
        timeline.add(incident, IncidentEvent.Kind.CONTAINED, by=by, now=now, data=data)
    return len(actors)


def freeze_feature(*, incident: Incident, feature: str, size: str, by: UUID, now: datetime) -> None:
    """Freeze reading in bulk in a part of the site. Raises KeyError for a part that is none."""
    named = freeze.FEATURES[feature]
    with transaction.atomic(using=ALIAS):
        freeze.freeze(named.name, size=freeze.Size(size), cause=Cause.STAFF, now=now, by=by)
        data = {"act": "frozen", "feature": named.name, "size": size}
        timeline.add(incident, IncidentEvent.Kind.CONTAINED, by=by, now=now, data=data)


def block_source(*, incident: Incident, network: str, until: datetime, reason: str, by: UUID, now: datetime) -> None:
    """Refuse whatever comes from a network at every entrance, until then. Raises what `blocking.block` raises.

    The timeline names the row and how wide it is, not the address: not everybody who reads it may see that.
    """
    with transaction.atomic(using=ALIAS):
        made = blocking.block(network=network, until=until, reason=reason, by=by, now=now)
        data = {"act": "blocked", "block": str(made.pk), "until": until.isoformat()}
        timeline.add(incident, IncidentEvent.Kind.CONTAINED, by=by, now=now, data=data)


def stoppable(incident: Incident) -> list[tuple[str, UUID]]:
    """Return the people and keys within reach, each as kind and id."""
    found = []
    for actor in reaches.of_data(incident.reach).actors:
        kind, _colon, named = actor.partition(":")
        if kind in STOPPABLE and (actor_id := _uuid(named)):
            found.append((kind, actor_id))
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
