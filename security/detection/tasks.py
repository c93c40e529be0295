"""What the security worker does for detection. Arguments are ids, keyed hashes and numbers."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from security.detection import decoys, judging, notices
from security.detection.counting import Crossed
from security.detection.signal import Signal
from security.tasks import ScopedTask


@shared_task(base=ScopedTask, name="security.judge")
def judge(*, found: list[dict[str, Any]], asked: list[dict[str, Any]]) -> None:
    """Look at what the edge could not judge. A batch that comes twice counts twice, and no harm is done."""
    crossed = [Crossed(_signal(one["signal"]), one["rule"], one["number"], one["limit"]) for one in found]
    outcome = judging.judge(crossed=crossed, asked=[_signal(one) for one in asked])
    if outcome.suspended:
        tell_holders.apply_async()


@shared_task(base=ScopedTask, name="security.tell_holders")
def tell_holders() -> None:
    """Write to everybody who was suspended and does not know it yet, and finish what their tripwires began."""
    notices.after_suspensions(now=timezone.now())


@shared_task(base=ScopedTask, name="security.watch_decoys")
def watch_decoys() -> None:
    """Look whether anybody has read something of a decoy. Safe to run twice."""
    if decoys.watch(now=timezone.now()):
        tell_holders.apply_async()


@shared_task(base=ScopedTask, name="security.keep_decoys")
def keep_decoys() -> None:
    """Open decoys that are missing, and let those there are go on living."""
    decoys.keep_up(now=timezone.now())
    decoys.live_on(now=timezone.now())


@shared_task(base=ScopedTask, name="security.forget_old_findings")
def forget_old_findings() -> None:
    judging.forget_old(now=timezone.now())


def _signal(plain: dict[str, Any]) -> Signal:
    listed = {name: tuple(value) for name, value in plain.items() if isinstance(value, list)}
    return Signal(**{**plain, **listed})
