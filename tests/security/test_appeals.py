"""Appeals in the console: counted, listed, answered once by mail; the words for the security team alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core import mail
from django.db import connections
from django.utils import timezone

from accounts.models import User
from security import scope, suspension
from security.detection.models import Appeal, Cause, Suspension
from security.models import SecurityEvent
from tests.conftest import Person, make_person
from tests.mailbox import deliver
from tests.pages import Page

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "security", "owner"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
]
LIST = "/en/appeals/"
WORDS = "It was <b>my son</b>."
ANSWER = {"words": "We have looked at it.\r\n\r\nKeep your key to yourself & sign in again."}


@pytest.fixture
def sam(db: None) -> Person:
    return make_person("sam", staff_role="security")


@pytest.fixture
def odo(db: None) -> Person:
    return make_person("odo", staff_role="auditor")


@pytest.fixture
def written(alice: Person) -> Appeal:
    return appealed(alice.user.pk)


def appealed(person: Any, words: str = WORDS) -> Appeal:
    held = suspension.suspend(cause=Cause.STAFF, person=person, now=timezone.now())
    suspension.appeal(held.id, words=words, now=timezone.now())
    return Appeal.objects.using("security").latest("at")


def now_of(appeal: Appeal) -> Appeal:
    return Appeal.objects.using("security").get(pk=appeal.pk)


def send(person: Person, appeal: Appeal, typed: dict[str, str] = ANSWER) -> Page:
    answer = person.client.post(f"{LIST}{appeal.pk}/answer/", typed)
    return person.get(f"{LIST}{appeal.pk}/") if answer.status_code == 302 else Page(answer)


def test_the_dashboard_counts_and_the_list_shows_what_waits_with_its_words_escaped(
    sam: Person, written: Appeal
) -> None:
    dashboard, page = sam.get("/en/"), sam.get(LIST)

    assert "Appeals that wait for an answer" in dashboard.text
    assert "Appeals that wait for an answer 1" in dashboard.text
    page.check()
    assert WORDS in page.text
    assert not page.all("main b")
    assert page.all(f"main a[href='{LIST}{written.pk}/']")
    noted = SecurityEvent.objects.using("security").get(kind="staff.appeal")
    assert (noted.actor, noted.data) == (f"user:{sam.user.pk}", {"appeals": [str(written.pk)]})


def test_an_answer_goes_by_mail_in_the_holders_language_and_is_shown(
    sam: Person, written: Appeal, alice: Person
) -> None:
    with scope.identity():
        User.objects.filter(pk=alice.user.pk).update(language="zh-hant")

    page = send(sam, written)

    page.check()
    assert "The answer is on its way" in page.text
    assert "Answered" in page.text
    assert "By Sam" in page.text
    assert "Keep your key to yourself & sign in again." in page.text
    assert not page.all("main form")
    deliver()
    (letter,) = mail.outbox
    assert letter.to == ["alice@example.com"]
    assert letter.subject == "我們對你申訴的答覆"
    assert "We have looked at it.\n\nKeep your key to yourself & sign in again." in str(letter.body)
    kept = now_of(written)
    assert (kept.answered_by, kept.is_mailed) == (sam.user.pk, True)
    assert b"looked" not in bytes(kept.wrapped_answer or b"")
    noted = SecurityEvent.objects.using("security").get(kind="staff.answer")
    assert (noted.actor, noted.data["appeal"]) == (f"user:{sam.user.pk}", str(written.pk))
    assert "No appeal waits for an answer" in sam.get(LIST).text
    assert "See the answer" in sam.get(f"/en/suspensions/{written.suspension_id}/").text


def test_an_appeal_is_answered_once(sam: Person, written: Appeal) -> None:
    send(sam, written)

    again = send(make_person("una", staff_role="security"), written, {"words": "Something else entirely."})

    assert "A colleague has answered it already" in again.text
    assert len(deliver()) == 1
    assert "looked at it" in now_of(written).answer


def test_where_nobody_is_left_no_mail_goes_and_the_page_says_so(sam: Person) -> None:
    page = send(sam, written := appealed(UUID(int=77)))

    assert "Nobody is left to write to" in page.text
    assert (now_of(written).answered_at is None, now_of(written).is_mailed) == (False, False)
    assert deliver() == []


def test_nobody_answers_their_own_and_an_empty_answer_is_none(sam: Person, written: Appeal) -> None:
    Suspension.objects.using("security").update(person=sam.user.pk)

    own, empty = send(sam, written), send(sam, written, {"words": "Hm"})

    assert "You wrote this yourself" in own.text
    empty.check(400)
    assert now_of(written).answered_at is None


def test_an_auditor_sees_when_and_not_what_and_others_nothing(odo: Person, written: Appeal) -> None:
    page = odo.get(LIST)

    page.check()
    assert "my son" not in page.text
    assert page.all(f"main a[href='/en/suspensions/{written.suspension_id}/']")
    assert odo.client.get(f"{LIST}{written.pk}/").status_code == 404
    assert odo.client.post(f"{LIST}{written.pk}/answer/", ANSWER).status_code == 404
    for role in ("support", "postal"):
        assert make_person(role, staff_role=role).client.get(LIST).status_code == 404
    assert now_of(written).answered_at is None
    assert not SecurityEvent.objects.using("security").filter(kind="staff.appeal").exists()


def test_to_answer_asks_again_who_one_is(sam: Person, written: Appeal) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        looked = sam.get(f"{LIST}{written.pk}/")
        answer = sam.client.post(f"{LIST}{written.pk}/answer/", ANSWER)

    looked.check()
    assert "reauthenticate" in answer["Location"]
    assert now_of(written).answered_at is None
