"""Changing a threshold takes two of the staff: one proposes, another one approves. Runs as the security role.

The row is written under a warrant that not even the security role has by itself, so an injected statement of a console
page changes nothing; the database asks for two people as well. A return to the default that makes things stricter
is one person's: whoever sees an attack need not wait, and what they return to was reviewed with the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from security import alarms, context, thresholds, tuning
from security.detection.models import ThresholdChange
from security.thresholds import Threshold
from security.warrants import Warrant

ALIAS = "security"
WAITS = timedelta(days=3)  # a proposal that nobody looked at is a decision of nobody
State = ThresholdChange.State


class NotOpen(Exception):
    """The proposal was decided, withdrawn or has expired meanwhile; or another one waits already."""


class SamePerson(Exception):
    """Whoever proposed it does not decide about it."""


class NotStricter(Exception):
    """A return to the default that makes things laxer takes two people."""


@dataclass(frozen=True)
class Standing:
    """A threshold as it stands: what it is now, which change made it so, which one waits."""

    threshold: Threshold
    now: float
    holds: ThresholdChange | None
    waiting: ThresholdChange | None

    @property
    def is_changed(self) -> bool:
        return self.now != self.threshold.default


def propose(*, name: str, value: float, reason: str, by: UUID, now: datetime) -> ThresholdChange:
    """Propose a value, which may be the default.

    Raises OutOfBounds, OutOfOrder (together with what holds now), and NotOpen where another proposal waits.
    """
    made = ThresholdChange(
        name=name, value=value, before=_now_of(name), proposed_by=by, proposed_at=now, expires_at=now + WAITS
    )
    made.reason = reason
    _must_fit(name, value)
    with _warranted():
        waited = ThresholdChange.objects.using(ALIAS).filter(name=name, state=State.PROPOSED, expires_at__lte=now)
        waited.update(state=State.EXPIRED)
        _save_new(made)
    alarms.note(kind="staff.threshold.ask", data=_said(made))
    return made


def approve(*, change_id: UUID, by: UUID, now: datetime) -> ThresholdChange:
    """Let a proposal hold. Raises NotOpen, SamePerson, OutOfBounds and OutOfOrder."""
    with _warranted():
        change = _locked(change_id, by=by, now=now)
        assert change.value is not None, "a proposal names its value"
        _must_fit(change.name, change.value)
        _replace(change.name)
        _decide(change, State.HOLDS, by=by, now=now)
    alarms.note(kind="staff.threshold.approve", data=_said(change))
    tuning.refresh(at_once=True)
    return change


def refuse(*, change_id: UUID, by: UUID, now: datetime) -> ThresholdChange:
    """Raises NotOpen and SamePerson."""
    with _warranted():
        change = _locked(change_id, by=by, now=now)
        _decide(change, State.REFUSED, by=by, now=now)
    alarms.note(kind="staff.threshold.refuse", data=_said(change))
    return change


def withdraw(*, change_id: UUID, by: UUID, now: datetime) -> ThresholdChange:
    """Take one's own proposal back. Raises NotOpen, and SamePerson for somebody else's, who refuses instead."""
    with _warranted():
        change = ThresholdChange.objects.using(ALIAS).select_for_update().get(pk=change_id)
        if not change.waits(now=now):
            raise NotOpen
        if change.proposed_by != by:
            raise SamePerson
        _decide(change, State.WITHDRAWN, by=by, now=now)
    alarms.note(kind="staff.threshold.withdraw", data=_said(change))
    return change


def tighten(*, name: str, reason: str, by: UUID, now: datetime) -> ThresholdChange:
    """Return to the default at once, where that is stricter. Raises OutOfBounds, OutOfOrder and NotStricter."""
    threshold = _of(name)
    before = _now_of(name)
    if not threshold.is_stricter(threshold.default, than=before):
        raise NotStricter
    _must_fit(name, threshold.default)
    made = ThresholdChange(name=name, before=before, proposed_by=by, proposed_at=now, expires_at=now)
    made.reason = reason
    with _warranted():
        _replace(name)
        made.state, made.decided_by, made.decided_at = State.HOLDS, by, now
        _save_new(made)
    alarms.note(kind="staff.threshold.tighten", data=_said(made))
    tuning.refresh(at_once=True)
    return made


# Looking -------------------------------------------------------------------------------------------------------


def standings(*, now: datetime) -> list[Standing]:
    """Return all thresholds in the order of the typed file."""
    open_ones = ThresholdChange.objects.using(ALIAS).filter(state__in=[State.PROPOSED, State.HOLDS])
    holds, waiting = {}, {}
    for change in open_ones:
        if change.state == State.HOLDS:
            holds[change.name] = change
        elif change.waits(now=now):
            waiting[change.name] = change
    return [
        Standing(one, _value(holds.get(one.name), one), holds.get(one.name), waiting.get(one.name))
        for one in thresholds.known().values()
    ]


def standing_of(name: str, *, now: datetime) -> Standing | None:
    """Return one threshold by its name; None where there is none."""
    return next((one for one in standings(now=now) if one.threshold.name == name), None)


def history(name: str) -> list[ThresholdChange]:
    """Return the changes of a threshold, newest first."""
    return list(ThresholdChange.objects.using(ALIAS).filter(name=name).order_by("-proposed_at")[:100])


def count_waiting(*, now: datetime) -> int:
    return ThresholdChange.objects.using(ALIAS).filter(state=State.PROPOSED, expires_at__gt=now).count()


# Pieces --------------------------------------------------------------------------------------------------------


@contextmanager
def _warranted() -> Iterator[None]:
    """Write under the warrant, on the security role's connection, for this block alone."""
    backend = context.backend(using=ALIAS)
    nobody = {"kind": "none", "account_id": None, "user_id": None, "backend": backend, "using": ALIAS}
    with transaction.atomic(using=ALIAS):
        context.apply(**nobody, warrants={Warrant.THRESHOLDS})  # type: ignore[arg-type]
        yield
        context.apply(**nobody)  # type: ignore[arg-type]


def _of(name: str) -> Threshold:
    found = thresholds.known().get(name)
    if found is None:
        raise thresholds.OutOfBounds(name)
    return found


def _value(change: ThresholdChange | None, threshold: Threshold) -> float:
    """Return what a threshold is by the change that holds; the default where the typed file does not allow that."""
    value = change.value if change else None
    return value if value is not None and threshold.allows(value) else threshold.default


def _holding() -> dict[str, float]:
    held = ThresholdChange.objects.using(ALIAS).filter(state=State.HOLDS).exclude(value=None)
    return thresholds.allowed({change.name: change.value for change in held if change.value is not None})


def _now_of(name: str) -> float:
    return _holding().get(name, _of(name).default)


def _must_fit(name: str, value: float) -> None:
    """Raise OutOfBounds and OutOfOrder for a value that may not hold beside what holds."""
    thresholds.with_values({**_holding(), name: value})


def _save_new(made: ThresholdChange) -> None:
    try:
        with transaction.atomic(using=ALIAS):
            made.save(using=ALIAS, force_insert=True)
    except IntegrityError as error:
        raise NotOpen from error


def _locked(change_id: UUID, *, by: UUID, now: datetime) -> ThresholdChange:
    """Return a proposal that waits, for somebody else to decide; whoever comes second finds it decided."""
    change = ThresholdChange.objects.using(ALIAS).select_for_update().get(pk=change_id)
    if not change.waits(now=now):
        raise NotOpen
    if change.proposed_by == by:
        raise SamePerson
    return change


def _replace(name: str) -> None:
    ThresholdChange.objects.using(ALIAS).filter(name=name, state=State.HOLDS).update(state=State.REPLACED)


def _decide(change: ThresholdChange, state: str, *, by: UUID, now: datetime) -> None:
    change.state, change.decided_by, change.decided_at = state, by, now
    change.save(using=ALIAS, update_fields=["state", "decided_by", "decided_at"])


def _said(change: ThresholdChange) -> dict[str, object]:
    """What the trail says of it: numbers and names of ours, not the reason, which may name somebody."""
    return {"change": str(change.pk), "threshold": change.name, "value": change.value, "before": change.before}
