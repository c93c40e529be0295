"""Incidents in the staff console: security acts, an auditor reads, nobody else; no page names a customer."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import uuid4

import pypdf
import pytest
from django.utils import timezone, translation

from security import scope
from security.detection.models import Freeze, Suspension
from security.incidents import exposure, notices, report_document
from security.incidents.models import ALIAS, Incident, NoticeRun, RegulatorForm, State
from security.models import SecurityEvent
from tests.conftest import Person, make_person
from tests.incidents.cast import THIEF, across, needs_security_role, notifying, read
from tests.pages import Page

pytestmark = [across, needs_security_role]
INCIDENTS = "/en/incidents/"
OPEN = {"title": "Key of a shop stolen", "since": "2026-03-01 00:00", "actors": THIEF}


@pytest.fixture
def eric(db: None) -> Person:
    return make_person("eric", staff_role="security")


@pytest.fixture
def fay(db: None) -> Person:
    return make_person("fay", staff_role="security")


@pytest.fixture
def auditor(db: None) -> Person:
    return make_person("audrey", staff_role="auditor")


def get(person: Person, path: str = "", status: int = 200) -> Page:
    page = person.get(INCIDENTS + path)
    page.check(status)
    return page


def act(person: Person, path: str, **data: Any) -> Page:
    """Press a button, and follow where it leads."""
    return Page(person.client.post(INCIDENTS + path, data, follow=True))


def only() -> Incident:
    return Incident.objects.using(ALIAS).get()


def at_notifying(person: Person) -> NoticeRun:
    """Walk an incident by its pages up to a draft of notices."""
    act(person, "open/", **OPEN)
    for to in ("contain", "assess", "notify"):
        act(person, "1/move/", to=to)
    act(person, "1/report/")
    act(person, "1/notices/")
    return NoticeRun.objects.using(ALIAS).get()


def test_an_incident_is_walked_from_its_opening_to_its_closing(eric: Person, alice: Person) -> None:
    assert "No incident is open" in eric.get("/en/").text
    assert "No incidents here" in get(eric).text
    read(alice, [uuid4()])

    run = at_notifying(eric)
    page = get(eric, "1/")
    assert "Key of a shop stolen" in page.text
    assert "By staff Eric" in page.text
    assert "2026-03-01" not in page.text, "a day is written as people write it"
    assert "Accounts: 1. Acts: 1" in page.text
    assert "72 hours left" in page.text or "71 hours left" in page.text
    assert "Key of a shop stolen" in eric.get("/en/").text
    act(eric, "1/reported/")
    assert "Done in time" in get(eric, "1/").text
    assert "Enter the reason" in act(eric, "1/move/", to="closed").text
    act(eric, "1/note/", words="Called the shop.")
    act(eric, "1/move/", to="closed", words="All are told.")

    assert only().state == State.CLOSED
    text = get(eric, "1/").text
    assert "Called the shop." in text
    assert "All are told." in text
    assert run.state == NoticeRun.State.DRAFT


def test_one_asks_another_approves_and_the_page_shows_how_far_it_is(eric: Person, fay: Person, alice: Person) -> None:
    read(alice, [uuid4()])
    run = at_notifying(eric)
    at = f"1/notices/{run.pk}/"
    assert "(name of the account)" in get(eric, at).text

    act(eric, f"{at}act/", ask="1")
    refused = act(eric, f"{at}act/", approve="1")
    assert "somebody else must approve" in refused.text
    act(fay, f"{at}act/", approve="1")
    while notices.queue_some(run, now=timezone.now()) is not None:
        pass

    page = get(eric, at)
    assert "0 % of 1 mails" in page.text
    act(eric, f"{at}act/", stop="1", words="A word is wrong.")
    assert NoticeRun.objects.using(ALIAS).get().state == NoticeRun.State.STOPPED
    act(eric, f"{at}act/", resume="1")
    assert NoticeRun.objects.using(ALIAS).get().state == NoticeRun.State.SENDING
    assert "Somebody has moved" in act(eric, f"{at}act/", ask="1").text


def test_texts_are_changed_and_what_is_wrong_is_said_at_its_field(eric: Person, alice: Person) -> None:
    read(alice, [uuid4()])
    run = at_notifying(eric)
    at = f"1/notices/{run.pk}/texts/"
    page = get(eric, at)
    typed = {
        str(tag["name"]): tag.get("value") or tag.text for tag in page.all("main textarea, main input.govuk-input")
    }

    wrong = act(eric, at, **{**typed, "en_done": "Of {nothing}"})
    assert "{nothing} cannot be filled in here." in wrong.text
    assert wrong.one("#id_en_done").text.strip() == "Of {nothing}"
    act(eric, at, **{**typed, "en_done": "We mended it."})

    assert NoticeRun.objects.using(ALIAS).get().texts["en"]["done"] == "We mended it."


def test_what_it_reaches_is_locked_and_a_feature_frozen(eric: Person, alice: Person) -> None:
    act(eric, "open/", **{**OPEN, "actors": f"user:{alice.user.pk}"})

    assert "1 actor is locked." in act(eric, "1/suspend/").text
    act(eric, "1/freeze/", feature="addressbook", size="others")

    (held,) = Suspension.objects.using(ALIAS).all()
    assert (held.person, held.cause, held.until) == (alice.user.pk, "staff", None)
    assert alice.client.get("/en/account/").status_code == 403
    (frozen,) = Freeze.objects.using(ALIAS).all()
    assert (frozen.feature, frozen.size) == ("addressbook", "others")
    text = get(eric, "1/").text
    assert "1 actor was locked." in text
    assert "frozen in Address books" in text
    act(eric, "1/reach/", since="2026-03-01 00:00", endpoints="api-contact")
    assert "nobody who can be suspended" in act(eric, "1/suspend/").text


def test_the_sessions_of_whom_it_reaches_end_and_they_sign_in_anew(eric: Person, alice: Person) -> None:
    act(eric, "open/", **{**OPEN, "actors": f"user:{alice.user.pk}"})

    assert "The sessions of 1 actor are ended." in act(eric, "1/sessions/end/").text

    assert alice.client.get("/en/account/").status_code == 302, "signed out, and not suspended"
    with scope.identity():
        alice.client.force_login(alice.user, backend="accounts.backends.EmailBackend")
    assert alice.client.get("/en/account/").status_code == 200
    assert not Suspension.objects.using(ALIAS).exists()
    assert "The sessions of 1 actor were ended." in get(eric, "1/").text


def test_a_reach_is_changed_and_its_mistakes_are_named(eric: Person) -> None:
    act(eric, "open/", **OPEN)

    assert "as in 2026-03-27 14:30" in act(eric, "1/reach/", since="yesterday", actors=THIEF).text
    assert "not of the right shape: nobody" in act(eric, "1/reach/", since="2026-03-01 00:00", actors="nobody").text
    assert "otherwise it would be everybody" in act(eric, "1/reach/", since="2026-03-01 00:00").text
    act(eric, "1/reach/", since="2026-03-01 00:00", sources="203.0.113.9\n2001:db8::/32", endpoints="api-contact")

    reach = only().reach
    assert (reach["sources"], reach["actors"]) == (["203.0.113.9/32", "2001:db8::/32"], [])
    assert reach["since"] == "2026-03-01T00:00:00+08:00"


def test_the_regulators_form_is_filled_in_kept_and_printed(eric: Person, alice: Person) -> None:
    read(alice, [uuid4()], fields=["name", "phone"])
    at_notifying(eric)
    page = get(eric, "1/form/")
    assert "telephone number" in page.one("#id_data").text
    assert "Holders of accounts: 1" in page.one("#id_subjects").text

    typed = {
        str(tag["name"]): tag.get("value") or tag.text for tag in page.all("main textarea, main input.govuk-input")
    }
    act(eric, "1/form/", **{**typed, "user_name": "Example Post #let", "harm": "Line one\nLine two 危害"})
    answer = eric.client.get(f"{INCIDENTS}1/form/document/")

    assert answer["Content-Type"] == "application/pdf"
    text = "\n".join(part.extract_text() for part in pypdf.PdfReader(BytesIO(answer.content)).pages)
    assert "Example Post #let" in text
    assert "Line two 危害" in text
    assert "Incident 1" in text
    (form,) = RegulatorForm.objects.using(ALIAS).all()
    assert b"Example" not in bytes(form.wrapped_words)


def test_the_report_is_handed_out_as_it_was_made(eric: Person, alice: Person) -> None:
    read(alice, [uuid4()])
    at_notifying(eric)
    made = exposure.latest(only())
    assert made is not None

    answer = eric.client.get(f"{INCIDENTS}1/reports/1/")

    assert sha256(answer.content).hexdigest() == made.digest
    assert str(alice.account.pk) in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "word"), [("en", "Exposure report"), ("zh-hant", "外洩報告"), ("zh-hans", "泄露报告")]
)
def test_the_report_is_a_document_and_a_sheet_too(eric: Person, alice: Person, language: str, word: str) -> None:
    contact = uuid4()
    read(alice, [contact], fields=["name", "=phone"])
    at_notifying(eric)

    answer = eric.client.get(f"/{language}/incidents/1/reports/1/document/")
    text = "\n".join(part.extract_text() for part in pypdf.PdfReader(BytesIO(answer.content)).pages)
    assert answer["Content-Disposition"] == 'attachment; filename="incident-1-exposure-1.pdf"'
    assert word in text
    assert str(alice.account.pk) in text.replace("\n", "")
    sheet = eric.client.get(f"/{language}/incidents/1/reports/1/csv/").content.decode().splitlines()
    assert len(sheet) == 2
    assert f"{alice.account.pk},contact,{contact},key,name =phone," in sheet[1]
    taken = SecurityEvent.objects.using(ALIAS).filter(kind="staff.export").order_by("at")
    assert [event.data["as"] for event in taken] == ["pdf", "csv"]


def test_a_long_report_ends_with_its_first_lines_and_says_so(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_document, "MOST_LINES", 1)
    read(alice, [uuid4()])
    read(alice, [uuid4()], kind="shipment")
    incident, made = notifying()

    with translation.override("en"):
        pages = pypdf.PdfReader(BytesIO(report_document.of_version(incident, made, now=timezone.now()))).pages

    assert "The first 1 of 2 lines" in pages[0].extract_text().replace("\n", " ")


def test_an_auditor_reads_and_does_nothing_and_does_not_see_addresses(eric: Person, auditor: Person) -> None:
    act(eric, "open/", **OPEN, sources="203.0.113.9")

    page = get(auditor, "1/")
    assert THIEF in page.text
    assert "203.0.113" not in page.text
    assert "203.0.113" in get(eric, "1/").text
    assert not page.all("main form")
    for path in ("open/", "1/move/", "1/note/", "1/reach/", "1/report/", "1/notices/", "1/reported/", "1/form/"):
        assert auditor.client.post(INCIDENTS + path, {}).status_code in {403, 404}, path


@pytest.mark.parametrize("role", ["support", "postal"])
def test_other_staff_find_nothing_here(eric: Person, role: str) -> None:
    act(eric, "open/", **OPEN)
    other = make_person("olga", staff_role=role)

    assert other.client.get(INCIDENTS).status_code == 404
    assert other.client.get(f"{INCIDENTS}1/").status_code == 404
    assert INCIDENTS not in {tag["href"] for tag in other.get("/en/").all("header a[href]")}


def test_no_page_of_an_incident_names_a_customer(eric: Person, auditor: Person, alice: Person) -> None:
    read(alice, [uuid4()])
    run = at_notifying(eric)
    paths = ("", "1/", "1/reports/1/", "1/reach/", f"1/notices/{run.pk}/", f"1/notices/{run.pk}/texts/", "1/form/")

    for person in (eric, auditor):
        for path in paths:
            body = person.client.get(INCIDENTS + path).content.decode().lower()
            assert "alice" not in body, path


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans"])
def test_the_pages_are_whole_in_chinese(eric: Person, alice: Person, language: str) -> None:
    read(alice, [uuid4()])
    run = at_notifying(eric)

    for path in ("", "open/", "1/", "1/reach/", f"1/notices/{run.pk}/", f"1/notices/{run.pk}/texts/", "1/form/"):
        eric.get(f"/{language}/incidents/{path}").check()
    assert eric.client.get(f"/{language}/incidents/1/form/document/").status_code == 200
