"""Until when the regulator and the holders are to be told: settings, counted from when we knew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from security.incidents.models import ALIAS, Incident, NoticeRun, State


@dataclass(frozen=True)
class Deadline:
    """One thing to be done by a moment; `met_at` is when it was done, None while it is not."""

    label: Promise
    due_at: datetime
    met_at: datetime | None
    now: datetime

    @property
    def is_late(self) -> bool:
        return (self.met_at or self.now) > self.due_at

    @property
    def hours_left(self) -> int:
        """Whole hours left, or, when it is late, since then."""
        return int(abs((self.due_at - (self.met_at or self.now)).total_seconds()) // 3600)


def of(incident: Incident, *, now: datetime) -> list[Deadline]:
    """Return what an incident asks for by when; nothing for one that was closed without notices or a report."""
    ((_incident, found),) = of_each([incident], now=now)
    return found


def of_each(incidents: Iterable[Incident], *, now: datetime) -> list[tuple[Incident, list[Deadline]]]:
    """Return the same for many, and ask once."""
    listed = list(incidents)
    runs = NoticeRun.objects.using(ALIAS).filter(incident_id__in=[one.pk for one in listed])
    told = dict(runs.values_list("incident_id").annotate(first=Min("approved_at")).values_list("incident_id", "first"))
    return [(one, _deadlines(one, told.get(one.pk), now=now)) for one in listed]


def _deadlines(incident: Incident, told_at: datetime | None, *, now: datetime) -> list[Deadline]:
    found = [
        Deadline(_("Tell the regulator"), _due(incident, settings.INCIDENT_REGULATOR_HOURS), incident.reported_at, now),
        Deadline(_("Tell the holders"), _due(incident, settings.INCIDENT_HOLDER_HOURS), told_at, now),
    ]
    is_over = incident.state == State.CLOSED
    return [deadline for deadline in found if deadline.met_at or not is_over]


def _due(incident: Incident, hours: int) -> datetime:
    return incident.aware_at + timedelta(hours=hours)
