"""An evidence bundle from the incident's page: asked for, made by the worker, fetched by whoever may, and removed."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pypdf
import pytest
import time_machine
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.utils import timezone
from redis import Redis

from security import evidence, live, scope
from security.chain import proof
from security.incidents import bundles, services, tasks, timeline
from security.incidents.models import ALIAS, EvidenceBundle, EvidencePart, Incident, IncidentEvent
from security.models import SecurityEvent
from tests.conftest import Person, make_person
from tests.incidents.cast import across, around, needs_security_role, opened, read
from tests.pages import Page
from tests.security.chain import SETTLE_SECONDS

pytestmark = [across, needs_security_role]
State = EvidenceBundle.State
ERIC = uuid4()
FILE = "/en/incidents/1/evidence/1/file/"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another suite's transaction on the same server may run for longer than a site's would."""
    monkeypatch.setattr(evidence, "WAIT_SECONDS", SETTLE_SECONDS)


@pytest.fixture
def eric(db: None) -> Person:
    return make_person("eric", staff_role="security")


def now() -> datetime:
    return datetime.now(UTC)


def asked(incident: Incident | None = None, *, language: str = "en") -> EvidenceBundle:
    return bundles.ask(incident=incident or opened(), by=ERIC, language=language, now=now())


def made(bundle: EvidenceBundle | None = None) -> EvidenceBundle:
    bundle = bundle or asked()
    bundles.make(bundle.pk, clock=now)
    return again(bundle)


def again(bundle: EvidenceBundle) -> EvidenceBundle:
    return EvidenceBundle.objects.using(ALIAS).get(pk=bundle.pk)


def file_of(bundle: EvidenceBundle) -> bytes:
    return b"".join(bundles._parts(bundle))


def notes(kind: str) -> list[SecurityEvent]:
    return list(SecurityEvent.objects.using(ALIAS).filter(kind=kind))


def test_it_is_asked_for_made_found_again_and_fetched(eric: Person, alice: Person, tmp_path: Path) -> None:
    contact = uuid4()
    read(alice, [contact])
    opened()

    page = Page(eric.client.post("/en/incidents/1/evidence/", follow=True))
    assert "Waiting to be made" in page.text
    assert page.one("#evidence")["hx-trigger"] == "every 3s"
    assert "Evidence, version 1" in eric.get("/en/incidents/1/").text
    assert eric.client.get(FILE).status_code == 404, "not there yet"
    tasks.make_evidence(bundle_id=str(EvidenceBundle.objects.using(ALIAS).get().pk))

    page = eric.get("/en/incidents/1/evidence/1/")
    assert page.all(f'a[href="{FILE}"]')
    answer = eric.client.get(FILE)
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == 'attachment; filename="incident-1-evidence-1.zip"'
    assert answer["Content-Length"] == str(len(body))
    assert hashlib.sha256(body).hexdigest() in page.text
    path = tmp_path / "bundle.zip"
    path.write_bytes(body)
    assert proof.main([str(path)]) == 0, "it proves itself"
    with zipfile.ZipFile(path) as opened_file:
        assert str(contact) in opened_file.read("report.csv").decode()
        drawn = pypdf.PdfReader(BytesIO(opened_file.read("report.pdf")))
    assert str(alice.account.pk) in "".join(part.extract_text() for part in drawn.pages)
    assert [event.actor for event in notes("staff.ask_evidence")] == [f"user:{eric.user.pk}"]
    assert [event.data for event in notes("staff.evidence")] == [{"incident": 1, "version": 1}]
    assert "Evidence bundle made" in eric.get("/en/incidents/1/").text


def test_the_timeline_which_is_sealed_holds_the_digest() -> None:
    bundle = made()

    (line,) = [
        one for one in timeline.of(Incident.objects.using(ALIAS).get()) if one.kind == IncidentEvent.Kind.EVIDENCE
    ]
    assert line.data == {"version": 1, "digest": bundle.digest, "entries": 0}
    assert (line.by, bundle.digest) == (ERIC, hashlib.sha256(file_of(bundle)).hexdigest())


def test_it_holds_what_the_incident_reaches_and_leaves_out_what_it_leaves_out(alice: Person, charlie: Person) -> None:
    theirs, not_told = uuid4(), uuid4()
    read(alice, [theirs])
    read(charlie, [not_told])
    bundle = made(asked(opened(around(without=(charlie.account.pk,)))))

    assert bundle.counts["entries"] == 1
    with zipfile.ZipFile(BytesIO(file_of(bundle))) as opened_file:
        told = b"".join(opened_file.read(name) for name in opened_file.namelist()).decode("utf-8", "replace")
    assert str(theirs) in told
    assert str(not_told) not in told


def test_one_is_made_at_a_time(eric: Person) -> None:
    bundle = asked()

    page = Page(eric.client.post("/en/incidents/1/evidence/", follow=True))

    assert "One is on its way already." in page.text
    assert [one.pk for one in EvidenceBundle.objects.using(ALIAS).all()] == [bundle.pk]
    made(bundle)
    assert asked(Incident.objects.using(ALIAS).get()).version == 2


def test_who_sees_no_addresses_of_requests_sees_that_it_is_there_and_does_not_get_it() -> None:
    made()
    auditor = make_person("audrey", staff_role="auditor")

    page = auditor.get("/en/incidents/1/evidence/1/")
    assert "which your role does not see" in page.text
    assert not page.all("main form, main a[href$='/file/']")
    assert auditor.client.get(FILE).status_code == 404
    assert auditor.client.post("/en/incidents/1/evidence/").status_code == 404
    assert not notes("staff.evidence")


def test_who_showed_no_factor_lately_shows_one_before_taking_it(eric: Person) -> None:
    made()

    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=True):
        answer = eric.client.get(FILE)

    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    assert not notes("staff.evidence")


def test_what_is_of_another_incident_is_not_there(eric: Person) -> None:
    made()
    services.open_incident(title="Another", reach=around(), by=ERIC, now=now())

    assert eric.client.get("/en/incidents/2/evidence/1/").status_code == 404
    assert eric.client.get("/en/incidents/2/evidence/1/file/").status_code == 404


def test_the_form_asks_for_its_token(eric: Person) -> None:
    opened()
    eric.client.handler.enforce_csrf_checks = True

    assert eric.client.post("/en/incidents/1/evidence/").status_code in {302, 403}

    assert not EvidenceBundle.objects.using(ALIAS).exists()


def test_the_worker_makes_nothing_for_who_is_suspended_by_then_and_they_do_not_get_it(eric: Person) -> None:
    opened()
    eric.client.post("/en/incidents/1/evidence/")
    live.suspend(eric.user.pk, using=ALIAS)
    bundle = made(EvidenceBundle.objects.using(ALIAS).get())

    assert (bundle.state, bundle.error) == (State.FAILED, "Suspended")
    assert eric.client.get("/en/incidents/1/evidence/1/").status_code in {302, 403}
    assert eric.client.get(FILE).status_code in {302, 403}


def test_what_is_not_sealed_yet_is_tried_again_and_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise evidence.NotSealedYet

    monkeypatch.setattr(evidence, "make", refuse)
    bundle = made()
    assert bundle.state == State.WAITING
    assert not bundles.lost(now=now())
    later = now() + bundles.QUIET * 2
    assert bundles.lost(now=later) == [bundle.pk]

    EvidenceBundle.objects.using(ALIAS).update(attempts=bundles.MOST_ATTEMPTS)
    assert bundles.lost(now=later) == []
    assert again(bundle).error == "TooOften"


def test_what_is_too_large_is_not_kept(monkeypatch: pytest.MonkeyPatch, eric: Person) -> None:
    monkeypatch.setattr(bundles, "MOST_BYTES", 1_000)
    bundle = made()

    assert (bundle.state, bundle.error) == (State.FAILED, "TooLarge")
    assert not EvidencePart.objects.using(ALIAS).exists()
    assert "too large to keep here" in eric.get("/en/incidents/1/evidence/1/").text


def test_who_was_given_up_for_dead_and_lives_stops_when_another_one_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    write = bundles._write

    def slowly(bundle: EvidenceBundle, *args: Any, **kwargs: Any) -> Any:
        if bundle.attempts == 1:  # meanwhile the scheduler takes it for lost, and another worker makes it
            monkeypatch.setattr(bundles, "QUIET", timedelta(seconds=-1))
            bundles.make(bundle.pk, clock=now)
        return write(bundle, *args, **kwargs)

    monkeypatch.setattr(bundles, "_write", slowly)
    bundle = made()

    assert (bundle.state, bundle.attempts) == (State.READY, 2)
    assert hashlib.sha256(file_of(bundle)).hexdigest() == bundle.digest
    assert len([one for one in timeline.of(Incident.objects.using(ALIAS).get()) if one.kind == "evidence"]) == 1


def test_old_files_are_removed_and_their_digest_stays(eric: Person) -> None:
    bundle = made()

    assert bundles.forget_old(now=now()) == 0
    with time_machine.travel(now() + timedelta(days=settings.EVIDENCE_DAYS, minutes=1), tick=True):
        tasks.continue_evidence()

    gone = again(bundle)
    assert (gone.state, gone.digest) == (State.GONE, bundle.digest)
    assert not EvidencePart.objects.using(ALIAS).exists()
    assert eric.client.get(FILE).status_code == 404
    page = eric.get("/en/incidents/1/evidence/1/")
    assert "has been removed" in page.text
    assert page.one("main form[action='/en/incidents/1/evidence/'] button").get_text(strip=True) == "Make another one"


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans"])
def test_page_and_report_are_whole_in_chinese(eric: Person, alice: Person, language: str) -> None:
    read(alice, [uuid4()])
    bundle = asked(language=language)
    waiting = eric.get(f"/{language}/incidents/1/evidence/1/")
    waiting.check()
    made(bundle)

    eric.get(f"/{language}/incidents/1/evidence/1/").check()
    with zipfile.ZipFile(BytesIO(file_of(again(bundle)))) as opened_file:
        text = pypdf.PdfReader(BytesIO(opened_file.read("report.pdf"))).pages[0].extract_text()
    assert {"zh-hant": "帳戶", "zh-hans": "账户"}[language] in text


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM security_evidencebundle",
        "SELECT count(*) FROM security_evidencepart",
        "UPDATE security_evidencebundle SET state = 'waiting'",
        "DELETE FROM security_evidencepart",
    ],
)
def test_the_runtime_role_reaches_nothing_of_it(statement: str) -> None:
    made()

    with scope.identity(), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connections["default"].cursor().execute(statement)


def test_a_part_is_never_changed() -> None:
    made()

    with pytest.raises(DatabaseError, match="permission denied"), connections[ALIAS].cursor() as cursor:
        cursor.execute("UPDATE security_evidencepart SET data = ''")


def test_a_killed_worker_leaves_nothing_half_done_and_the_next_one_makes_it(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(alice, [uuid4()])
    Redis.from_url(settings.REDIS_URL).delete("security")
    with transaction.atomic():  # while this is not over nothing behind it can be sealed: the worker waits
        connections["default"].cursor().execute("SELECT pg_current_xact_id()")
        bundle = asked()
        worker = start_worker()
        try:
            until(lambda: again(bundle).state == State.MAKING)
        finally:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait(30)
    assert again(bundle).state == State.MAKING
    assert not EvidencePart.objects.using(ALIAS).exists()

    monkeypatch.setattr(bundles, "QUIET", timedelta(0))
    assert bundles.lost(now=now()) == [bundle.pk]
    done = made(bundle)

    assert (done.state, done.attempts, done.counts["entries"]) == (State.READY, 2, 1)
    Redis.from_url(settings.REDIS_URL).delete("security")


def start_worker() -> subprocess.Popen[bytes]:
    """Start a worker of the queue `security` on the test's database, which does one thing at a time."""
    name = str(connections["default"].settings_dict["NAME"])
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DATABASE_")}
    for role in ("DATABASE_URL", "DATABASE_SECURITY_URL"):
        environment[role] = urlsplit(os.environ[role])._replace(path=f"/{name}").geturl()
    environment["LOG_LEVEL"] = "ERROR"
    command = "-W ignore -m celery --app=ecship.celery --quiet worker --queues=security --pool=solo --without-mingle"
    return subprocess.Popen([sys.executable, *command.split()], env=environment, stdout=subprocess.DEVNULL)


def until(happened: Callable[[], bool], *, seconds: int = 60) -> None:
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < seconds
        time.sleep(0.1)
