"""One pass of the sealer after the other: by the scheduled task, or by a process of its own on a large site."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from security import alarms
from security.chain import sealer, sinks
from security.chain.models import SealedBatch

_horizon = sealer.Horizon()  # of this process: what an earlier pass had to wait for
_ALARM_EVERY = timedelta(minutes=10)
_last_alarm: list[datetime] = []


def run_once(*, now: datetime) -> list[int]:
    """Seal all that is settled and give the heads out; return how many rows each new batch has."""
    counts = [batch.count for batch in sealer.seal(_horizon, now=now)]
    sinks.give_out(now=now)
    if not counts:
        _watch(now=now)
    return counts


def run(*, every: float, say: Callable[[str], None], until: Callable[[], bool] = lambda: False) -> None:
    """Seal for ever, or until told otherwise; passes begin `every` so many seconds at the earliest."""
    while not until():
        began = time.monotonic()
        if counts := run_once(now=timezone.now()):
            say(f"{sum(counts)} rows in {len(counts)} batches")
        time.sleep(max(0.0, every - (time.monotonic() - began)))


def _watch(*, now: datetime) -> None:
    """Raise an alarm where rows have waited for long: some transaction has been writing all that time."""
    if sealer.lag(now=now) <= sealer.LATE_SECONDS:
        return
    if not _last_alarm or now - _last_alarm[-1] >= _ALARM_EVERY:
        _last_alarm[:] = [now]
        alarms.raise_alarm("trail_late", table=SealedBatch._meta.db_table)
