"""The timeline of an incident: lines are added, in the transaction of what they tell, and never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from security.chain import tables
from security.incidents.models import ALIAS, Incident, IncidentEvent

# The column belongs to the chain: the database fills it, and Django knows nothing of it.
_PLACE = models.Func(template="pos", output_field=models.BigIntegerField())

# Sealed with the trail: who did what in an incident cannot be told otherwise afterwards.
tables.chain(
    tables.ChainedTable(
        IncidentEvent._meta.db_table, 4, ("id", "at", "incident_id", "by", "kind", "data", "wrapped_words")
    )
)


def add(
    incident: Incident,
    kind: str,
    *,
    by: UUID | None,
    now: datetime,
    data: dict[str, Any] | None = None,
    words: str = "",
) -> IncidentEvent:
    """Add a line: `data` are facts without a person, `words` what somebody wrote."""
    event = IncidentEvent(incident_id=incident.pk, at=now, by=by, kind=kind, data=data or {})
    event.words = words
    event.save(using=ALIAS, force_insert=True)
    return event


def of(incident: Incident) -> list[IncidentEvent]:
    """Return the timeline, the oldest line first: in the order in which the lines were written."""
    return list(IncidentEvent.objects.using(ALIAS).filter(incident_id=incident.pk).order_by(_PLACE))
