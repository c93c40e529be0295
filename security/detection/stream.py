"""The event stream: a bounded queue in each process, sent on in batches by a thread of its own.

A request only appends to the queue; nobody waits for Redis. A batch is counted in one round trip; what crossed a
threshold, and ids that nobody here can judge, go to the security worker as one task. Where Redis is away the newest
signals are kept until it is back.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any

from kombu.exceptions import OperationalError
from redis import RedisError

from security.detection import counting
from security.detection.signal import Signal
from security.limits import ASK_AGAIN_SECONDS, Outage
from security.thresholds import DEFAULTS

logger = logging.getLogger(__name__)
TRIPPED = "tripped"


class Nobodys:
    """Bounds what is looked up for those who are nobody: only their source can be held, which counts by itself.

    Else whoever sends the same id a thousand times, without a key, would keep the security worker from those who are
    somebody. One look of a source in `EVERY` seconds and process says as much.
    """

    EVERY, MOST_SOURCES = 10.0, 1_000

    def __init__(self) -> None:
        self._last: OrderedDict[str, float] = OrderedDict()

    def lets(self, signal: Signal) -> bool:
        if signal.actor:
            return True
        if 0 <= signal.at - self._last.get(signal.source, -self.EVERY) < self.EVERY:
            return False
        self._last[signal.source] = signal.at
        self._last.move_to_end(signal.source)
        if len(self._last) > self.MOST_SOURCES:
            self._last.popitem(last=False)
        return True


class Stream:
    """One process's queue. Tests and the simulator call `flush` themselves and start no thread."""

    def __init__(self) -> None:
        self.is_background = True
        self._begin()

    def _begin(self) -> None:
        self._signals: deque[Signal] = deque(maxlen=DEFAULTS.stream.kept)
        self._told: deque[tuple[str, dict[str, Any]]] = deque(maxlen=DEFAULTS.stream.kept)
        self._awake = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self.outage = Outage()
        self._nobodys = Nobodys()

    def forget(self) -> None:
        """Begin anew, as a forked process does and a test."""
        self._begin()

    def put(self, signal: Signal) -> None:
        """Take a signal; costs what appending to a list costs."""
        self._signals.append(signal)
        self._wake()

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        """Send the security worker a word that is no signal."""
        self._told.append((kind, data))
        self._wake()

    @property
    def is_away_long(self) -> bool:
        """Whether nothing could be counted for so long that personal data should not be read on."""
        return self.outage.is_long

    def flush(self) -> int:
        """Count everything that waits; return how many signals. Raises RedisError, and keeps what is left."""
        done = 0
        while self._signals or self._told:
            batch = [self._signals.popleft() for _ in range(min(len(self._signals), DEFAULTS.stream.batch))]
            told = [self._told.popleft() for _ in range(len(self._told))]
            try:
                crossed = self.outage.watch(lambda batch=batch: counting.count(batch))  # type: ignore[misc]
                looks = [one for one in batch if one.needs_a_look and self._nobodys.lets(one)]
                _hand_over(looks, crossed, told)
            except (RedisError, OperationalError) as error:
                self._signals.extendleft(reversed(batch))
                self._told.extendleft(reversed(told))
                raise RedisError from error
            done += len(batch)
        return done

    def _wake(self) -> None:
        if not self.is_background:
            return
        if self._thread is None:
            self._start()
        self._awake.set()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="detection", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            self._awake.wait()
            sleep(DEFAULTS.stream.wait_ms / 1000)
            self._awake.clear()
            try:
                self.flush()
            except RedisError:
                sleep(ASK_AGAIN_SECONDS)
                self._awake.set()
            except Exception as error:  # noqa: BLE001 - the thread must outlive whatever one batch does to it
                logger.error("signals were lost", extra={"error": type(error).__name__})


def _hand_over(looks: list[Signal], crossed: list[counting.Crossed], told: list[tuple[str, dict[str, Any]]]) -> None:
    from security.detection import tasks

    found = [
        {"signal": one.signal.plain(), "rule": one.rule, "number": one.number, "limit": one.limit} for one in crossed
    ]
    asked = [signal.plain() for signal in looks]
    if found or asked:
        tasks.judge.apply_async(kwargs={"found": found, "asked": asked})
    if told:
        tasks.tell_holders.apply_async()


STREAM = Stream()
os.register_at_fork(after_in_child=STREAM.forget)


@contextmanager
def by_hand() -> Iterator[Stream]:
    """Flush by hand within a block: for tests and the simulator."""
    before, STREAM.is_background = STREAM.is_background, False
    STREAM.forget()
    try:
        yield STREAM
    finally:
        STREAM.forget()
        STREAM.is_background = before
