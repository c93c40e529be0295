"""Notices: counted before anybody is mailed, approved by a second person, sent once to each owner in their language."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import get_connection
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, ProgrammingError, connections, transaction
from redis import Redis

from accounts.models import Member, User
from accounts.roles import Role
from security import scope
from security.detection.models import Decoy
from security.incidents import notices, sending, services, tasks, texts
from security.incidents.models import ALIAS, IncidentEvent, Notice, NoticeMail, NoticeRun, State
from tests.conftest import Person, make_person
from tests.incidents.cast import (
    ERIC,
    FAY,
    NOW,
    across,
    approved,
    needs_security_role,
    notifying,
    queued,
    read,
)

pytestmark = [across, needs_security_role]
LATER = NOW + timedelta(hours=1)


class AwayBackend(EmailBackend):
    """A mail server that does not answer."""

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError("to alice@example.com")


@pytest.fixture
def two_accounts(alice: Person, charlie: Person) -> None:
    """Alice's account has two owners, one of whom reads Chinese."""
    erin = make_person("erin", account=alice.account, role=Role.OWNER)
    with scope.identity():
        User.objects.filter(pk=erin.user.pk).update(language="zh-hant")
        User.objects.filter(pk=charlie.user.pk).update(language="zh-hans")
    read(alice, [uuid4(), uuid4()], fields=["name", "address"])
    read(charlie, [uuid4()], fields=["email"])


def mails() -> list[NoticeMail]:
    return list(NoticeMail.objects.using(ALIAS).all())


def send_all(run: NoticeRun) -> int:
    return sending.turn(run.pk, clock=lambda: LATER)


@pytest.mark.usefixtures("two_accounts")
def test_a_dry_run_counts_and_shows_the_text_and_mails_nobody() -> None:
    incident, report = notifying()

    run = notices.draft(incident=incident, report=report, by=ERIC, now=NOW)
    letter = notices.sample(run, language="en")

    assert run.counts == {
        "accounts": 2,
        "recipients": 3,
        "without": 0,
        "languages": {"en": 1, "zh-hant": 1, "zh-hans": 1},
        "objects": {"contact": 3},
    }
    assert letter is not None
    assert "(name of the account)" in letter.body
    assert "Trading" not in letter.body
    assert "name, address" in letter.body or "e-mail address" in letter.body
    assert "{" not in letter.body
    assert (mail.outbox, mails()) == ([], [])


@pytest.mark.usefixtures("two_accounts")
def test_mass_notices_need_a_second_person() -> None:
    incident, report = notifying()
    run = notices.draft(incident=incident, report=report, by=ERIC, now=NOW)

    with pytest.raises(notices.WrongState):
        notices.approve(run=run, by=FAY, now=NOW)
    notices.ask(run=run, by=ERIC, now=NOW)
    with pytest.raises(notices.SamePerson):
        notices.approve(run=run, by=ERIC, now=NOW)
    with pytest.raises(services.StillSending):
        services.move(incident=incident, to=State.CLOSED, by=ERIC, now=NOW, words="Done.")
    assert mails() == []
    with pytest.raises(IntegrityError), transaction.atomic(using=ALIAS):
        NoticeRun.objects.using(ALIAS).filter(pk=run.pk).update(approved_by=ERIC)

    assert notices.approve(run=run, by=FAY, now=NOW).state == NoticeRun.State.QUEUEING


@pytest.mark.usefixtures("two_accounts")
def test_every_owner_gets_one_notice_in_their_language(alice: Person) -> None:
    run = queued()

    assert send_all(run) == 3
    assert send_all(run) == 0

    by_reader = {message.to[0]: message for message in mail.outbox}
    assert by_reader.keys() == {"alice@example.com", "erin@example.com", "charlie@example.com"}
    english = by_reader["alice@example.com"]
    assert english.subject == "Data of your ECShip account were read without permission"
    assert "Alice Trading" in str(english.body)
    with alice.scope():
        notice = Notice.objects.get()
    assert f"/en/account/notices/{notice.pk}/" in str(english.body)
    assert "/zh-hant/account/notices/" in str(by_reader["erin@example.com"].body)
    assert "Alice Trading" in str(by_reader["erin@example.com"].body)
    assert "未經授權" in str(by_reader["erin@example.com"].body)
    assert "未经授权" in str(by_reader["charlie@example.com"].body)
    sent = {row.pk: row for row in mails()}
    ids = {message.extra_headers["Message-ID"] for message in mail.outbox}
    assert ids == {f"<{pk}@127.0.0.1>" for pk in sent}
    assert {(row.state, row.attempts) for row in sent.values()} == {("sent", 1)}
    assert notices.finish(run, now=LATER) is True
    event = IncidentEvent.objects.using(ALIAS).get(kind=IncidentEvent.Kind.SENT)
    assert event.data == {"run": str(run.pk), "sent": 3}


@pytest.mark.usefixtures("two_accounts")
def test_making_and_queueing_twice_makes_the_same_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "BATCH", 1)
    run = approved()

    tasks.queue_notices(run_id=str(run.pk))
    before = {row.pk for row in mails()}
    tasks.queue_notices(run_id=str(run.pk))

    assert len(before) == 3
    assert {row.pk for row in mails()} == before


@pytest.mark.usefixtures("two_accounts")
def test_a_worker_that_dies_after_sending_sends_again_under_the_same_message_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = queued()
    row = mails()[0]

    class Killed(BaseException):
        pass

    def die(*args: Any, **kwargs: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(NoticeMail, "save", die)
        with pytest.raises(Killed):
            sending.deliver(row.pk, connection=get_connection(), now=LATER)
    assert mails()[0].state == NoticeMail.State.WAITING

    assert send_all(run) == 3
    ids = [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert len(ids) == 4
    assert len(set(ids)) == 3


@pytest.mark.usefixtures("two_accounts")
def test_a_server_that_is_away_costs_time_and_no_notice(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    run = queued()
    settings.EMAIL_DELIVERY_BACKEND = "tests.incidents.test_notices.AwayBackend"

    assert send_all(run) == 3
    assert {(row.state, row.attempts, row.error) for row in mails()} == {("waiting", 1, "ConnectionRefusedError")}
    assert send_all(run) == 0  # not due yet
    assert "alice@example.com" not in caplog.text
    settings.EMAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert sending.turn(run.pk, clock=lambda: LATER + timedelta(minutes=2)) == 3
    assert len(mail.outbox) == 3


@pytest.mark.usefixtures("two_accounts")
def test_what_fails_for_good_is_given_up_and_can_be_tried_again(settings: Any) -> None:
    run = queued()
    settings.EMAIL_DELIVERY_BACKEND = "tests.incidents.test_notices.AwayBackend"
    for attempt in range(sending.ATTEMPTS):
        for row in mails():
            sending.deliver(row.pk, connection=get_connection(), now=LATER + timedelta(hours=7 * attempt))
    assert {row.state for row in mails()} == {NoticeMail.State.FAILED}
    assert notices.finish(run, now=LATER) is True
    settings.EMAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert notices.try_again(run=run, by=ERIC, now=NOW) == 3
    assert send_all(run) == 3


@pytest.mark.usefixtures("two_accounts")
def test_who_is_no_owner_any_more_is_not_written_to(charlie: Person) -> None:
    run = queued()
    with scope.identity():
        Member.objects.filter(user=charlie.user).update(role=Role.MANAGER)

    send_all(run)

    assert {message.to[0] for message in mail.outbox} == {"alice@example.com", "erin@example.com"}
    assert sorted(row.state for row in mails()) == ["gone", "sent", "sent"]


@pytest.mark.usefixtures("two_accounts")
def test_nobody_writes_to_the_address_of_a_decoy(charlie: Person) -> None:
    Decoy.objects.using(ALIAS).create(account_id=charlie.account.pk, person=charlie.user.pk, made_at=NOW)

    run = queued()
    send_all(run)

    assert (run.counts["accounts"], run.counts["recipients"]) == (1, 2)
    assert {message.to[0] for message in mail.outbox} == {"alice@example.com", "erin@example.com"}


@pytest.mark.usefixtures("two_accounts")
def test_a_run_can_be_stopped_and_sent_on() -> None:
    run = queued()

    notices.stop(run=run, by=ERIC, now=NOW, words="A word is wrong.")
    assert send_all(run) == 0
    notices.resume(run=run, by=ERIC, now=NOW)

    assert send_all(run) == 3


@pytest.mark.usefixtures("two_accounts")
def test_what_the_queue_lost_is_sent_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    run = queued()
    asked: list[dict[str, str]] = []
    monkeypatch.setattr(tasks.send_notices, "apply_async", lambda *, kwargs: asked.append(kwargs))

    tasks.continue_notices()
    send_all(run)
    tasks.continue_notices()

    assert asked == [{"run_id": str(run.pk)}]
    assert NoticeRun.objects.using(ALIAS).get().state == NoticeRun.State.DONE


@pytest.mark.usefixtures("two_accounts")
def test_queue_and_logs_learn_no_names(caplog: pytest.LogCaptureFixture) -> None:
    redis = Redis.from_url(settings.REDIS_URL)
    redis.delete("notices", "security")
    with caplog.at_level(logging.DEBUG):
        run = approved()
        tasks.queue_notices(run_id=str(run.pk))
        send_all(run)

    messages = [json.loads(item) for queue in ("notices", "security") for item in redis.lrange(queue, 0, -1)]
    assert {message["headers"]["task"] for message in messages} == {"security.queue_notices", "security.send_notices"}
    assert {message["headers"]["kwargsrepr"] for message in messages} == {f"{{'run_id': '{run.pk}'}}"}
    assert "@example.com" not in caplog.text + json.dumps(messages)
    redis.delete("notices", "security")


def test_texts_are_checked_before_they_are_kept(alice: Person) -> None:
    read(alice, [uuid4()])
    incident, report = notifying()
    run = notices.draft(incident=incident, report=report, by=ERIC, now=NOW)
    written = texts.defaults()
    written["en"] |= {"subject": "One\nTwo", "forward": "Of {account}", "todo": "{0.__class__}", "done": " "}
    del written["zh-hans"]

    with pytest.raises(texts.BadTexts) as caught:
        notices.change_texts(run=run, changed=written)

    named = {(problem.language, problem.part) for problem in caught.value.problems}
    assert named == {("en", part) for part in ("subject", "forward", "todo", "done")} | {
        ("zh-hans", part) for part in texts.PARTS
    }
    written = texts.defaults()
    written["en"]["done"] = "We mended it."
    assert notices.change_texts(run=run, changed=written).texts["en"]["done"] == "We mended it."


def test_what_fills_a_place_is_no_place_itself() -> None:
    assert texts.fill("Of {account}", {"account": "{contact}"}) == "Of {contact}"


def test_nobody_is_told_of_a_report_that_names_nobody() -> None:
    incident, report = notifying()

    with pytest.raises(notices.NobodyAffected):
        notices.draft(incident=incident, report=report, by=ERIC, now=NOW)


@pytest.mark.usefixtures("two_accounts")
def test_an_account_reads_its_own_notice_and_nobody_writes_one(alice: Person, charlie: Person) -> None:
    queued()

    with alice.scope():
        assert [row.account_id for row in Notice.objects.all()] == [alice.account.pk]
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM security_notice WHERE account_id <> %s", [alice.account.pk])
            assert cursor.fetchone() == (0,)
            cursor.execute("SELECT count(*) FROM security_noticetext")
            assert cursor.fetchone() == (3,)
            cursor.execute("SELECT count(*) FROM security_noticemail")
            assert cursor.fetchone() == (0,)
    for statement in (
        "INSERT INTO security_notice SELECT * FROM security_notice",
        "UPDATE security_notice SET findings = '[]'",
        "DELETE FROM security_notice",
        "UPDATE security_noticemail SET user_id = account_id",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), alice.scope():
            connections["default"].cursor().execute(statement)
    with alice.scope(), connections["default"].cursor() as cursor:
        cursor.execute("UPDATE security_noticemail SET state = 'sent'")
        assert cursor.rowcount == 0
