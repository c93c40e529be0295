"""From findings to scores, and from scores up the ladder. Runs in the security worker, as the security role.

A score decays over days and survives a suspension: the next technique starts where the last one ended. It is kept by
actor, account, source, browser, cohort and endpoint; the ladder looks at the actor and at part of the account, so that
a new member or key of a bad account does not begin at nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction
from django.db.models import Count

from security import alarms, limits, periods, suspension, tuning
from security.detection import examining, freeze, tripwires
from security.detection.counting import Crossed
from security.detection.models import Cause, Finding, Freeze, Score, StrangeId, Subject
from security.detection.signal import Signal, uuid_or_none
from security.models import LiveState
from security.thresholds import Rung

log = logging.getLogger(__name__)
ALIAS = "security"
OF_SOURCES = frozenset(
    {"crowd", "spraying", "guessing"}
)  # what says something of where requests come from, not of one actor
HARD = frozenset({Cause.EGRESS, Cause.WRONG_KEY, Cause.FORGED_CONTEXT, Cause.DECOY})  # a wall was passed or pierced
_ADD = """
    INSERT INTO watch.score AS s (id, kind, subject, points, at, step, offences)
    VALUES (gen_random_uuid(), %(kind)s, %(subject)s, %(points)s, %(at)s, 0, 0)
    ON CONFLICT (kind, subject) DO UPDATE SET at = greatest(s.at, EXCLUDED.at), points = EXCLUDED.points + s.points *
        power(0.5, greatest(0, extract(epoch FROM EXCLUDED.at - s.at))::float8 / %(half_life)s)
    RETURNING points
"""
# Never down, never over a suspension; a demand to show who one is counts from its first moment, or from a new offence.
_SLOW = """
    INSERT INTO security_livestate AS s (actor_id, epoch, state, until, changed_at)
    VALUES (%(actor)s, 1, %(state)s, %(until)s, %(now)s)
    ON CONFLICT (actor_id) DO UPDATE SET state = EXCLUDED.state, until = EXCLUDED.until, changed_at =
        CASE WHEN s.state = EXCLUDED.state AND s.until > %(now)s AND NOT %(anew)s THEN s.changed_at ELSE %(now)s END
    WHERE NOT (s.state = 'suspended' AND (s.until IS NULL OR s.until > %(now)s))
        AND NOT (s.state = 'step_up' AND EXCLUDED.state = 'throttled' AND s.until > %(now)s)
"""


@dataclass(frozen=True)
class Outcome:
    """What a batch led to, for logs, tests and the simulator."""

    findings: int = 0
    throttled: int = 0
    stepped_up: int = 0
    cases: int = 0
    suspended: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def judge(*, crossed: Sequence[Crossed], asked: Sequence[Signal]) -> Outcome:
    """Write down what a batch shows, add it up, and act on it."""
    outcome = Outcome()
    for one in crossed:
        data = {"number": one.number, "limit": one.limit}
        outcome += found(one.rule, one.signal, points=getattr(tuning.current().points, one.rule), data=data)
    guessed: dict[str, Signal] = {}  # the last signal with an id that is no tripwire, by endpoint
    for looked in examining.look(asked):
        outcome += _strange(looked)
        if looked.what != examining.ELSEWHERE and looked.signal.account:
            guessed[looked.signal.endpoint] = looked.signal
    for signal in guessed.values():
        outcome += _collective(signal, moment(signal))
    return outcome


def _strange(looked: examining.Looked) -> Outcome:
    """An id that was asked for and is not theirs: a tripwire, or points; and a look for others who asked for it too."""
    signal, at = looked.signal, moment(looked.signal)
    since = at - timedelta(days=tuning.current().judging.strange_days)
    others = _others_asked(looked, since)
    is_new = not StrangeId.objects.using(ALIAS).filter(named=looked.id, actor=signal.actor, at__gt=since).exists()
    today = StrangeId.objects.using(ALIAS).filter(actor=signal.actor, at__gt=at - timedelta(days=1)).count()
    StrangeId.objects.using(ALIAS).create(
        named=looked.id, account_id=uuid_or_none(signal.account), actor=signal.actor, at=at
    )
    data = {"id": looked.id}
    if looked.what == examining.ELSEWHERE:
        return tripped(Cause.ELSEWHERE, signal, data=data)
    if looked.what == examining.FRAMED:
        outcome = found("framed", signal, points=tuning.current().points.framed if is_new else 0, data=data)
    else:
        free = today < tuning.current().points.unknown_free or not is_new
        outcome = found("unknown", signal, points=0 if free else tuning.current().points.unknown, data=data)
    if others and is_new:
        outcome += found("shared_id", signal, points=tuning.current().points.shared_id, data=data)
    return outcome


def _others_asked(looked: examining.Looked, since: datetime) -> bool:
    """Tell whether another account has asked for the same id; nobody's requests say nothing."""
    if not looked.signal.account:
        return False
    same = StrangeId.objects.using(ALIAS).filter(named=looked.id, at__gt=since).exclude(account_id=None)
    return same.exclude(account_id=looked.signal.account).exists()


def _collective(signal: Signal, at: datetime) -> Outcome:
    """Many accounts, each with a few strange ids at one endpoint: together they are an attack."""
    judging = tuning.current().judging
    since = at - timedelta(hours=judging.collective_hours)
    here = Finding.objects.using(ALIAS).filter(
        endpoint=signal.endpoint, at__gt=since, at__lte=at, rule__in=["unknown", "framed"]
    )
    grouped = here.exclude(account_id=None).values("account_id").annotate(ids=Count("id"))
    at_it = [row["account_id"] for row in grouped if row["ids"] >= judging.collective_ids]
    if len(at_it) < judging.collective_accounts:
        return Outcome()
    told = Finding.objects.using(ALIAS).filter(rule="collective", endpoint=signal.endpoint, at__gt=since)
    already = set(told.values_list("account_id", flat=True))
    outcome = Outcome()
    for account_id in at_it:
        if account_id not in already:
            last = here.filter(account_id=account_id).order_by("-at").first()
            assert last is not None
            outcome += found(
                "collective",
                replace(_of_finding(last), at=signal.at),
                points=tuning.current().points.collective,
                data={"accounts": len(at_it)},
            )
    _freeze(signal, cause="collective", size=_cohort(signal))
    return outcome


def found(rule: str, signal: Signal, *, points: float, data: dict[str, Any]) -> Outcome:
    """Write one finding, add its points to whoever it is about, and take the next step of the ladder."""
    at = moment(signal)
    with transaction.atomic(using=ALIAS):
        _write(rule, signal, points=points, data=data, at=at)
        if not points:
            return Outcome(findings=1)
        if rule in OF_SOURCES or not signal.actor:
            total = _add(Subject.SOURCE, signal.source, points, at)
            _add(Subject.ENDPOINT, signal.endpoint, points, at)
            return Outcome(findings=1, throttled=_slow_source(signal.source, total, at, endpoint=signal.endpoint))
        account = _add(Subject.ACCOUNT, signal.account, points, at)
        actor = _add(Subject.ACTOR, signal.actor, points, at)
        for kind, subject, share in (
            (Subject.SOURCE, signal.source, 0.25),
            (Subject.DEVICE, signal.device, 0.5),
            (Subject.COHORT, "young" if signal.is_young else "settled", 1),
            (Subject.ENDPOINT, signal.endpoint, 1),
        ):
            _add(kind, subject, points * share, at)
        total = actor + tuning.current().judging.account_share * max(account - actor, 0)
        return Outcome(findings=1) + _climb(signal, total, at)


def tripped(cause: Cause, signal: Signal, *, data: dict[str, Any]) -> Outcome:
    """Suspend whoever is behind a signal that is certain; nobody can be suspended who is nobody."""
    at = moment(signal)
    if not signal.actor:
        return found(cause.value, signal, points=tuning.current().points.suspended_before, data=data)
    outcome = _suspend(signal, cause, tripwires.rung_of(cause), at)
    finish(cause, signal, data=data)
    return replace(outcome, findings=1)


def finish(cause: Cause, signal: Signal, *, data: dict[str, Any] | None = None) -> None:
    """Write the finding of a tripwire, the scores it leaves behind, and freeze what has to be frozen."""
    at = moment(signal)
    with transaction.atomic(using=ALIAS):
        _write(cause.value, signal, points=tuning.current().points.suspended_before, data=data or {}, at=at)
        _remember(signal, at)
    freeze_for(cause, signal)


def moment(signal: Signal) -> datetime:
    return datetime.fromtimestamp(signal.at, UTC)


# Scores ------------------------------------------------------------------------------------------------------


def half_life(kind: str) -> timedelta:
    judging = tuning.current().judging
    days = {
        Subject.ACTOR: judging.actor_half_life_days,
        Subject.ACCOUNT: judging.account_half_life_days,
        Subject.ENDPOINT: judging.endpoint_half_life_days,
    }
    return timedelta(days=days.get(Subject(kind), judging.source_half_life_days))


def points_now(score: Score, *, now: datetime) -> float:
    """Return what is left of a score."""
    age = max((now - score.at).total_seconds(), 0)
    return float(score.points * 0.5 ** (age / half_life(score.kind).total_seconds()))


def _add(kind: str, subject: str, points: float, at: datetime) -> float:
    if not subject:
        return 0.0
    values: dict[str, Any] = {"kind": kind, "subject": subject[:64], "points": points, "at": at}
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_ADD, {**values, "half_life": half_life(kind).total_seconds()})
        row = cursor.fetchone()
    assert row is not None
    return float(row[0])


def _remember(signal: Signal, at: datetime) -> None:
    points = tuning.current().points.suspended_before
    for kind, subject in (
        (Subject.ACTOR, signal.actor),
        (Subject.ACCOUNT, signal.account),
        (Subject.SOURCE, signal.source),
        (Subject.DEVICE, signal.device),
        (Subject.COHORT, "young" if signal.is_young else "settled"),
        (Subject.ENDPOINT, signal.endpoint),
    ):
        _add(kind, subject, points, at)


def _write(rule: str, signal: Signal, *, points: float, data: dict[str, Any], at: datetime) -> Finding:
    return Finding.objects.using(ALIAS).create(
        at=at,
        rule=rule,
        actor=signal.actor,
        person=uuid_or_none(signal.person),
        key=uuid_or_none(signal.key),
        account_id=uuid_or_none(signal.account),
        source=signal.source,
        device=signal.device,
        is_young=signal.is_young,
        endpoint=signal.endpoint[:64],
        request_id=signal.request_id,
        points=points,
        data=data,
    )


def _of_finding(finding: Finding) -> Signal:
    return Signal(
        at=finding.at.timestamp(),
        request_id=finding.request_id,
        endpoint=finding.endpoint,
        actor=finding.actor,
        person=str(finding.person or ""),
        key=str(finding.key or ""),
        account=str(finding.account_id or ""),
        source=finding.source,
        device=finding.device,
        is_young=finding.is_young,
    )


# The ladder --------------------------------------------------------------------------------------------------


def _climb(signal: Signal, total: float, at: datetime) -> Outcome:
    ladder = tuning.current().ladder
    if total >= ladder.case:
        return _offend(signal, at)
    if total >= ladder.step_up:
        return Outcome(stepped_up=_slow(signal, LiveState.State.STEP_UP, at, timedelta(hours=ladder.step_up_hours)))
    if total >= ladder.throttle:
        return Outcome(
            throttled=_slow(signal, LiveState.State.THROTTLED, at, timedelta(minutes=ladder.throttle_minutes))
        )
    return Outcome()


def _offend(signal: Signal, at: datetime) -> Outcome:
    """Open a case; whoever comes here again and again, not in one burst, is suspended."""
    ladder = tuning.current().ladder
    score = Score.objects.using(ALIAS).select_for_update().get(kind=Subject.ACTOR, subject=signal.actor)
    if score.offended_at is not None and at - score.offended_at < timedelta(minutes=ladder.offence_minutes):
        return Outcome(stepped_up=_slow(signal, LiveState.State.STEP_UP, at, timedelta(hours=ladder.step_up_hours)))
    recent = score.offended_at is not None and at - score.offended_at < timedelta(days=ladder.memory_days)
    score.offences = score.offences + 1 if recent else 1
    score.offended_at = at
    score.save(using=ALIAS, update_fields=["offences", "offended_at"])
    _event("case", signal, {"offences": score.offences})
    if score.offences >= ladder.offences:
        return replace(_suspend(signal, Cause.SCORE, Rung.MINUTES, at), cases=1)
    _slow(signal, LiveState.State.STEP_UP, at, timedelta(hours=ladder.step_up_hours), anew=True)
    return Outcome(cases=1, stepped_up=1)


def _slow(signal: Signal, state: str, at: datetime, how_long: timedelta, *, anew: bool = False) -> int:
    """Slow an actor down or ask who they are; 1 where that is new."""
    actor = signal.key or signal.person
    held = LiveState.objects.using(ALIAS).filter(actor_id=actor, state=state, until__gt=at).exists()
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_SLOW, {"actor": actor, "state": state, "until": at + how_long, "now": at, "anew": anew})
        changed = cursor.rowcount > 0
    if changed and not held:
        _event(state, signal, {})
    return int(changed and not held)


def _slow_source(source: str, total: float, at: datetime, *, endpoint: str) -> int:
    """Whoever comes from there and shows neither key nor session waits."""
    if not source or total < tuning.current().ladder.throttle:
        return 0
    limits.exhaust(limits.SOURCE, source, seconds=tuning.current().ladder.throttle_minutes * 60, now=at)
    alarms.note(kind="source_held", wall="detection", data={"source": source}, endpoint=endpoint, actor="")
    return 1


def _suspend(signal: Signal, cause: Cause, first: Rung, at: datetime) -> Outcome:
    with transaction.atomic(using=ALIAS):
        made = suspension.suspend(
            cause=cause,
            person=uuid_or_none(signal.person),
            key=uuid_or_none(signal.key),
            account_id=uuid_or_none(signal.account),
            first=first,
            request_id=signal.request_id,
            endpoint=signal.endpoint,
            now=at,
            using=ALIAS,
        )
    if made.is_new:
        _event("suspended", signal, {"suspension": str(made.id), "cause": cause.value})
    return Outcome(suspended=int(made.is_new))


def _event(kind: str, signal: Signal, data: dict[str, Any]) -> None:
    """Write what the ladder did into the trail, about the actor rather than about this worker."""
    alarms.note(
        kind=kind,
        wall="detection",
        data=data,
        endpoint=signal.endpoint,
        actor=signal.actor,
        account_id=uuid_or_none(signal.account),
        request_id=signal.request_id,
    )
    log.warning("ladder", extra={"alarm": kind})


# Features ----------------------------------------------------------------------------------------------------


def freeze_for(cause: Cause, signal: Signal) -> None:
    """Freeze a feature in which a wall was passed; and one in which several accounts share a technique.

    The walls held where somebody only asked for what exists elsewhere: then no more than a cohort waits, so that an
    attacker's accounts cannot close a feature for everybody. Owners at their pages go on, single objects go on, and
    young accounts close nothing but for the young.
    """
    since = moment(signal) - timedelta(days=1)
    same = Finding.objects.using(ALIAS).filter(rule=cause.value, endpoint=signal.endpoint, at__gt=since)
    accounts = len(set(same.exclude(account_id=None).values_list("account_id", flat=True)))
    if cause in HARD:
        is_wide = accounts >= tuning.current().judging.technique_actors
        _freeze(signal, cause=cause.value, size=Freeze.Size.ALL if is_wide else _cohort(signal))
    elif accounts >= tuning.current().judging.technique_actors:
        _freeze(signal, cause=cause.value, size=_cohort(signal))


def _cohort(signal: Signal) -> str:
    return Freeze.Size.YOUNG if signal.is_young else Freeze.Size.OTHERS


def _freeze(signal: Signal, *, cause: str, size: str) -> None:
    feature = freeze.feature_of(signal.endpoint)
    if feature is None:
        return
    held = freeze.freeze(feature.name, size=size, cause=cause, now=moment(signal))
    if held.at == moment(signal):
        _event("frozen", signal, {"feature": feature.name, "size": size, "cause": cause})


def forget_old(*, now: datetime) -> None:
    """Delete findings and strange ids past their days, and scores of which nothing is left."""
    Finding.objects.using(ALIAS).filter(at__lt=now - periods.FINDINGS.length()).delete()
    StrangeId.objects.using(ALIAS).filter(at__lt=now - periods.STRANGE_IDS.length()).delete()
    Score.objects.using(ALIAS).filter(at__lt=now - periods.FINDINGS.length()).delete()


def is_possible() -> bool:
    """Tell whether this process holds the security role."""
    return ALIAS in settings.DATABASES


def by(actor: str) -> tuple[UUID | None, UUID | None]:
    """Return person and key of an actor's name."""
    kind, _colon, text = actor.partition(":")
    return (UUID(text), None) if kind == "user" else (None, UUID(text) if kind == "key" else None)
