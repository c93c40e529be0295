"""How often one address may look up items. Serial numbers can be counted by anyone: reading them all must take ages.

All limits of tracking stand here.
"""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from security import limits
from security.limits import Limit, Verdict, wait_words

__all__ = ["LOOKUPS", "SEARCH_SIZE", "Verdict", "take", "wait_words"]

SEARCH_SIZE = 40  # item numbers in one search
LOOKUPS = Limit(name="tracking", items=120, seconds=60)


def take(request: HttpRequest, *, now: datetime, items: int = 1) -> Verdict:
    """Count items that the request's source looks up; call it before anything is read."""
    return limits.take(request, now=now, items=items, limit=LOOKUPS)
