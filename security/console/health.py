"""Whether the workers do their work: each queue gets a message every minute, and whoever takes it says so in Redis.

So a queue that nobody serves is seen, as is one whose worker lags behind, and a scheduler that has stopped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from redis import Redis

QUEUES = ("interactive", "bulk", "notices", "webhooks", "security")
LATE = timedelta(minutes=3)  # three messages were not answered
KEPT = timedelta(days=2)
PREFIX = "health:"


@dataclass(frozen=True)
class Health:
    """How one queue is: how many jobs wait, and when its worker last answered; None for never."""

    queue: str
    waiting: int
    answered_at: datetime | None
    seconds: float | None  # that the last message took through the queue
    is_well: bool


def answer(queue: str, *, sent_at: datetime, now: datetime) -> None:
    """Note that a queue's worker is there. Called by the job that went through the queue."""
    kept = json.dumps({"at": now.isoformat(), "seconds": max(0.0, (now - sent_at).total_seconds())})
    _redis(settings.REDIS_URL).set(f"{PREFIX}{queue}", kept, ex=int(KEPT.total_seconds()))


def look(*, now: datetime) -> list[Health]:
    """Return the state of every queue. Raises redis.RedisError."""
    with _redis(settings.REDIS_URL).pipeline(transaction=False) as pipe:
        for queue in QUEUES:
            pipe.llen(queue)
            pipe.get(f"{PREFIX}{queue}")
        found = pipe.execute()
    return [_health(queue, found[2 * place], found[2 * place + 1], now=now) for place, queue in enumerate(QUEUES)]


def _health(queue: str, waiting: int, kept: bytes | None, *, now: datetime) -> Health:
    read = json.loads(kept) if kept else {}
    at = datetime.fromisoformat(read["at"]) if read else None
    is_well = at is not None and now - at < LATE
    return Health(queue, int(waiting), at, read.get("seconds"), is_well)


@lru_cache(maxsize=2)
def _redis(address: str) -> Redis:
    return Redis.from_url(address, socket_connect_timeout=2, socket_timeout=2)
