"""How long a session still lasts, told before it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from accounts.models import User

WARNED = timedelta(minutes=5)  # before the end


@dataclass(frozen=True)
class Limits:
    """When a session ends without a request, and when in any case."""

    idle_at: datetime
    ends_at: datetime
    now: datetime

    @property
    def idle_seconds(self) -> int:
        return int((self.idle_at - self.now).total_seconds())

    @property
    def left_seconds(self) -> int:
        return int((self.ends_at - self.now).total_seconds())

    @property
    def is_last(self) -> bool:
        """Whether staying would not help any more: the longest time is over first."""
        return self.ends_at <= self.idle_at

    @property
    def is_live(self) -> bool:
        return self.now <= self.idle_at and self.now <= self.ends_at


def limits_of(session: Any, user: User, *, now: datetime) -> Limits:
    """Return the limits of a session. The longest time counts from the sign-in, whatever is done meanwhile."""
    longest = settings.STAFF_SESSION_SECONDS if user.is_staff else settings.SESSION_COOKIE_AGE
    idle = settings.STAFF_SESSION_IDLE_SECONDS if user.is_staff else settings.SESSION_IDLE_SECONDS
    began, seen = (datetime.fromtimestamp(session.get(name, 0), now.tzinfo) for name in ("began", "seen"))
    return Limits(
        idle_at=seen + timedelta(seconds=idle),
        ends_at=began + timedelta(seconds=longest),
        now=now.replace(microsecond=0),
    )
