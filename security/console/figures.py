"""What the dashboard counts, hour by hour over the last day. Figures of the whole site, of nobody in particular."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import connections
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DATABASE = "security"
HOURS = 24
KEPT_SECONDS = 20  # several dashboards ask the database once
_COUNT = "SELECT date_trunc('hour', at), count(*) FROM {table} WHERE at >= %s AND {condition} GROUP BY 1"


@dataclass(frozen=True)
class Series:
    """One row of bars: its name in the page, its label, and its counts, the oldest hour first."""

    name: str
    label: Promise
    counts: list[int]


# Name, label, and what is counted where; all names and conditions are ours.
COUNTED: list[tuple[str, Promise, str, str]] = [
    ("acts", _("Acts on personal data"), "security_accessentry", "true"),
    ("misses", _("Refused requests"), "security_securityevent", "kind = 'refused'"),
    ("findings", _("Findings of detection"), "watch.finding", "true"),
    ("suspensions", _("Suspensions"), "watch.suspension", "true"),
    ("cases", _("Cases opened"), "(SELECT opened_at AS at FROM security_case) AS cases", "true"),
]


def hours(*, now: datetime) -> list[datetime]:
    last = now.replace(minute=0, second=0, microsecond=0)
    return [last - timedelta(hours=ago) for ago in reversed(range(HOURS))]


def series(*, now: datetime) -> list[Series]:
    """Return every series over the last day."""
    listed = hours(now=now)
    key = f"console-figures:{listed[-1].isoformat()}"
    found: dict[str, list[int]] | None = cache.get(key)
    if found is None:
        found = _counts(listed)
        cache.set(key, found, timeout=KEPT_SECONDS)
    return [Series(name, label, found[name]) for name, label, _table, _condition in COUNTED]


def labels(*, now: datetime) -> list[str]:
    return [timezone.localtime(hour).strftime("%H:%M") for hour in hours(now=now)]


def _counts(listed: list[datetime]) -> dict[str, list[int]]:
    counts = {}
    with connections[DATABASE].cursor() as cursor:
        for name, _label, table, condition in COUNTED:
            cursor.execute(_COUNT.format(table=table, condition=condition), [listed[0]])
            found = dict(cursor.fetchall())
            counts[name] = [found.get(hour, 0) for hour in listed]
    return counts
