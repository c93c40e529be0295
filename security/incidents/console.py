"""What incidents bring into the staff console: their pages, and a panel for those that run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from security.console import registry
from security.console.registry import Entry, Group, Panel
from security.permissions import Permission


def register() -> None:
    registry.add_addresses("incidents/", "security.incidents.console_urls")
    registry.add_entry(Entry(_("Incidents"), "incidents:incidents", Permission.STAFF_WATCH, Group.WATCH, order=30))
    registry.add_panel(
        Panel("incidents", Permission.STAFF_WATCH, "security/incidents/console/panel.html", running, order=5)
    )


def running(now: datetime) -> dict[str, Any]:
    """Return the open incidents with what is to be done by when."""
    from security.incidents import deadlines
    from security.incidents.models import ALIAS, Incident, State

    found = Incident.objects.using(ALIAS).exclude(state=State.CLOSED).order_by("-number")[:20]
    return {"incidents": [{"incident": one, "deadlines": due} for one, due in deadlines.of_each(found, now=now)]}
