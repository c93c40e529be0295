"""Whether an account must stay as it is, because of an incident that is under way. For the security worker.

Once an account is erased its owners can be told nothing, and nothing that was read has a name any more. So it waits
while an open incident has it in a report, while nobody knows yet whom an open incident reaches, while one is about
somebody of the account, and while somebody of it, or all of it, is suspended.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from security.incidents.models import ALIAS, ExposedAccount, Exposure, Incident, State
from security.models import LiveState


def is_held(account_id: UUID, actors: Sequence[UUID]) -> bool:
    """Tell whether an account is held. `actors`: the account, its people and its keys."""
    suspended = LiveState.objects.using(ALIAS).filter(actor_id__in=actors, state=LiveState.State.SUSPENDED)
    if suspended.filter(Q(until=None) | Q(until__gt=timezone.now())).exists():
        return True
    incidents = list(Incident.objects.using(ALIAS).exclude(state=State.CLOSED))
    reports = Exposure.objects.using(ALIAS).filter(incident_id__in=[one.pk for one in incidents])
    reported = dict(reports.values_list("pk", "incident_id"))
    ours = {str(actor) for actor in actors}
    if any(one.pk not in reported.values() or _is_about(one, ours) for one in incidents):
        return True
    exposed = ExposedAccount.objects.using(ALIAS).filter(exposure_id__in=list(reported), account_id=account_id)
    return exposed.exists()


def _is_about(incident: Incident, ours: set[str]) -> bool:
    """Tell whether an incident names one of these as who did it: `user:` or `key:` and an id."""
    return any(actor.partition(":")[2] in ours for actor in incident.reach.get("actors", []))
