"""An incident: opened by people or tripwires, moved on, closed with a reason; its timeline is only ever added to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connections, transaction
from django.utils import timezone

from security.chain import audit, proof
from security.incidents import exposure, reach, services, timeline
from security.incidents.models import ALIAS, Cause, Incident, IncidentEvent, State
from security.incidents.reach import Reach
from tests.conftest import Person
from tests.incidents.cast import ERIC, NOW, THIEF, across, around, needs_security_role, opened, read
from tests.security.chain import seal, tamper

pytestmark = [across, needs_security_role]
Kind = IncidentEvent.Kind


def kinds(incident: Incident) -> list[str]:
    return [event.kind for event in timeline.of(incident)]


def refused(statement: str, *, using: str = ALIAS) -> None:
    """Assert that the role of a connection may not run a statement."""
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(using=using):
        connections[using].cursor().execute(statement)


def test_an_incident_goes_its_way_and_the_timeline_says_who_did_what() -> None:
    incident = opened()

    for to in (State.CONTAIN, State.ASSESS, State.NOTIFY):
        incident = services.move(incident=incident, to=to, by=ERIC, now=NOW)
    services.note(incident=incident, words="Called the shop.", by=ERIC, now=NOW)
    incident = services.move(incident=incident, to=State.CLOSED, by=ERIC, now=NOW, words="All are told.")

    assert incident.number == 1
    assert incident.words == "Key of a shop stolen"
    assert (incident.state, incident.closed_at) == (State.CLOSED, NOW)
    assert kinds(incident) == [Kind.OPENED, Kind.MOVED, Kind.MOVED, Kind.MOVED, Kind.NOTED, Kind.MOVED]
    assert {event.by for event in timeline.of(incident)} == {ERIC}


def test_no_step_is_left_out_and_closing_and_reopening_need_a_reason() -> None:
    incident = opened()

    with pytest.raises(services.WrongMove):
        services.move(incident=incident, to=State.NOTIFY, by=ERIC, now=NOW)
    with pytest.raises(services.WordsMissing):
        services.move(incident=incident, to=State.CLOSED, by=ERIC, now=NOW, words=" ")
    incident = services.move(incident=incident, to=State.CLOSED, by=ERIC, now=NOW, words="A false alarm.")
    with pytest.raises(services.WordsMissing):
        services.move(incident=incident, to=State.GATHER, by=ERIC, now=NOW)
    incident = services.move(incident=incident, to=State.GATHER, by=ERIC, now=NOW, words="It was none.")

    assert (incident.state, incident.closed_at) == (State.GATHER, None)
    assert kinds(incident).count(Kind.REOPENED) == 1


def test_two_tripwires_of_one_technique_are_one_incident() -> None:
    other = f"user:{uuid4()}"

    first = services.open_from_tripwire(technique="api-contact", actor=THIEF, now=NOW, source="203.0.113.9")
    again = services.open_from_tripwire(technique="api-contact", actor=THIEF, now=NOW)
    joined = services.open_from_tripwire(
        technique="api-contact", actor=other, now=NOW, happened_at=NOW - timedelta(hours=1)
    )
    apart = services.open_from_tripwire(technique="shipments:list", actor=other, now=NOW)

    assert first.pk == again.pk == joined.pk != apart.pk
    assert (first.cause, first.opened_by, first.number, apart.number) == (Cause.TRIPWIRE, None, 1, 2)
    since = NOW - timedelta(days=1, hours=1)
    assert reach.of_data(joined.reach) == Reach(since=since, actors=tuple(sorted([THIEF, other])))
    assert kinds(joined) == [Kind.OPENED, Kind.JOINED]


def test_tripwires_at_the_same_moment_are_one_incident_too() -> None:
    def trip(number: int) -> object:
        try:
            return services.open_from_tripwire(technique="api-contact", actor=f"user:{number}", now=NOW).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        found = set(threads.map(trip, range(8)))

    assert len(found) == 1
    incident = Incident.objects.using(ALIAS).get()
    assert len(incident.reach["actors"]) == 8


def test_a_tripwire_after_the_closing_opens_another_incident() -> None:
    first = services.open_from_tripwire(technique="api-contact", actor=THIEF, now=NOW)
    services.move(incident=first, to=State.CLOSED, by=ERIC, now=NOW, words="Done.")

    second = services.open_from_tripwire(technique="api-contact", actor=THIEF, now=NOW)
    services.move(incident=first, to=State.GATHER, by=ERIC, now=NOW, words="More came out.")

    assert second.pk != first.pk
    assert Incident.objects.using(ALIAS).exclude(state=State.CLOSED).count() == 2


def test_a_reach_that_names_nobody_is_refused() -> None:
    with pytest.raises(reach.ReachesEverything):
        services.open_incident(title="", reach=Reach(since=NOW), by=ERIC, now=NOW)


def test_the_runtime_role_reaches_nothing_of_an_incident() -> None:
    incident = opened()
    exposure.make(incident=incident, by=ERIC, now=NOW)

    for name in ("incident", "incidentevent", "exposure", "exposedaccount", "noticerun", "regulatorform"):
        refused(f"SELECT 1 FROM security_{name}", using="default")


def test_nobody_changes_a_line_of_the_timeline() -> None:
    incident = opened()

    for statement in ("UPDATE security_incidentevent SET kind = 'noted'", "DELETE FROM security_incidentevent"):
        refused(statement)
    assert kinds(incident) == [Kind.OPENED]


def test_a_line_that_was_changed_past_every_wall_is_found(tmp_path: Path, settings: Any) -> None:
    settings.TRAIL_FOLDER = tmp_path
    incident = opened()
    services.note(incident=incident, words="Called the shop.", by=ERIC, now=NOW)
    seal()
    assert found_by_audit() == []

    tamper("UPDATE security_incidentevent SET by = gen_random_uuid() WHERE kind = 'noted'", "security_incidentevent")

    assert found_by_audit() == ["edited"]


def found_by_audit() -> list[str]:
    found: list[proof.Finding] = []
    audit.audit(heads=[], now=timezone.now(), say=found.append)
    return [finding.what for finding in found]


def test_what_staff_write_does_not_lie_in_the_open() -> None:
    opened()

    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT string_agg(encode(wrapped_words, 'escape'), '') FROM security_incident")
        row = cursor.fetchone()

    assert row is not None
    assert "stolen" not in row[0]


def test_a_report_holds_what_was_given_out_and_nothing_else(alice: Person, charlie: Person) -> None:
    ours, theirs = [uuid4() for _ in range(3)], [uuid4()]
    read(alice, ours[:2], fields=["name", "email"])
    read(alice, ours[1:], fields=["name", "email"])
    read(alice, [uuid4()], actor=f"user:{uuid4()}")  # somebody else's reading
    read(alice, [uuid4()], fields=[])  # nothing was given out
    read(charlie, theirs, kind="shipment", fields=["recipient"])

    made = exposure.make(incident=opened(), by=ERIC, now=NOW)

    found = {row.account_id: row.findings for row in exposure.rows_of(made)}
    assert found.keys() == {alice.account.pk, charlie.account.pk}
    (finding,) = found[alice.account.pk]
    assert (finding["kind"], finding["by"], finding["fields"], finding["times"]) == (
        "contact",
        "key",
        ["name", "email"],
        2,
    )
    assert finding["ids"] == sorted(map(str, ours))
    assert made.counts == {"accounts": 2, "acts": 3, "objects": {"contact": 3, "shipment": 1}}


def test_a_report_is_as_narrow_as_its_reach(alice: Person, charlie: Person) -> None:
    read(alice, [uuid4()])
    read(charlie, [uuid4()])

    def accounts(asked: Reach) -> set[object]:
        made = exposure.make(incident=opened(asked), by=ERIC, now=NOW)
        return {row.account_id for row in exposure.rows_of(made)}

    assert accounts(around(without=(charlie.account.pk,))) == {alice.account.pk}
    assert accounts(Reach(since=datetime.now(UTC) + timedelta(hours=1), actors=(THIEF,))) == set()
    assert accounts(Reach(since=NOW, until=NOW + timedelta(seconds=1), actors=(THIEF,))) == set()
    assert accounts(around(endpoints=("api-contact",))) == set()
    assert accounts(around(sources=("203.0.113.0/24",))) == set()


def test_every_version_of_a_report_is_kept_with_its_digest(alice: Person) -> None:
    incident = opened()
    read(alice, [uuid4()])
    first = exposure.make(incident=incident, by=ERIC, now=NOW)
    read(alice, [uuid4()])

    second = exposure.make(incident=incident, by=ERIC, now=NOW)

    assert (first.version, second.version) == (1, 2)
    assert exposure.digest_of(first) == first.digest != second.digest
    refused("UPDATE security_exposedaccount SET findings = '[]'")
