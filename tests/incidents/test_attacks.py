"""Incidents, evidence and blocked sources against those who may not: wrong role, no token, foreign ids, odd paths.

What each address is comes from the URL list, so a new one is attacked too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from security import live, scope
from security.detection import blocking
from security.detection.models import BlockedSource, Freeze, Suspension
from security.incidents.models import ALIAS, EvidenceBundle, Incident, IncidentEvent
from security.marks import Door
from security.models import SecurityEvent
from security.permissions import Permission
from tests.conftest import Person, make_person
from tests.console import ConsoleClient
from tests.incidents.cast import across, incident_of, needs_security_role
from tests.walls import corpus

pytestmark = [across, needs_security_role]
OURS = ("incidents:", "console:sources", "console:lift")


@pytest.fixture
def values(alice: Person) -> dict[str, Any]:
    """An incident with everything that belongs to one, and a blocked source."""
    now = timezone.now()
    blocked = blocking.block(
        network="198.51.100.0/24", until=now + timedelta(hours=1), reason="Misuse", by=uuid4(), now=now
    )
    return {**incident_of(alice.account.pk, contacts=[uuid4()]), "block_id": blocked.pk}


def addresses() -> Iterator[corpus.Address]:
    for address in corpus.console_addresses():
        if address.name.startswith(OURS):
            yield address


def asked_of(address: corpus.Address, method: str) -> Permission:
    mark = address.mark(method)
    assert mark is not None
    assert (mark.door, mark.permission is None) == (Door.STAFF, False), address.name
    assert mark.permission is not None
    return mark.permission


def state() -> tuple[Any, ...]:
    """Return all that these pages could have changed."""
    tables = (Incident, IncidentEvent, EvidenceBundle, BlockedSource, Suspension, Freeze)
    return tuple(sorted(map(repr, table.objects.using(ALIAS).values_list())) for table in tables)


def bodies(address: corpus.Address) -> dict[str, str]:
    (asked, *_more) = corpus.asks_of(address)
    return {**asked.body, "network": "203.0.113.0/24", "reason": "Long enough, and wrong"}


def test_there_are_many_of_them() -> None:
    names = {address.name for address in addresses()}

    assert len(names) > 20
    assert {"incidents:evidence-file", "incidents:ask-evidence", "incidents:block", "console:lift"} <= names


@pytest.mark.parametrize("role", ["postal", "auditor"])
def test_staff_without_the_right_get_nothing_and_change_nothing(values: dict[str, Any], role: str) -> None:
    client, before = make_person("olga", staff_role=role).client, state()
    may = {Permission.STAFF_WATCH} if role == "auditor" else set()

    for address in addresses():
        for method in ("GET", "POST"):
            status = client.generic(method, address.fill(values)).status_code
            if asked_of(address, method) not in may:
                assert status == 404, (method, address.name)
            else:
                assert status in {200, 405}, (method, address.name)

    assert state() == before
    assert not SecurityEvent.objects.using(ALIAS).filter(kind="staff.evidence").exists()


def test_nobody_and_customers_and_the_customers_site_know_none_of_them(values: dict[str, Any], alice: Person) -> None:
    before = state()
    stolen = ConsoleClient()
    stolen.cookies["console"] = alice.client.cookies["sessionid"].value

    for address in addresses():
        path = address.fill(values)
        for method in ("GET", "POST"):
            assert stolen.generic(method, path).status_code == 302, (method, address.name)
            assert alice.client.generic(method, path).status_code == 404, (method, address.name)

    assert state() == before


def test_another_site_makes_whoever_may_do_nothing(values: dict[str, Any]) -> None:
    """Forged forms: the session is there, the token is not."""
    eric = make_person("eric", staff_role="security")
    eric.client.handler.enforce_csrf_checks = True
    before = state()

    for address in addresses():
        answer = eric.client.post(address.fill(values), bodies(address))
        assert answer.status_code in {302, 403, 405}, address.name
    assert state() == before

    eric.client.handler.enforce_csrf_checks = False
    eric.client.post("/en/incidents/1/evidence/")
    assert state() != before, "with one it does: this proves something"


def test_ids_of_something_else_and_odd_paths_are_not_there(values: dict[str, Any]) -> None:
    eric = make_person("eric", staff_role="security")
    odd: list[dict[str, Any]] = [
        {"incident_number": 2},
        {"incident_number": 10**30},
        {"bundle_version": 10**30, "version": 10**30, "run_id": uuid4(), "block_id": uuid4()},
        {"incident_number": "..%2f1", "bundle_version": "1%00", "version": "1/../1", "block_id": "..", "run_id": ".."},
    ]

    for address in addresses():
        for changed in odd:
            if changed.keys() & set(address.parameters):
                path = address.fill({**values, **changed})
                assert eric.client.get(path).status_code in {404, 405}, path


def test_names_of_downloads_are_ours_whatever_the_incident_is_called(values: dict[str, Any]) -> None:
    eric = make_person("eric", staff_role="security")
    incident = Incident.objects.using(ALIAS).get()
    incident.words = '../../etc/passwd";\r\nX-Evil: 1 <script>alert(1)</script>'
    incident.save(using=ALIAS)

    for address in addresses():
        answer = eric.client.get(address.fill(values))
        assert "X-Evil" not in answer.headers
        assert "passwd" not in str(answer.headers)
        if address.name in {"incidents:evidence-file", "incidents:report-csv", "incidents:report-document"}:
            assert answer["Content-Disposition"].startswith('attachment; filename="incident-1-')
        elif not answer.streaming:
            assert b"<script>alert" not in answer.content


def test_a_responder_who_is_suspended_does_nothing_more(values: dict[str, Any]) -> None:
    eric = make_person("eric", staff_role="security")
    live.suspend(eric.user.pk, using=ALIAS)
    before = state()

    for address in addresses():
        assert eric.client.post(address.fill(values), bodies(address)).status_code == 403, address.name

    assert state() == before


def test_who_loses_the_role_loses_the_pages_at_once(values: dict[str, Any]) -> None:
    eric = make_person("eric", staff_role="security")
    assert eric.client.get("/en/incidents/1/").status_code == 200
    with scope.identity():
        User.objects.filter(pk=eric.user.pk).update(staff_role="postal")

    assert eric.client.get("/en/incidents/1/").status_code == 404
    assert eric.client.post("/en/incidents/1/evidence/").status_code == 404
