"""After an event the holder's shipment moves on, and nobody else's."""

from __future__ import annotations

import json
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.utils import timezone
from redis import Redis

from security import scope
from security.models import AccessEntry
from security.warrants import Warrant
from shipments import item_numbers
from shipments.models import Shipment, Status
from shipments.services import WrongStatus, cancel_shipment
from tests.conftest import Person
from tests.tracking.journeys import NOW, NUMBER, OTHER, booked, operator, record
from tracking import holders, services, tasks
from tracking.models import Unfollowed

needs_security_role = pytest.mark.skipif(
    "security" not in connections.databases, reason="DATABASE_SECURITY_URL is not set: the holder cannot be asked"
)
# The owner empties the tables afterwards.
with_security_role = pytest.mark.django_db(transaction=True, databases=["default", "trail", "security", "owner"])


def status_of(person: Person, shipment: Shipment) -> str:
    with person.scope():
        return Shipment.objects.get(pk=shipment.pk).status


@needs_security_role
@with_security_role
@pytest.mark.parametrize(
    ("events", "status"),
    [
        (["EMA"], Status.ACCEPTED),
        (["EMA", "EMC"], Status.IN_TRANSIT),
        (["EMI"], Status.DELIVERED),
    ],
)
def test_advance_moves_the_holders_shipment(alice: Person, events: list[str], status: str) -> None:
    shipment = booked(alice)
    for hours, code in enumerate(events):
        record(code, hours=hours)

    tasks.advance_holder(item_number=NUMBER)

    assert status_of(alice, shipment) == status


@needs_security_role
@with_security_role
def test_advance_leaves_other_shipments_alone(alice: Person, charlie: Person) -> None:
    shipment, strangers = booked(alice), booked(charlie, number=OTHER)
    record("EMI")

    tasks.advance_holder(item_number=NUMBER)

    assert status_of(alice, shipment) == Status.DELIVERED
    assert status_of(charlie, strangers) == Status.BOOKED


@needs_security_role
@with_security_role
def test_advance_twice_and_late_does_not_move_back(alice: Person) -> None:
    shipment = booked(alice)
    record("EMI", hours=9)
    tasks.advance_holder(item_number=NUMBER)
    record("EMC", hours=1)

    tasks.advance_holder(item_number=NUMBER)
    tasks.advance_holder(item_number=NUMBER)

    assert status_of(alice, shipment) == Status.DELIVERED


@needs_security_role
@with_security_role
def test_what_was_sent_back_and_delivered_is_returned(alice: Person) -> None:
    shipment = booked(alice)
    record("EMH", hours=1, reason="unclaimed", action="return")
    record("EMI", hours=30)

    tasks.advance_holder(item_number=NUMBER)

    assert status_of(alice, shipment) == Status.RETURNED


@needs_security_role
@with_security_role
def test_a_cancelled_shipment_stays_cancelled(alice: Person) -> None:
    shipment = booked(alice, status=Status.CANCELLED)
    record("EMA")

    tasks.advance_holder(item_number=NUMBER)

    assert status_of(alice, shipment) == Status.CANCELLED


def test_what_was_handed_in_is_not_cancelled_though_its_shipment_does_not_say_so_yet(alice: Person) -> None:
    shipment = booked(alice)
    record("EMA")

    with alice.scope(), pytest.raises(WrongStatus):
        cancel_shipment(shipment_id=shipment.pk, now=NOW)

    assert status_of(alice, shipment) == Status.BOOKED


@needs_security_role
@with_security_role
def test_the_move_stands_in_the_holders_log(alice: Person) -> None:
    shipment = booked(alice)
    record("EMA")

    tasks.advance_holder(item_number=NUMBER)

    with alice.scope():
        entry = AccessEntry.objects.get(action="change")
    assert (entry.actor, entry.ids) == (tasks.ACTOR, [str(shipment.pk)])


@needs_security_role
@with_security_role
def test_an_event_of_an_unknown_item_moves_nothing() -> None:
    record("EMA")

    tasks.advance_holder(item_number=NUMBER)
    tasks.advance_holder(item_number=OTHER)


@needs_security_role
@with_security_role
def test_only_the_security_role_can_ask_who_holds_an_item(alice: Person) -> None:
    shipment = booked(alice)

    found = holders.holder_of(NUMBER)
    assert alice.account is not None
    assert found == (alice.account.pk, shipment.pk)

    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {Shipment._meta.db_table}")
        assert cursor.fetchone() == (0,)


def test_a_process_without_the_role_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holders, "DATABASE", "a database that nobody set")

    with pytest.raises(ImproperlyConfigured, match="DATABASE_SECURITY_URL"):
        holders.holder_of(NUMBER)


@pytest.mark.django_db(transaction=True, databases=["default", "trail", "owner"])
def test_an_event_sends_one_task_to_the_security_worker_after_the_commit() -> None:
    broker = Redis.from_url(settings.CELERY_BROKER_URL)
    body = {"item_number": NUMBER, "code": "EMA", "at": "2026-03-27T12:00:00Z", "place": "HKHKGA"}

    answer = operator().post("/api/v1/tracking/events/", body, content_type="application/json")

    assert answer.status_code == 201
    messages = [json.loads(message) for message in broker.lrange("security", 0, -1)]
    assert [message["headers"]["task"] for message in messages] == ["tracking.advance_holder"]
    _args, kwargs, _options = json.loads(b64decode(messages[0]["body"]))
    assert kwargs == {"item_number": NUMBER}


@pytest.mark.django_db(transaction=True, databases=["default", "trail", "owner"])
def test_many_events_send_few_tasks_that_name_every_item_once() -> None:
    broker = Redis.from_url(settings.CELERY_BROKER_URL)
    numbers = [item_numbers.compose("RA", 60_000_000 + place) for place in range(120)]
    told = {"code": "EMA", "at": NOW, "place": "HKHKGA", "reason": ""}

    services.record_events(
        [{**told, "item_number": number} for number in (*numbers, numbers[0])], by="operator:test", now=NOW
    )

    messages = [json.loads(message) for message in broker.lrange("security", 0, -1)]
    assert {message["headers"]["task"] for message in messages} == {"tracking.advance_holders"}
    named = [json.loads(b64decode(message["body"]))[1]["item_numbers"] for message in messages]
    assert sorted(number for some in named for number in some) == sorted(numbers)
    assert max(len(some) for some in named) <= services.FOLLOWED_TOGETHER


@needs_security_role
@with_security_role
def test_many_items_are_followed_together(alice: Person) -> None:
    shipments = [booked(alice), booked(alice, number=OTHER)]
    for number in (NUMBER, OTHER):
        record("EMI", number=number)

    tasks.advance_holders(item_numbers=[NUMBER, OTHER])

    assert [status_of(alice, shipment) for shipment in shipments] == [Status.DELIVERED] * 2
    assert not Unfollowed.objects.exists()


@scope.warrant(Warrant.TRACKING)
def fall_due() -> None:
    Unfollowed.objects.update(due_at=timezone.now() - timedelta(minutes=2))


@needs_security_role
@with_security_role
def test_a_lost_message_is_made_good_by_the_sweep(alice: Person) -> None:
    shipment = booked(alice)
    record("EMA")
    fall_due()

    tasks.advance_waiting()

    assert status_of(alice, shipment) == Status.ACCEPTED
    assert not Unfollowed.objects.exists()


@needs_security_role
@with_security_role
def test_two_workers_at_once_follow_once(alice: Person) -> None:
    booked(alice)
    record("EMA")

    def work(_number: int) -> None:
        try:
            tasks.advance_holder(item_number=NUMBER)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(work, range(2)))

    with alice.scope():
        assert AccessEntry.objects.filter(action="change", actor=tasks.ACTOR).count() == 1


@needs_security_role
@with_security_role
def test_what_fails_is_tried_again_with_a_bound(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    shipment = booked(alice)
    record("EMA")
    with monkeypatch.context() as away:
        away.setattr(holders, "DATABASE", "a database that nobody set")
        for _attempt in range(tasks.ATTEMPTS):
            fall_due()
            tasks.advance_waiting()
    row = Unfollowed.objects.get()
    fall_due()
    tasks.advance_waiting()

    assert (row.attempts, row.given_up_at is None) == (tasks.ATTEMPTS, False)
    assert status_of(alice, shipment) == Status.BOOKED

    record("EMA")  # whoever repeats the event starts anew
    tasks.advance_holder(item_number=NUMBER)

    assert status_of(alice, shipment) == Status.ACCEPTED
