"""The console's own entries of its navigation, and its own panels of the dashboard."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from redis import RedisError

from security.console import registry
from security.console.registry import Entry, Group, Panel
from security.permissions import Permission as P

ENTRIES = [
    Entry(_("Dashboard"), "console:dashboard", P.STAFF_CONSOLE, Group.WATCH, order=0),
    Entry(_("Suspicious actors"), "console:actors", P.STAFF_WATCH, Group.WATCH, order=2),
    Entry(_("Suspensions"), "console:suspensions", P.STAFF_WATCH, Group.WATCH, order=3),
    Entry(_("Appeals"), "console:appeals", P.STAFF_WATCH, Group.WATCH, order=3),
    Entry(_("Blocked sources"), "console:sources", P.STAFF_WATCH, Group.WATCH, order=4),
    Entry(_("Trail"), "console:audit", P.STAFF_AUDIT, Group.WATCH, order=5),
    Entry(_("Thresholds"), "console:thresholds", P.STAFF_WATCH, Group.WATCH, order=6),
    Entry(_("Health"), "console:health", P.STAFF_HEALTH, Group.WATCH, order=8),
    Entry(_("My cases"), "console:cases", P.STAFF_CASE, Group.ACCOUNTS, order=12),
    Entry(_("All cases"), "console:all-cases", P.STAFF_AUDIT, Group.ACCOUNTS, order=14),
]


def register() -> None:
    for entry in ENTRIES:
        registry.add_entry(entry)
    registry.add_panel(Panel("attention", P.STAFF_WATCH, "security/console/panels/attention.html", attention, order=10))
    registry.add_panel(Panel("day", P.STAFF_WATCH, "security/console/panels/day.html", last_day, order=20))
    registry.add_panel(Panel("queues", P.STAFF_HEALTH, "security/console/panels/queues.html", queues, order=30))


def attention(now: datetime) -> dict[str, Any]:
    """Return how much waits for a decision."""
    from security import suspension
    from security.console import appeals, watch
    from security.console.models import Case
    from security.detection import changes
    from security.detection.models import Suspension

    held = Suspension.objects.using(watch.DATABASE).filter(suspension.running(now=now))
    open_cases = Case.objects.using(watch.DATABASE).filter(ended_at=None, expires_at__gt=now)
    return {
        "suspended": held.count(),
        "asked": held.exclude(release_asked_by=None).count(),
        "appeals": appeals.unanswered().count(),
        "frozen": len(watch.freezes(now=now)),
        "suspicious": len(watch.actors(now=now)),
        "cases": open_cases.count(),
        "thresholds": changes.count_waiting(now=now),
    }


def last_day(now: datetime) -> dict[str, Any]:
    """Return the figures of the last day, as series for the charts and as rows for the table."""
    from security.console import figures

    found = figures.series(now=now)
    rows = list(zip(figures.labels(now=now), *(one.counts for one in found), strict=True))
    return {"series": found, "rows": rows[::-1], "totals": [(one.label, sum(one.counts)) for one in found]}


def queues(now: datetime) -> dict[str, Any]:
    from security.console import health

    try:
        found = health.look(now=now)
    except RedisError:
        return {"is_away": True}
    return {"queues": found, "unwell": [one.queue for one in found if not one.is_well]}
