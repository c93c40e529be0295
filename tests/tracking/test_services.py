"""Recording events."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection

from security import scope
from security.warrants import Warrant
from tests.tracking.journeys import NOW, NUMBER, record
from tracking import selectors
from tracking.events import State
from tracking.models import Event
from tracking.services import InvalidEvent

pytestmark = pytest.mark.django_db


def test_record_event_keeps_what_happened_and_who_says_so() -> None:
    event, is_new = record("EMA", place=" Air  Mail Centre ")

    assert is_new
    assert (event.item_number, event.code, event.at, event.place) == (NUMBER, "EMA", NOW, "Air Mail Centre")
    assert event.recorded_by == "operator:test"


def test_the_same_event_twice_is_one_event() -> None:
    first, _new = record("EMA")

    again, is_new = record("EMA", place="Another name of the same office")

    assert not is_new
    assert again.pk == first.pk
    assert Event.objects.count() == 1


def test_the_same_moment_in_another_zone_is_the_same_event() -> None:
    record("EMA")

    _event, is_new = record("EMA", number="rb 1234 5678 5 hk")

    assert not is_new


def test_the_database_refuses_the_same_event_twice() -> None:
    event, _new = record("EMA")
    twin = Event(item_number=NUMBER, code="EMA", at=event.at, recorded_at=NOW, recorded_by="x")

    with pytest.raises(IntegrityError, match="tracking_event_once"), scope.warrant(Warrant.TRACKING):
        twin.save()


def test_the_database_refuses_an_unknown_code() -> None:
    with pytest.raises(IntegrityError, match="tracking_event_code_known"), scope.warrant(Warrant.TRACKING):
        Event.objects.create(item_number=NUMBER, code="ZZZ", at=NOW, recorded_at=NOW, recorded_by="x")


def test_the_site_can_neither_change_nor_delete_an_event() -> None:
    record("EMA")

    with pytest.raises(DatabaseError, match="permission denied"), scope.warrant(Warrant.TRACKING):
        Event.objects.update(place="elsewhere")
    with pytest.raises(DatabaseError, match="permission denied"), scope.warrant(Warrant.TRACKING):
        Event.objects.all().delete()


def test_events_out_of_order_make_one_timeline() -> None:
    record("EMD", hours=20)
    record("EMA", hours=0)
    record("EMC", hours=9)

    track = selectors.track_of(NUMBER)

    assert [event.code for event in track.events] == ["EMA", "EMC", "EMD"]
    assert track.state == State.ARRIVED


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("item_number", {"number": "RB123456789HK"}),
        ("item_number", {"number": ""}),
        ("item_number", {"number": "RB123456785HK\x00"}),
        ("code", {"code": "EMQ"}),
        ("code", {"code": ""}),
        ("at", {"hours": 24 * 30}),
        ("place", {"place": "x" * 61}),
        ("place", {"place": "A\x00B"}),
        ("reason", {"code": "EME"}),
        ("reason", {"code": "EMH"}),
        ("reason", {"reason": "Mr Chan was not at home"}),
        ("action", {"code": "EMH", "reason": "absent", "action": "dance"}),
        ("action", {"code": "EMI", "action": "return"}),
    ],
)
def test_record_event_refuses_what_is_not_right(field: str, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent) as refused:
        record(**{"code": "EMA", **values})

    assert refused.value.field == field
    assert refused.value.message
    assert not Event.objects.exists()


def test_record_event_refuses_a_time_before_all_mail() -> None:
    from tracking import services

    with pytest.raises(InvalidEvent):
        services.record_event(
            item_number=NUMBER, code="EMA", at=datetime(1, 1, 1, tzinfo=UTC), place="", reason="", by="x", now=NOW
        )


def test_an_event_with_reason_and_action_says_them_in_words() -> None:
    event, _new = record("EMH", reason="absent", action="retry")
    foreign, _new = record("EME", reason="57")

    assert event.text == (
        "Delivery not successful – Nobody was there to receive the item. – Delivery will be tried again."
    )
    assert foreign.text.endswith("Reason code 57.")


def test_clocks_may_differ_by_a_day() -> None:
    record("EMA", now=NOW - timedelta(hours=23))

    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True, databases=["default", "trail", "owner"])
def test_the_same_event_from_several_at_once_is_one_event() -> None:
    def send(_time: int) -> bool:
        try:
            return record("EMA")[1]
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        news = list(pool.map(send, range(16)))

    assert news.count(True) == 1
    assert Event.objects.count() == 1
