"""The thresholds that hold now: those of the typed file, but for what two members of staff have changed.

Each process keeps them and asks the database again every few seconds, when a request or a task begins: so a change
holds everywhere within seconds, and reading one costs nothing. What the database says is believed only within the
bounds of the typed file; anything else counts as the default, and is logged.
"""

from __future__ import annotations

import logging
import threading
from time import monotonic

from django.db import DatabaseError, connection

from security import thresholds
from security.thresholds import DEFAULTS, Thresholds

log = logging.getLogger(__name__)
HELD_SECONDS = 5.0


class _Held:
    """What this process knows, and until when it does not ask again (in seconds of the monotonic clock)."""

    def __init__(self) -> None:
        self.thresholds = DEFAULTS
        self.until = 0.0
        self.asking = threading.Lock()


_held = _Held()


def current() -> Thresholds:
    """Return the thresholds that hold, without asking anybody."""
    return _held.thresholds


def refresh(*, at_once: bool = False) -> None:
    """Ask the database where that was some seconds ago; one thread does, and nobody waits for it.

    Called outside of transactions. Where the database does not answer, what held before goes on to hold.
    """
    if (monotonic() < _held.until and not at_once) or not _held.asking.acquire(blocking=False):
        return
    try:
        _held.until = max(_held.until, monotonic() + HELD_SECONDS)
        _held.thresholds = thresholds.with_values(_believed(_changed()))
    except DatabaseError as error:
        log.warning("thresholds were not read", extra={"indicator": type(error).__name__})
    except thresholds.OutOfOrder:
        log.error("thresholds in the database are out of order")
    finally:
        _held.asking.release()


def _believed(changed: dict[str, float]) -> dict[str, float]:
    believed = thresholds.allowed(changed)
    if len(believed) < len(changed):
        log.error("thresholds in the database are not believed", extra={"left": len(changed) - len(believed)})
    return believed


def _changed() -> dict[str, float]:
    """Return the values that staff have set, by name; the runtime role may ask for these, and for nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, value FROM walls.thresholds()")
        return dict(cursor.fetchall())
