"""How often the API may be asked, by whom, and what happens when nobody counts."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone

from ecship.embedded.ports import free_port
from security import limits
from security.limits import Limit
from tests.api.calling import BOOKS, ROOT, SHIPMENTS, call, is_problem, key_of
from tests.conftest import Person

pytestmark = pytest.mark.django_db
ME, SERVICES, QUOTES = f"{ROOT}/me/", f"{ROOT}/services/", f"{ROOT}/quotes/"
QUESTION = {"destination": "GB", "weight_kg": "0.4", "contents": "goods"}
FEW = Limit("few", items=3, seconds=30)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site that allows next to nothing."""
    for name, items in (("ACTOR", 3), ("ACCOUNT", 5), ("ADDRESS", 2)):
        monkeypatch.setattr(limits, name, Limit(name.lower(), items=items, seconds=60))


def left(answer: Any) -> dict[str, int]:
    """Read the RateLimit field: what is left, by name."""
    return {name: left for name, (left, _until) in states(answer).items()}


def states(answer: Any) -> dict[str, tuple[int, int]]:
    """Read the RateLimit field: what is left, and in how many seconds all of it is there again, by name."""
    found = re.findall(r'"(\w+)";r=(\d+);t=(\d+)(?:, |$)', answer["RateLimit"])
    assert len(found) == answer["RateLimit"].count(";r="), answer["RateLimit"]
    return {name: (int(left), int(until)) for name, left, until in found}


def test_an_answer_says_what_is_left(alice: Person) -> None:
    shop = key_of(alice)

    first, second = call(shop, "get", ME), call(shop, "get", ME)

    assert first["RateLimit-Policy"] == '"actor";q=1200;w=60, "account";q=3000;w=60'
    assert left(first) == {"actor": 1199, "account": 2999}
    assert left(second)["actor"] <= 1199
    assert "RateLimit" not in alice.client.get("/en/")


def test_an_answer_says_when_the_whole_is_there_again(alice: Person, small: None) -> None:
    shop = key_of(alice)

    found = [states(call(shop, "get", ME)) for _time in range(4)]

    # Three in a minute come back every 20 seconds, five every 12; the fourth is refused and counts nothing.
    until = [(state["actor"][1], state["account"][1]) for state in found]
    for (actor, account), taken in zip(until, (1, 2, 3, 3), strict=True):
        assert 20 * taken - 10 < actor <= 20 * taken
        assert 12 * taken - 10 < account <= 12 * taken


def test_a_key_has_its_own_and_shares_its_accounts(alice: Person, bob: Person, small: None) -> None:
    shop, other = key_of(alice), key_of(bob)

    first = [call(shop, "get", ME).status_code for _time in range(4)]
    second = [call(other, "get", ME).status_code for _time in range(3)]

    assert first == [200, 200, 200, 429]
    assert second == [200, 200, 429], "three of five were taken by the other key"


def test_a_refusal_says_when_to_come_back_and_does_nothing(alice: Person, small: None) -> None:
    shop = key_of(alice)
    for _time in range(3):
        call(shop, "get", ME)

    answer = call(shop, "post", BOOKS, {"name": "Customers"}, Accept_Language="zh-Hans")

    assert is_problem(answer, 429)
    assert 0 < int(answer["Retry-After"]) <= 20
    assert left(answer)["actor"] == 0
    assert "Retry-After" in answer.json()["detail"]
    assert "Customers" not in alice.client.get(BOOKS).content.decode()


def test_strangers_are_counted_by_where_they_come_from(client: Client, small: None) -> None:
    answers = [call(client, "get", address) for address in (SERVICES, ME, f"{ROOT}/nothing/")]
    elsewhere = client.get(SERVICES, REMOTE_ADDR="192.0.2.7")

    assert [answer.status_code for answer in answers] == [200, 401, 429]
    assert elsewhere.status_code == 200


@pytest.mark.parametrize(
    ("source", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("x", "unknown"),
    ],
)
def test_a_network_of_ipv6_is_one_source(source: str, counted: str) -> None:
    assert limits.network_of(source) == counted


def test_quotes_have_their_own_limit(client: Client) -> None:
    answer = call(client, "post", QUOTES, QUESTION)

    assert left(answer) == {"quotes": 119}


def test_items_come_back_evenly() -> None:
    now = timezone.now()

    def at(seconds: float, items: int = 1) -> limits.Verdict:
        return limits.ask([(FEW, "x")], now=now + timedelta(seconds=seconds), items=items)[0]

    assert [at(0).left for _time in range(3)] == [2, 1, 0]
    refused = at(0)
    assert refused.headers == {"RateLimit-Policy": '"few";q=3;w=30', "RateLimit": '"few";r=0;t=30', "Retry-After": "10"}
    assert (refused.allowed, refused.retry_in, refused.resets_in) == (False, 10, 30)
    assert at(9.9).allowed is False
    assert at(10.1).allowed is True
    assert at(10.2).allowed is False
    assert at(45, items=3).allowed is True
    assert at(45, items=4).allowed is False


def test_where_one_limit_refuses_none_is_counted() -> None:
    now, wide = timezone.now(), Limit("wide", items=100, seconds=60)
    both: list[tuple[Limit, str]] = [(FEW, "x"), (wide, "x")]

    for _time in range(6):
        limits.ask(both, now=now)

    assert limits.ask([(wide, "x")], now=now)[0].left == 100 - 3 - 1


def test_many_at_once_get_no_more_than_there_is() -> None:
    now: datetime = timezone.now()
    many = Limit("many", items=20, seconds=60)

    with ThreadPoolExecutor(max_workers=8) as pool:
        passed = list(pool.map(lambda _number: limits.ask([(many, "x")], now=now)[0].allowed, range(60)))

    assert sum(passed) == 20


def test_a_question_is_answered_later_and_counts_as_one_asked_at_once() -> None:
    now, counted = timezone.now(), [(FEW, "later")]
    first, unwanted = limits.Question(counted, now=now), limits.Question(counted, now=now)
    assert unwanted._connection is not None  # it was sent

    unwanted.close()

    assert first.answer()[0].left == 2
    assert limits.ask(counted, now=now)[0].left == 0


def test_a_question_is_asked_again_where_redis_lost_the_script_or_the_connection() -> None:
    redis, now = limits._client(settings.REDIS_URL), timezone.now()
    limits.ask([(FEW, "lost")], now=now)

    redis.script_flush()
    scriptless = limits.Question([(FEW, "lost")], now=now).answer()
    cut = limits.Question([(FEW, "lost")], now=now)
    cut._connection.disconnect()
    again = cut.answer()

    assert scriptless[0].left == 1
    assert again[0].left in {0, 1}  # whether Redis counted before it was cut nobody knows
    assert redis.ping()


@override_settings(RATE_LIMIT_FACTOR=10)
def test_a_site_may_multiply_them_all(client: Client) -> None:
    assert left(call(client, "get", SERVICES)) == {"address": 2_999}


def test_without_redis_reading_goes_on_for_a_while_and_changes_wait(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = key_of(alice)
    with override_settings(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0"):
        read, wrote = call(shop, "get", SHIPMENTS), call(shop, "post", BOOKS, {"name": "Customers"})
        asked = call(Client(), "post", QUOTES, QUESTION)
        monkeypatch.setattr(limits, "OPEN_SECONDS", -1)
        later = call(shop, "get", SHIPMENTS)
    after = call(shop, "post", BOOKS, {"name": "Customers"})

    assert (read.status_code, asked.status_code) == (200, 200)
    assert "RateLimit" not in read
    assert is_problem(wrote, 503)
    assert wrote["Retry-After"] == "5"
    assert is_problem(later, 503)
    assert after.status_code in {201, 503}, "Redis is asked again after a second"
