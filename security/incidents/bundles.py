"""Evidence bundles from an incident's page: asked for there, made by the security worker, which holds the seal's key.

A bundle's file lies in the database, in parts, until its days are over; then its digest stays, in its row and in the
timeline. Making one writes nothing but how far it is until it is whole, so a killed worker leaves nothing half done;
another one begins again. Who began later may go on; who is superseded stops at its next step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from time import monotonic
from typing import IO, Any
from uuid import UUID

from django.db import connections, transaction
from django.db.models import Max, Q
from django.utils import translation

from security import alarms, evidence, live, periods, scope
from security.incidents import exposure, report_document, timeline
from security.incidents import reach as reaches
from security.incidents.models import ALIAS, EvidenceBundle, EvidencePart, Incident, IncidentEvent
from security.refusals import Suspended

State, Step = EvidenceBundle.State, EvidenceBundle.Step
PART = 1 << 20  # bytes
MOST_BYTES = 512 << 20  # of a file; what is larger is made by the command, which writes to a disk of the operator's
MOST_ATTEMPTS = 5
QUIET = timedelta(minutes=2)  # without a step, before whoever works on it counts as lost
EVERY_SECONDS = 1.0  # how far it is, is written down
UNDER_WAY = Q(state__in=[State.WAITING, State.MAKING])


class AlreadyAsked(Exception):
    """One of this incident is on its way: `bundle`."""

    def __init__(self, bundle: EvidenceBundle) -> None:
        self.bundle = bundle


class TooLarge(Exception):
    """The file would be larger than is kept here."""


class Superseded(Exception):
    """Somebody else has begun on it since."""


def ask(*, incident: Incident, by: UUID, language: str, now: datetime) -> EvidenceBundle:
    """Ask for a bundle of what the incident reaches up to now; the worker is called when that is committed.

    Raises AlreadyAsked, ReachesEverything.
    """
    from security.incidents import tasks

    reach = reaches.of_data(incident.reach)
    reach.check()
    ended = {**incident.reach, "until": min(reach.until or now, now).isoformat()}
    with transaction.atomic(using=ALIAS):
        Incident.objects.using(ALIAS).select_for_update().get(pk=incident.pk)
        bundles = EvidenceBundle.objects.using(ALIAS).filter(incident_id=incident.pk)
        if (held := bundles.filter(UNDER_WAY).first()) is not None:
            raise AlreadyAsked(held)
        made = bundles.create(
            incident_id=incident.pk,
            version=(bundles.aggregate(last=Max("version"))["last"] or 0) + 1,
            reach=ended,
            language=language,
            asked_at=now,
            asked_by=by,
            touched_at=now,
        )
        transaction.on_commit(lambda: tasks.start_bundle(made.pk), using=ALIAS, robust=True)
    return made


def of(incident: Incident) -> list[EvidenceBundle]:
    """Return an incident's bundles, the newest first."""
    return list(EvidenceBundle.objects.using(ALIAS).filter(incident_id=incident.pk).order_by("-version"))


def make(bundle_id: UUID, *, clock: Callable[[], datetime]) -> None:
    """Make a bundle that waits, or that was let go of. Safe to run twice at once, and to be killed."""
    bundle = _begin(bundle_id, now=clock())
    if bundle is None:
        return
    try:
        _require_asker(bundle)
        with closing(_Progress(bundle, clock)) as progress, TemporaryFile() as file:
            made = _write(bundle, file, progress, now=clock())
            progress.tell(Step.KEEP, 0, 0, at_once=True)
            _keep(bundle, file, made, now=clock())
    except Superseded:
        return
    except evidence.NotSealedYet:
        _mine(bundle).update(state=State.WAITING)  # and once more, after a while
    except (TooLarge, Suspended) as error:
        _give_up(bundle, type(error).__name__, now=clock())


def lost(*, now: datetime) -> list[UUID]:
    """Return the bundles that nobody has worked on for a while; what was tried too often is given up."""
    quiet = EvidenceBundle.objects.using(ALIAS).filter(UNDER_WAY, touched_at__lt=now - QUIET)
    for bundle in quiet.filter(attempts__gte=MOST_ATTEMPTS):
        _give_up(bundle, "TooOften", now=now)
    return list(quiet.values_list("pk", flat=True))


def forget_old(*, now: datetime) -> int:
    """Remove the files whose days are over; return how many bundles that were."""
    old = EvidenceBundle.objects.using(ALIAS).filter(state=State.READY, expires_at__lte=now)
    for bundle in old:
        with transaction.atomic(using=ALIAS):
            EvidencePart.objects.using(ALIAS).filter(bundle_id=bundle.pk).delete()
            EvidenceBundle.objects.using(ALIAS).filter(pk=bundle.pk).update(state=State.GONE)
    return len(old)


def hand_out(bundle: EvidenceBundle, *, incident: Incident) -> Iterator[bytes]:
    """Return the file, piece by piece; that it was taken is noted, and by whom."""
    alarms.note(kind="staff.evidence", data={"incident": incident.number, "version": bundle.version})
    return _parts(bundle)


def _parts(bundle: EvidenceBundle) -> Iterator[bytes]:
    parts = EvidencePart.objects.using(ALIAS).filter(bundle_id=bundle.pk)
    for place in range(-(-bundle.size // PART)):
        yield bytes(parts.values_list("data", flat=True).get(place=place))


def _begin(bundle_id: UUID, *, now: datetime) -> EvidenceBundle | None:
    """Take a bundle on; None where there is nothing to do, or somebody is at it."""
    with transaction.atomic(using=ALIAS):
        waiting = Q(state=State.WAITING) | Q(state=State.MAKING, touched_at__lt=now - QUIET)
        held = EvidenceBundle.objects.using(ALIAS).select_for_update().filter(waiting, pk=bundle_id).first()
        if held is not None:
            held.state, held.step, held.attempts, held.touched_at = State.MAKING, Step.SEAL, held.attempts + 1, now
            held.save(using=ALIAS, update_fields=["state", "step", "attempts", "touched_at"])
        return held


def _require_asker(bundle: EvidenceBundle) -> None:
    """Raise Suspended where whoever asked for it is suspended by now."""
    with scope.identity():
        live.check_maker(bundle.asked_by)


def _write(bundle: EvidenceBundle, file: IO[bytes], progress: _Progress, *, now: datetime) -> evidence.Made:
    def tell(step: str, done: int, total: int) -> None:
        _require_small(file)
        progress.tell(step, done, total)

    incident = Incident.objects.using(ALIAS).get(pk=bundle.incident_id)
    question = exposure.question_of(reaches.of_data(bundle.reach))
    with translation.override(bundle.language):
        drawing = report_document.Drawing(incident, now=now)
        made = evidence.make(question, file, now=now, drawing=drawing, tell=tell)
    _require_small(file)
    return made


def _require_small(file: IO[bytes]) -> None:
    if file.tell() > MOST_BYTES:
        raise TooLarge


def _keep(bundle: EvidenceBundle, file: IO[bytes], made: evidence.Made, *, now: datetime) -> None:
    """Put the whole file away, note its digest in the timeline, and say that it is ready. Raises Superseded."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    with transaction.atomic(using=ALIAS):
        held = _mine(bundle).select_for_update().first()
        if held is None:
            raise Superseded
        for place, data in enumerate(iter(lambda: file.read(PART), b"")):
            digest.update(data)
            size += len(data)
            EvidencePart.objects.using(ALIAS).create(bundle_id=bundle.pk, place=place, data=data)
        held.state, held.finished_at, held.touched_at = State.READY, now, now
        held.expires_at = now + periods.EVIDENCE.length()
        held.size, held.digest = size, digest.hexdigest()
        held.counts = {"entries": made.rows, "batches": made.batches, **made.summary.as_json()}
        held.save(using=ALIAS)
        _tell(held, now=now)


def _give_up(bundle: EvidenceBundle, error: str, *, now: datetime) -> None:
    ended = {"state": State.FAILED, "error": error, "finished_at": now}
    EvidenceBundle.objects.using(ALIAS).filter(UNDER_WAY, pk=bundle.pk, attempts=bundle.attempts).update(**ended)


def _tell(bundle: EvidenceBundle, *, now: datetime) -> None:
    incident = Incident.objects.using(ALIAS).get(pk=bundle.incident_id)
    data = {"version": bundle.version, "digest": bundle.digest, "entries": bundle.counts["entries"]}
    timeline.add(incident, IncidentEvent.Kind.EVIDENCE, by=bundle.asked_by, now=now, data=data)


def _mine(bundle: EvidenceBundle) -> Any:
    """Narrow the bundles down to this one, as long as nobody began on it after us."""
    return EvidenceBundle.objects.using(ALIAS).filter(pk=bundle.pk, state=State.MAKING, attempts=bundle.attempts)


class _Progress:
    """Writes down how far it is on a connection of its own: the bundle's own one sees one moment from end to end."""

    def __init__(self, bundle: EvidenceBundle, clock: Callable[[], datetime]) -> None:
        self._connection = connections.create_connection(ALIAS)
        self._clock = clock
        self._named: list[Any] = [str(bundle.pk), bundle.attempts]
        self._step, self._at = "", 0.0

    def tell(self, step: str, done: int, total: int, *, at_once: bool = False) -> None:
        """Raises Superseded where another one has begun on it."""
        if not at_once and step == self._step and monotonic() - self._at < EVERY_SECONDS:
            return
        self._step, self._at = step, monotonic()
        with self._connection.cursor() as cursor:
            cursor.execute(_STEP, [step, done, total, self._clock(), *self._named])
            if not cursor.rowcount:
                raise Superseded

    def close(self) -> None:
        self._connection.close()


_STEP = f"""
    UPDATE {EvidenceBundle._meta.db_table} SET step = %s, done = %s, total = %s, touched_at = %s
    WHERE id = %s AND attempts = %s AND state = 'making'
"""  # noqa: S608  (the name is ours)
