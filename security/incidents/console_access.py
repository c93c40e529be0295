"""Fetching incidents and what belongs to them for staff. Whoever may call the page may see each of them."""

from __future__ import annotations

from uuid import UUID

from security.incidents.models import ALIAS, EvidenceBundle, Exposure, Incident, NoticeRun
from security.refusals import NotFound


def get_incident(number: int) -> Incident:
    """Raises NotFound."""
    found = Incident.objects.using(ALIAS).filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def get_report(incident: Incident, version: int) -> Exposure:
    """Raises NotFound."""
    found = Exposure.objects.using(ALIAS).filter(incident_id=incident.pk, version=version).first()
    if found is None:
        raise NotFound
    return found


def get_bundle(incident: Incident, version: int) -> EvidenceBundle:
    """Raises NotFound."""
    found = EvidenceBundle.objects.using(ALIAS).filter(incident_id=incident.pk, version=version).first()
    if found is None:
        raise NotFound
    return found


def get_file(incident: Incident, version: int) -> EvidenceBundle:
    """Return a bundle whose file is there. Raises NotFound."""
    found = get_bundle(incident, version)
    if found.state != EvidenceBundle.State.READY:
        raise NotFound
    return found


def get_run(incident: Incident, run_id: UUID) -> NoticeRun:
    """Raises NotFound."""
    found = NoticeRun.objects.using(ALIAS).filter(incident_id=incident.pk, pk=run_id).first()
    if found is None:
        raise NotFound
    return found
