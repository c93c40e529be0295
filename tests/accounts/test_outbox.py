"""Mail survives a queue that is away, a server that is away, and a worker that is killed; the queue learns no names."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, connections
from django.test import Client
from django.utils import timezone
from redis import Redis

from accounts import delivery, letters, outbox, tasks
from accounts.models import OutgoingMail
from security import scope
from tests.conftest import Person
from tests.mailbox import deliver

pytestmark = pytest.mark.django_db
SIGN_UP = {"email": "new@example.com", "kind": "business", "account_name": "New Trading"}


class AwayBackend(EmailBackend):
    """A mail server that does not answer."""

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError("to new@example.com")


@pytest.fixture
def server_is_away(settings: Any) -> None:
    settings.EMAIL_DELIVERY_BACKEND = "tests.accounts.test_outbox.AwayBackend"


def rows() -> list[OutgoingMail]:
    with scope.identity():
        return list(OutgoingMail.objects.all())


def test_what_was_sent_is_gone_from_the_table(client: Client) -> None:
    client.post("/en/sign-in/signup/", SIGN_UP)
    assert len(rows()) == 1

    assert len(deliver()) == 1
    assert rows() == []


def test_delivering_twice_sends_once(client: Client) -> None:
    client.post("/en/sign-in/signup/", SIGN_UP)
    mail_id, now = rows()[0].pk, timezone.now()

    delivery.deliver(mail_id, now=now)
    delivery.deliver(mail_id, now=now)

    assert len(mail.outbox) == 1


@pytest.mark.usefixtures("server_is_away")
def test_a_mail_that_fails_is_tried_again_later_and_given_up_in_the_end(
    client: Client, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client.post("/en/sign-in/signup/", SIGN_UP)
    now, waits = timezone.now(), []
    for _attempt in range(delivery.ATTEMPTS):
        (row,) = rows()
        waits.append(round((row.due_at - now).total_seconds() / 60))
        now = max(now, row.due_at)
        delivery.deliver(row.pk, now=now)
    (row,) = rows()

    assert waits == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert row.given_up_at is not None
    assert row.data == {"sign_up": row.data["sign_up"]}, "what was typed stands in one place"
    assert "new@example.com" not in caplog.text
    outbox.tell_queue_again(now=now + outbox.GIVEN_UP_KEPT + timedelta(seconds=1))
    assert rows() == []


def test_a_second_try_has_the_same_message_id(client: Client, settings: Any) -> None:
    client.post("/en/sign-in/signup/", SIGN_UP)
    (row,) = rows()
    settings.EMAIL_DELIVERY_BACKEND = "tests.accounts.test_outbox.AwayBackend"
    delivery.deliver(row.pk, now=timezone.now())
    settings.EMAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    delivery.deliver(row.pk, now=timezone.now() + timedelta(minutes=2))

    assert mail.outbox[0].extra_headers["Message-ID"].startswith(f"<{row.pk}@")


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_the_mail_to_the_next(client: Client) -> None:
    client.post("/en/sign-in/signup/", SIGN_UP)
    (row,) = rows()

    def send_and_die() -> None:
        with scope.enter(scope.NOBODY):
            delivery.deliver(row.pk, now=timezone.now())
            raise KeyboardInterrupt  # after sending, before the transaction ends

    with pytest.raises(KeyboardInterrupt):
        send_and_die()

    assert [left.pk for left in rows()] == [row.pk]
    assert len(deliver()) == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_send_the_same_mail(client: Client) -> None:
    client.post("/en/sign-in/signup/", SIGN_UP)
    (row,) = rows()
    other = connections.create_connection("default")
    try:
        with scope.identity():
            OutgoingMail.objects.select_for_update().get(pk=row.pk)
            in_another_connection(other, lambda: delivery.deliver(row.pk, now=timezone.now()))
    finally:
        other.close()

    assert mail.outbox == []
    assert len(rows()) == 1


def in_another_connection(other: Any, act: Callable[[], None]) -> None:
    from threading import Thread

    def run() -> None:
        connections["default"] = other
        other.inc_thread_sharing()
        act()

    thread = Thread(target=run)
    thread.start()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_the_queue_learns_the_rows_id_and_nothing_else(client: Client) -> None:
    redis = Redis.from_url(settings.CELERY_BROKER_URL)
    redis.delete("notices")

    client.post("/en/sign-in/signup/", SIGN_UP)
    client.post("/en/sign-in/password/reset/", {"email": "new@example.com"})

    queued = [json.loads(item) for item in redis.lrange("notices", 0, -1)]
    assert len(queued) == 2
    everything = b"".join(redis.dump(key) or b"" for key in redis.scan_iter("*"))
    for word in (b"new@example.com", b"New Trading", b"argon2", b"account/activate", b"reset/key"):
        assert word not in everything
    redis.delete("notices")


@pytest.mark.django_db(transaction=True)
def test_mail_waits_where_the_queue_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_options: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(tasks.deliver_mail, "apply_async", away)
        response = client.post("/en/sign-in/signup/", SIGN_UP)

    assert response.status_code == 302
    assert outbox.tell_queue_again(now=timezone.now()) == 0, "the queue may still be at it"
    assert outbox.tell_queue_again(now=timezone.now() + outbox.QUEUE_MAY_TAKE) == 1
    Redis.from_url(settings.CELERY_BROKER_URL).delete("notices")


def test_an_account_sees_no_mail_of_anybody(alice: Person) -> None:
    outbox.post(kind=OutgoingMail.Kind.RESET, email="alice@example.com")

    with alice.scope(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_outgoingmail")
        assert cursor.fetchone() == (0,)


def test_a_mail_that_no_server_could_take_is_given_up_at_once() -> None:
    with scope.identity():
        outbox.post(kind=OutgoingMail.Kind.RESET, email="a@" + "ü" * 60 + ".com")
        row = OutgoingMail.objects.get()

    delivery.deliver(row.pk, now=timezone.now())

    with scope.identity():
        assert OutgoingMail.objects.get().given_up_at is not None
        assert outbox.waiting(now=timezone.now()) == []


def test_a_mail_that_cannot_be_written_counts_as_an_attempt(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_mail: OutgoingMail) -> None:
        raise KeyError("address")

    client.post("/en/sign-in/signup/", SIGN_UP)
    monkeypatch.setattr(letters, "write", broken)
    (row,) = rows()

    delivery.deliver(row.pk, now=timezone.now())

    (after,) = rows()
    assert (after.attempts, after.given_up_at) == (1, None)
    with scope.identity():
        assert outbox.waiting(now=timezone.now()) == []
