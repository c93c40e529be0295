"""What a key is worth: until when, from where, for what, and who sees that it is used."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey
from security import live, scope
from tests.api.calling import BOOKS, ROOT, call, is_problem, key_of
from tests.conftest import Person

pytestmark = pytest.mark.django_db
ME = f"{ROOT}/me/"


def the_key() -> ApiKey:
    with scope.identity():
        return ApiKey.objects.get()


def change(**values: Any) -> None:
    with scope.identity():
        ApiKey.objects.update(**values)


def test_a_key_works_until_it_expires(alice: Person) -> None:
    shop = key_of(alice, expires_at=timezone.now() + timedelta(minutes=5))

    before = call(shop, "get", ME).status_code
    change(expires_at=timezone.now() - timedelta(seconds=1))

    assert before == 200
    assert is_problem(call(shop, "get", ME), 401)


@pytest.mark.parametrize(
    ("ranges", "source", "lets"),
    [
        (["192.0.2.0/24"], "192.0.2.200", True),
        (["192.0.2.0/24"], "192.0.3.1", False),
        (["198.51.100.7", "192.0.2.0/24"], "198.51.100.7", True),
        (["2001:db8::/32"], "2001:db8:7::1", True),
        (["2001:db8::/32"], "2001:db9::1", False),
        (["192.0.2.0/24"], "2001:db8::1", False),
        (["::ffff:127.0.0.1"], "127.0.0.1", True),
        (["::ffff:192.0.2.0/120"], "192.0.2.200", True),
        (["::ffff:192.0.2.0/120"], "192.0.3.1", False),
        (["192.0.2.0/24"], "::ffff:192.0.2.7", True),
        (["192.0.2.0/24"], "::ffff:192.0.3.7", False),
        (["::/0"], "2001:db8::1", True),
        ([], "203.0.113.9", True),
    ],
)
def test_a_key_works_from_its_addresses(alice: Person, ranges: list[str], source: str, lets: bool) -> None:
    shop = key_of(alice, allowed_addresses=ranges)

    answer = shop.get(ME, REMOTE_ADDR=source)

    assert answer.status_code == (200 if lets else 401)


def test_a_header_does_not_say_where_a_key_is_used_from(alice: Person) -> None:
    shop = key_of(alice, allowed_addresses=["192.0.2.0/24"])

    assert is_problem(call(shop, "get", ME, X_Forwarded_For="192.0.2.7"), 401)


def test_a_wrong_expired_or_misplaced_key_is_one_and_the_same(alice: Person) -> None:
    expired = key_of(alice, expires_at=timezone.now() - timedelta(days=1))
    misplaced = key_of(alice, allowed_addresses=["192.0.2.1"])
    unknown = Client(headers={"authorization": "Bearer ecs_unknown"})

    bodies = [
        {name: value for name, value in call(client, "get", ME).json().items() if name != "instance"}
        for client in (expired, misplaced, unknown)
    ]

    assert bodies[0] == bodies[1] == bodies[2]


def test_use_is_noted_and_shown(alice: Person) -> None:
    shop = key_of(alice)
    assert the_key().last_used_at is None

    call(shop, "get", ME)

    used = the_key().last_used_at
    assert used is not None
    assert timezone.now() - used < timedelta(minutes=1)
    assert timezone.localtime(used).strftime("%Y") in alice.get("/en/account/keys/").text


def test_the_page_says_where_a_key_works_and_until_when(alice: Person) -> None:
    key_of(alice, allowed_addresses=["192.0.2.0/24", "2001:db8::/32"])

    row = alice.get("/en/account/keys/").text

    assert "192.0.2.0/24, 2001:db8::/32" in row
    assert "Never" in row


def test_a_refused_request_is_a_use_too(alice: Person) -> None:
    shop = key_of(alice, "contacts:read")

    assert is_problem(call(shop, "post", BOOKS, {"name": "x"}), 403)

    assert the_key().last_used_at is not None


def test_a_suspended_key_gets_one_problem_and_nothing_else(alice: Person) -> None:
    shop = key_of(alice)
    live.suspend(the_key().pk)

    for method, address in (("get", ME), ("post", BOOKS), ("get", f"{ROOT}/services/"), ("get", f"{ROOT}/nothing/")):
        answer = call(shop, method, address)
        assert is_problem(answer, 403)
        assert answer.json()["type"] == "urn:ecship:problem:suspended"
        assert "RateLimit" not in answer


def test_a_key_opens_no_page(alice: Person) -> None:
    shop = key_of(alice)

    assert shop.get("/en/account/keys/").status_code == 302
