"""How often one address may look up items. Serial numbers can be counted by anyone: reading them all must take ages.

All limits of tracking stand here. The counters live in Redis, one for each source and window of time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.http import HttpRequest

from security import scope

SEARCH_SIZE = 40  # item numbers in one search


@dataclass(frozen=True)
class Limit:
    """So many items in so many seconds for one source."""

    name: str
    items: int
    seconds: int


LOOKUPS = Limit(name="tracking", items=120, seconds=60)


@dataclass(frozen=True)
class Verdict:
    limit: Limit
    used: int
    resets_in: int  # seconds

    @property
    def allowed(self) -> bool:
        return self.used <= self.limit.items

    @property
    def headers(self) -> dict[str, str]:
        """The limit as HTTP's RateLimit fields say it, and when to come back."""
        remaining = max(0, self.limit.items - self.used)
        headers = {
            "RateLimit-Policy": f'"{self.limit.name}";q={self.limit.items};w={self.limit.seconds}',
            "RateLimit": f'"{self.limit.name}";r={remaining};t={self.resets_in}',
        }
        if not self.allowed:
            headers["Retry-After"] = str(self.resets_in)
        return headers


def take(request: HttpRequest, *, now: datetime, items: int = 1, limit: Limit = LOOKUPS) -> Verdict:
    """Count items that the request's source looks up; call it before anything is read."""
    window, passed = divmod(int(now.timestamp()), limit.seconds)
    key = f"limit:{limit.name}:{source_of(request)}:{window}"
    used = items if cache.add(key, items, timeout=2 * limit.seconds) else cache.incr(key, items)
    return Verdict(limit=limit, used=used, resets_in=limit.seconds - passed)


def source_of(request: HttpRequest) -> str:
    """Return the address that the scope knows, which trusts only our own proxies."""
    return scope.get().source or str(request.META.get("REMOTE_ADDR", ""))
