"""What incidents are made of in tests: reads in the access log, an incident around them, a run of notices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections

from security import scope, trail
from security.incidents import exposure, notices, services, texts
from security.incidents.models import (
    ALIAS,
    EvidenceBundle,
    EvidencePart,
    Exposure,
    Incident,
    Notice,
    NoticeRun,
    NoticeText,
    State,
)
from security.incidents.reach import Reach
from security.trail import Action
from tests.conftest import Person

across = pytest.mark.django_db(transaction=True, databases=["default", "trail", "security"])
needs_security_role = pytest.mark.skipif("security" not in connections.databases, reason="no DATABASE_SECURITY_URL")
NOW = datetime(2026, 3, 27, 6, 30, tzinfo=UTC)
ERIC, FAY = uuid4(), uuid4()  # of security staff; nobody looks them up
THIEF = "key:5d0a2b6e-0d4c-4f3e-9a54-1c6f1f0c7f11"


def read(person: Person, ids: Sequence[UUID], *, actor: str = THIEF, kind: str = "contact", **fields: Any) -> None:
    """Let somebody read objects of a person's account, as the access log has it."""
    with scope.account(account_id=person.account.pk, actor=actor):
        trail.record(action=Action.READ, kind=kind, ids=ids, **fields)


def around(*actors: str, **more: Any) -> Reach:
    """A reach from yesterday on."""
    return Reach(since=datetime.now(UTC) - timedelta(days=1), actors=actors or (THIEF,), **more)


def opened(reach: Reach | None = None) -> Incident:
    return services.open_incident(title="Key of a shop stolen", reach=reach or around(), by=ERIC, now=NOW)


def notifying(reach: Reach | None = None) -> tuple[Incident, Exposure]:
    """An incident whose report is made and whose notices are next."""
    incident = opened(reach)
    for to in (State.CONTAIN, State.ASSESS, State.NOTIFY):
        incident = services.move(incident=incident, to=to, by=ERIC, now=NOW)
    return incident, exposure.make(incident=incident, by=ERIC, now=NOW)


def approved(reach: Reach | None = None) -> NoticeRun:
    incident, report = notifying(reach)
    run = notices.draft(incident=incident, report=report, by=ERIC, now=NOW)
    return notices.approve(run=notices.ask(run=run, by=ERIC, now=NOW), by=FAY, now=NOW)


def queued(reach: Reach | None = None) -> NoticeRun:
    """A run whose mails wait to be sent."""
    run = approved(reach)
    while notices.queue_some(run, now=NOW) is not None:
        pass
    return NoticeRun.objects.using(ALIAS).get(pk=run.pk)


def notice_of(account_id: UUID, *, contacts: Sequence[UUID], now: datetime = NOW) -> Notice:
    """A notice by itself, as a run leaves it."""
    run_id = uuid4()
    finding = {
        "kind": "contact",
        "by": "key",
        "fields": ["name", "address"],
        "first": now.isoformat(),
        "last": now.isoformat(),
        "times": 1,
        "ids": [str(item) for item in contacts],
    }
    said = [NoticeText(run_id=run_id, language=code, parts=parts) for code, parts in texts.defaults().items()]
    NoticeText.objects.using(ALIAS).bulk_create(said)
    made = Notice(account_id=account_id, run_id=run_id, at=now, findings=[finding])
    Notice._base_manager.using(ALIAS).bulk_create([made])
    return made


def incident_of(account_id: UUID, *, contacts: Sequence[UUID], now: datetime = NOW) -> dict[str, Any]:
    """An incident with a report which names an account, and a draft of notices; by the names of the console's pages."""
    incident = opened(around(THIEF))
    for to in (State.CONTAIN, State.ASSESS, State.NOTIFY):
        incident = services.move(incident=incident, to=to, by=ERIC, now=now)
    with scope.account(account_id=account_id, actor=THIEF):
        trail.record(action=Action.READ, kind="contact", ids=contacts)
    report = exposure.make(incident=incident, by=ERIC, now=now)
    run = notices.draft(incident=incident, report=report, by=ERIC, now=now)
    bundle = kept(incident, b"PK of a contact: %a" % str(contacts), now=now)
    named = {"version": report.version, "run_id": run.pk, "bundle_version": bundle.version}
    return {"incident_number": incident.number, **named}


def kept(incident: Incident, file: bytes, *, now: datetime = NOW) -> EvidenceBundle:
    """A bundle as the worker leaves it, around whatever file."""
    bundle = EvidenceBundle.objects.using(ALIAS).create(
        incident_id=incident.pk,
        version=1,
        reach=incident.reach,
        language="en",
        state=EvidenceBundle.State.READY,
        asked_at=now,
        asked_by=ERIC,
        touched_at=now,
        expires_at=now + timedelta(days=14),
        size=len(file),
        digest="0" * 64,
        counts={"entries": 1, "batches": 1, "accounts": 1, "objects": {"contact": 1}},
    )
    EvidencePart.objects.using(ALIAS).create(bundle_id=bundle.pk, place=0, data=file)
    return bundle
