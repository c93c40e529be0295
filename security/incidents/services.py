"""Incidents: opened by staff or by a tripwire, moved on from gathering to closing, and never forgotten.

Everything here runs as the security role, each act in a transaction of its own with its line in the timeline.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections, transaction
from django.db.models import Max, QuerySet

from security.incidents import reach as reaches
from security.incidents import timeline
from security.incidents.models import ALIAS, Cause, Incident, IncidentEvent, NoticeRun, State
from security.incidents.reach import Reach

Kind = IncidentEvent.Kind
# Where an incident may go from each state. Back one step is for facts that come late; closing at once for false alarms.
MOVES: dict[str, tuple[State, ...]] = {
    State.GATHER: (State.CONTAIN, State.CLOSED),
    State.CONTAIN: (State.ASSESS, State.GATHER, State.CLOSED),
    State.ASSESS: (State.NOTIFY, State.CONTAIN, State.CLOSED),
    State.NOTIFY: (State.CLOSED, State.ASSESS),
    State.CLOSED: (State.GATHER,),
}
BEING_SENT = (NoticeRun.State.ASKED, NoticeRun.State.QUEUEING, NoticeRun.State.SENDING)
LOOK_BACK = timedelta(days=1)  # what a tripwire's actor did before it is looked at too
_NUMBERING = 7_403_211  # the lock under which numbers are given


class WrongMove(Exception):
    """An incident does not go from its state to that one."""


class WordsMissing(Exception):
    """Closing and reopening need a reason."""


class StillSending(Exception):
    """Notices of the incident are waiting for approval or on their way."""


def open_incident(
    *, title: str, reach: Reach, by: UUID | None, now: datetime, aware_at: datetime | None = None
) -> Incident:
    """Open an incident. Raises ReachesEverything."""
    reach.check()
    with transaction.atomic(using=ALIAS):
        return _open(title, reach, Cause.STAFF, "", by=by, now=now, aware_at=aware_at or now)


def open_from_tripwire(
    *, technique: str, actor: str, now: datetime, source: str = "", happened_at: datetime | None = None
) -> Incident:
    """Open an incident for a tripwire, or join the open one of the same technique, which then reaches this act too.

    `technique` is the name of the address or of the feature; `actor` as in the access log. The reach is the actor's
    acts by any technique, from `LOOK_BACK` before `happened_at` on. Safe to call twice for one act.
    """
    at = (happened_at or now) - LOOK_BACK
    with transaction.atomic(using=ALIAS):
        _lock(technique)
        found = Incident.objects.using(ALIAS).exclude(state=State.CLOSED).filter(technique=technique).first()
        if found is None:
            reach = Reach(since=at, actors=(actor,))
            return _open("", reach, Cause.TRIPWIRE, technique, by=None, now=now, aware_at=now, source=source)
        before = reaches.of_data(found.reach)
        after = before.widened(at=at, actor=actor)
        if after != before:
            found.reach = after.as_data()
            found.save(using=ALIAS, update_fields=["reach"])
            timeline.add(found, Kind.JOINED, by=None, now=now, data={"actor": actor, "source": source})
        return found


def change_reach(*, incident: Incident, reach: Reach, by: UUID, now: datetime) -> Incident:
    """Say anew what the incident reaches; reports that were made stay as they are. Raises ReachesEverything."""
    reach.check()
    with _locked(incident) as held:
        before, held.reach = held.reach, reach.as_data()
        held.save(using=ALIAS, update_fields=["reach"])
        timeline.add(held, Kind.REACHED, by=by, now=now, data={"before": before, "after": held.reach})
        return held


def move(*, incident: Incident, to: State, by: UUID, now: datetime, words: str = "") -> Incident:
    """Move an incident on. Raises WrongMove, WordsMissing, StillSending."""
    with _locked(incident) as held:
        before = State(held.state)
        if to not in MOVES[before]:
            raise WrongMove
        if State.CLOSED in {to, before} and not words.strip():
            raise WordsMissing
        if to == State.CLOSED and _runs(held).filter(state__in=BEING_SENT).exists():
            raise StillSending
        held.state, held.closed_at = to, now if to == State.CLOSED else None
        if before == State.CLOSED:
            _lock(held.technique)
            held.technique = ""  # a later tripwire may have an open incident of its own by now
        held.save(using=ALIAS, update_fields=["state", "closed_at", "technique"])
        kind = Kind.REOPENED if before == State.CLOSED else Kind.MOVED
        timeline.add(held, kind, by=by, now=now, data={"before": before, "after": to}, words=words)
        return held


def note(*, incident: Incident, words: str, by: UUID, now: datetime) -> IncidentEvent:
    """Write a note into the timeline."""
    with _locked(incident) as held:
        return timeline.add(held, Kind.NOTED, by=by, now=now, words=words)


def report(*, incident: Incident, by: UUID, now: datetime) -> Incident:
    """Note that the regulator was told: its deadline is met, or was missed, at this moment."""
    with _locked(incident) as held:
        if held.reported_at is None:
            held.reported_at = now
            held.save(using=ALIAS, update_fields=["reported_at"])
            timeline.add(held, Kind.REPORTED, by=by, now=now)
        return held


def _open(
    title: str,
    reach: Reach,
    cause: Cause,
    technique: str,
    *,
    by: UUID | None,
    now: datetime,
    aware_at: datetime,
    source: str = "",
) -> Incident:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_NUMBERING])
    last = Incident.objects.using(ALIAS).aggregate(last=Max("number"))["last"] or 0
    made = Incident(
        number=last + 1,
        cause=cause,
        technique=technique,
        reach=reach.as_data(),
        opened_at=now,
        opened_by=by,
        aware_at=aware_at,
    )
    made.words = title
    made.save(using=ALIAS, force_insert=True)
    data = {"technique": technique, "source": source, "reach": made.reach}
    timeline.add(made, Kind.OPENED, by=by, now=now, data=data)
    return made


def _lock(technique: str) -> None:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 41))", [technique])


def _runs(incident: Incident) -> QuerySet[NoticeRun]:
    return NoticeRun.objects.using(ALIAS).filter(incident_id=incident.pk)


@contextmanager
def _locked(incident: Incident) -> Iterator[Incident]:
    with transaction.atomic(using=ALIAS):
        yield Incident.objects.using(ALIAS).select_for_update().get(pk=incident.pk)
