"""Tracking for machines."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts import keys
from security import scope
from security.limits import Limit
from tests.conftest import Person
from tests.tracking.journeys import NUMBER, OTHER, UNKNOWN, booked, operator, record
from tracking import limits
from tracking.limits import LOOKUPS, SEARCH_SIZE
from tracking.models import Event, Unfollowed

pytestmark = pytest.mark.django_db

EVENTS, SEARCH = "/api/v1/tracking/events/", "/api/v1/tracking/search/"
EVENT = {"item_number": NUMBER, "code": "EMA", "at": "2026-03-27T12:00:00Z", "place": "HKHKGA"}


def post(client: Client, address: str, body: Any) -> Any:
    return client.post(address, body, content_type="application/json")


# Reading --------------------------------------------------------------------------------------------------------------


def test_an_items_events_are_public_and_name_nobody(client: Client, alice: Person) -> None:
    booked(alice)
    record("EMC", hours=8)
    record("EMA")

    answer = client.get(f"/api/v1/tracking/{NUMBER}/")

    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"item_number", "service", "state", "events"}
    assert (body["item_number"], body["service"], body["state"]) == (NUMBER, "registered", "left_for_destination")
    assert [(event["code"], event["at"]) for event in body["events"]] == [
        ("EMA", "2026-03-27T12:00:00Z"),
        ("EMC", "2026-03-27T20:00:00Z"),
    ]
    assert {frozenset(event) for event in body["events"]} == {frozenset({"code", "at", "place", "text"})}


@pytest.mark.parametrize("number", [NUMBER, OTHER, "RB123456789HK", "nonsense", "x" * 300])
def test_without_events_unknown_and_malformed_are_the_same(client: Client, alice: Person, number: str) -> None:
    booked(alice)

    answer = client.get(f"/api/v1/tracking/{number}/")

    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["detail"] == "There are no events for this item number."


def test_search_answers_each_number_in_the_order_asked(client: Client) -> None:
    record("EMI", number=OTHER)

    body = post(client, SEARCH, {"item_numbers": [UNKNOWN, OTHER.lower(), "RB123456789HK"]}).json()

    assert [(item["item_number"], item["state"], len(item["events"])) for item in body["results"]] == [
        (UNKNOWN, None, 0),
        (OTHER, "delivered", 1),
    ]
    assert body["malformed"] == ["RB123456789HK"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        "x",
        {"item_numbers": []},
        {"item_numbers": "x"},
        {"item_numbers": [{}]},
        {"item_numbers": [NUMBER] * 41},
    ],
)
def test_search_refuses_what_is_no_list_of_numbers(client: Client, body: Any) -> None:
    answer = post(client, SEARCH, body)

    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")


def test_lookups_are_counted_and_limited(client: Client) -> None:
    first = client.get(f"/api/v1/tracking/{NUMBER}/")
    for _time in range(LOOKUPS.items // SEARCH_SIZE + 2):
        answer = post(client, SEARCH, {"item_numbers": [f"X{number}" for number in range(SEARCH_SIZE)]})

    assert first["RateLimit"].startswith(f'"tracking";r={LOOKUPS.items - 1};')
    assert first["RateLimit-Policy"] == f'"tracking";q={LOOKUPS.items};w={LOOKUPS.seconds}'
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= LOOKUPS.seconds
    assert answer.json()["status"] == 429


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"item_numbers": []}', b'{"item_numbers": [7]}'])
def test_a_search_that_cannot_be_read_is_counted_too(
    client: Client, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LOOKUPS", Limit("tracking", items=3, seconds=60))

    answers = [client.post(SEARCH, body, content_type="application/json") for _time in range(4)]

    assert [answer.status_code for answer in answers] == [400, 400, 400, 429]
    assert answers[0]["RateLimit"] == '"tracking";r=2;t=20'


# Writing --------------------------------------------------------------------------------------------------------------


def test_an_operators_key_records_an_event() -> None:
    answer = post(operator(), EVENTS, EVENT)

    assert answer.status_code == 201
    assert answer.json()["results"][0]["is_new"] is True
    assert Event.objects.get().recorded_by.startswith("operator:")


def test_the_same_event_again_is_answered_without_a_second_one() -> None:
    client = operator()
    post(client, EVENTS, EVENT)

    answer = post(client, EVENTS, {**EVENT, "at": "2026-03-27T20:00:00+08:00"})

    assert answer.status_code == 200
    assert answer.json()["results"][0]["is_new"] is False
    assert Event.objects.count() == 1


def test_many_events_are_recorded_together() -> None:
    answer = post(operator(), EVENTS, {"events": [EVENT, {**EVENT, "item_number": OTHER}]})

    assert answer.status_code == 201
    assert Event.objects.count() == 2


def test_an_event_that_stands_twice_in_one_body_is_new_once() -> None:
    post(operator(), EVENTS, {**EVENT, "item_number": OTHER})

    answer = post(operator(), EVENTS, {"events": [EVENT, {**EVENT, "item_number": OTHER}, EVENT]})

    assert [result["is_new"] for result in answer.json()["results"]] == [True, False, False]
    assert [result["item_number"] for result in answer.json()["results"]] == [NUMBER, OTHER, NUMBER]
    assert sorted(Unfollowed.objects.values_list("pk", flat=True)) == sorted([NUMBER, OTHER])
    assert Event.objects.count() == 2


def test_one_wrong_event_stops_all_of_them() -> None:
    answer = post(operator(), EVENTS, {"events": [EVENT, {**EVENT, "item_number": "RB123456789HK"}]})

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/events/1/item_number"]
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**EVENT, "code": "EMQ"}, "/code"),
        ({**EVENT, "code": "EME"}, "/reason"),
        ({**EVENT, "at": "soon"}, "/at"),
        ({**EVENT, "at": "0001-01-01T00:00:00+14:00"}, "/at"),
        ({**EVENT, "at": "9999-12-31T23:59:59-12:00"}, "/at"),
        ({**EVENT, "place": "x" * 61}, "/place"),
        ({**EVENT, "place": "A\u0000B"}, "/place"),
        ({**EVENT, "item_number": None}, "/item_number"),
        ({**EVENT, "reason": "Mr Chan"}, "/reason"),
        ({"events": []}, None),
        ({"events": None}, None),
        ({"events": "x"}, None),
        ({"events": [1]}, None),
        ([], None),
        (None, None),
        ("x", None),
    ],
)
def test_wrong_bodies_are_refused_and_pointed_at(body: Any, pointer: str | None) -> None:
    answer = post(operator(), EVENTS, body)

    assert answer.status_code == 400
    if pointer:
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not Event.objects.exists()


def test_nobody_without_an_operators_key_records_events(client: Client, alice: Person) -> None:
    assert alice.account is not None
    with scope.identity():
        scopes = ["contacts:read", "contacts:write", "contacts:export", "shipments:read", "shipments:write", "log:read"]
        _key, token = keys.create_api_key(account=alice.account, by=alice.user, name="shop", scopes=scopes)
    customer = Client(headers={"Authorization": f"Bearer {token}"})
    unknown = Client(headers={"Authorization": "Bearer ecs_unknown"})

    answers = [post(who, EVENTS, EVENT).status_code for who in (client, unknown, customer, alice.client)]

    assert answers == [401, 401, 403, 403]
    assert not Event.objects.exists()


def test_an_operators_key_opens_nothing_else() -> None:
    assert operator().get("/api/v1/shipments/").status_code in {401, 403}


def test_reading_records_nothing(client: Client) -> None:
    client.get(f"/api/v1/tracking/{NUMBER}/")
    client.get(EVENTS)

    assert not Event.objects.exists()


# Operators' keys ------------------------------------------------------------------------------------------------------


def made(*arguments: str) -> str:
    out = StringIO()
    call_command("create_operator_key", *arguments, stdout=out)
    return out.getvalue().strip()


def entered(client: Client, token: str) -> int:
    answer = client.post(EVENTS, EVENT, content_type="application/json", headers={"authorization": f"Bearer {token}"})
    return answer.status_code


def test_an_operators_key_works_until_its_day(client: Client) -> None:
    token = made("--name", "Counter", "--days", "2")
    before = entered(client, token)

    with time_machine.travel(timezone.now() + timedelta(days=2, minutes=1)):
        after = entered(client, token)

    assert (before, after) == (201, 401)


def test_an_ended_operators_key_is_refused_at_once(client: Client) -> None:
    token, other = made("--name", "Counter"), made("--name", "Van")

    call_command("end_operator_key", "--name", "Counter", stdout=StringIO())

    assert entered(client, token) == 401
    assert entered(client, other) == 201
    with pytest.raises(CommandError, match="No operator's key"):
        call_command("end_operator_key", "--name", "Counter")
