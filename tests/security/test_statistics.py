"""What is counted, when it is too much, and what follows: slower, then who are you, then a case; and the decay."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone
from redis import RedisError

from accounts.models import Account
from addressbook import services as books
from ecship.embedded.ports import free_port
from security import limits, scope
from security.detection import counting, judging, observing, stream
from security.detection.models import Finding, Score, Subject, Suspension
from security.detection.signal import Signal
from security.models import LiveState
from security.thresholds import DEFAULTS
from tests.conftest import PASSWORD, Person
from tests.security.watching import DATABASES, ON_SITE, events, key_of, settle, state_of, suspensions

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
AT = datetime(2026, 3, 27, 4, 0, tzinfo=UTC).timestamp()
LIMITS = DEFAULTS.counting


def signal(**values: Any) -> Signal:
    person = values.pop("person", "c0ffee00-0000-4000-8000-000000000001")
    account = "ac000000-0000-4000-8000-000000000001"
    plain = Signal(at=AT, actor=f"user:{person}", person=person, account=account, source="s1", endpoint="x")
    return replace(plain, **values)


def rules(signals: list[Signal]) -> list[str]:
    return [one.rule for one in counting.count(signals)]


# Counters ----------------------------------------------------------------------------------------------------


def test_one_round_trip_counts_a_whole_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    script = counting._script(settings.REDIS_URL)
    client = script.registered_client
    counting.count([signal()])  # the script is known from now on
    execute = client.execute_command

    def note(*parts: Any, **more: Any) -> Any:
        sent.append(parts[0])
        return execute(*parts, **more)

    monkeypatch.setattr(client, "execute_command", note)

    counting.count([signal(objects=("a", "b"), status=404, numbers=(1,), is_probe=True) for _ in range(50)])

    assert sent == ["EVALSHA"]


def test_ordinary_requests_cross_nothing() -> None:
    page = tuple(f"o{number}" for number in range(25))

    assert rules([signal(at=AT + 30 * number, objects=page) for number in range(100)]) == []


def test_more_cost_than_a_budget_is_told_once_a_minute() -> None:
    burst = [signal(at=AT + number / 1000) for number in range(LIMITS.cost_at_once + 50)]

    assert rules(burst) == ["cost"]
    assert rules([replace(one, at=one.at + 61) for one in burst[-200:]]) == ["cost"]


def test_programs_and_declared_work_have_a_budget_of_their_own() -> None:
    burst = [signal(at=AT + number / 1000) for number in range(LIMITS.cost_at_once + 50)]

    assert rules([replace(one, actor="key:1", key="1") for one in burst]) == []
    assert rules([replace(one, actor="user:2", declared="print") for one in burst]) == []


def test_different_objects_are_counted_and_the_same_ones_are_not() -> None:
    def page(first: int) -> tuple[str, ...]:
        return tuple(f"o{first + one}" for one in range(100))

    again = rules([signal(at=AT + number, objects=page(0)) for number in range(40)])
    sweep = rules([signal(at=AT + number, actor="user:2", objects=page(100 * number)) for number in range(20)])
    young = rules(
        [signal(at=AT + number, actor="user:3", is_young=True, objects=page(100 * number)) for number in range(4)]
    )

    assert (again, sweep, young) == ([], ["distinct"], ["young"])


def test_each_time_over_the_limit_is_told_however_fast_it_goes() -> None:
    """Whoever takes a large book within a minute is not told of once, as if it were one page too many."""
    book = [f"o{one}" for one in range(LIMITS.objects_an_hour * 9 // 2)]  # counted to within a few in a hundred
    pages = [signal(at=AT + at / 1000, objects=tuple(book[at : at + 100])) for at in range(0, len(book), 100)]

    assert rules(pages) == ["distinct"] * 4
    assert rules([replace(one, at=one.at + 10) for one in pages]) == [], "seen again, and nothing new"


def test_nobody_keeps_the_security_worker_from_those_who_are_somebody() -> None:
    """A thousand times the same id without a key is one look in ten seconds; whoever is somebody has each of theirs."""
    nobodys = stream.Nobodys()
    flood = [signal(at=AT + number / 100, actor="", person="", account="", strange=("x",)) for number in range(1_000)]

    assert [one.at for one in flood if nobodys.lets(one)] == [AT]
    assert nobodys.lets(replace(flood[0], at=AT + 10))
    assert nobodys.lets(replace(flood[0], source="s2"))
    assert all(nobodys.lets(signal(at=AT + number / 100, strange=("x",))) for number in range(100))


def test_misses_count_where_most_requests_miss() -> None:
    some = [signal(at=AT + number, status=404 if number % 3 == 0 else 200) for number in range(60)]
    most = [signal(at=AT + number, actor="user:2", status=404) for number in range(LIMITS.least_misses)]

    assert (rules(some), rules(most)) == ([], ["misses"])


def test_numbers_one_after_another_count_for_nobody_and_for_misses() -> None:
    numbers = [signal(at=AT + number, numbers=(1000 + number,)) for number in range(1, 20)]

    assert rules(numbers) == [], "a shop looks its own parcels up in their order"
    assert rules([replace(one, actor="", person="", account="") for one in numbers]) == ["sequence"]


def test_many_accounts_that_miss_at_one_source_are_a_crowd() -> None:
    missing = [
        signal(at=AT + number, actor=f"user:{account}", account=f"a{account}", status=404)
        for account in range(LIMITS.crowd_accounts)
        for number in range(LIMITS.crowd_misses)
    ]

    assert rules(missing) == ["crowd"]


def test_many_emails_at_one_source_are_spraying() -> None:
    tries = [signal(at=AT, actor="", email=f"e{number}") for number in range(LIMITS.sprayed_emails)]

    assert rules(tries[:-1]) == []
    assert rules(tries[-1:]) == ["spraying"]
    assert rules(tries) == [], "told a moment ago"


# What the edge says ------------------------------------------------------------------------------------------


def last_signal() -> Signal:
    return stream.STREAM._signals[-1]


def test_a_request_leaves_one_signal_with_what_the_access_log_noted(alice: Person) -> None:
    with alice.scope():
        book = books.create_book(name="Customers", now=timezone.now())
    alice.client.get("/en/address-books/")

    said = last_signal()
    assert (said.endpoint, said.status, said.actor) == ("addressbook:books", 200, f"user:{alice.user.pk}")
    assert said.account == str(alice.account.pk)
    assert str(book.pk) in said.objects
    assert said.is_young


def test_a_signal_holds_no_address_and_no_email(client: Client, alice: Person) -> None:
    client.post("/en/sign-in/login/", {"login": "alice@example.com", "password": "wrong"})

    said = repr(last_signal())
    assert "alice@" not in said
    assert "127.0.0.1" not in said
    assert last_signal().email


@pytest.mark.parametrize("query", ["q=1%27%20OR%201=1", "next=../../etc/passwd", "q=<script>", "id=1%20UNION%20SELECT"])
def test_injected_parameters_are_probes(client: Client, query: str) -> None:
    client.get(f"/en/?{query}")

    assert last_signal().is_probe


@pytest.mark.parametrize("query", ["next=/en/contacts/", "q=O%27Brien", "before=2026-01-01T00:00:00%2B00:00"])
def test_what_people_write_is_no_probe(client: Client, query: str) -> None:
    client.get(f"/en/?{query}")

    assert not last_signal().is_probe


def test_declared_work_is_said(alice: Person) -> None:
    with observing.observed() as seen, observing.declared("print", 5_000):
        observing.note_objects(["a"])

    assert (seen.declared, seen.size) == ("print", 5_000)


# The ladder --------------------------------------------------------------------------------------------------


def guess(person: Person, times: int) -> None:
    for _time in range(times):
        person.client.get(f"/en/contacts/{uuid4()}/", headers=ON_SITE)
    settle()


def test_a_few_dead_bookmarks_cost_nothing(alice: Person) -> None:
    guess(alice, DEFAULTS.points.unknown_free)

    assert state_of(alice.user.pk) == "active"
    assert not Score.objects.using("security").exists()


def test_guesses_slow_down_then_ask_who_is_there(alice: Person) -> None:
    guess(alice, DEFAULTS.points.unknown_free + 11)
    slowed = state_of(alice.user.pk)
    answers = [alice.client.get("/en/account/").status_code for _time in range(DEFAULTS.ladder.throttled_requests + 1)]
    told = alice.client.get("/api/v1/me/")

    guess_more = [signal_of(alice) for _time in range(11)]
    judging.judge(crossed=[], asked=guess_more)

    assert slowed == "throttled"
    assert answers[0] == 200
    assert answers[-1] == told.status_code == 429
    assert told["RateLimit-Policy"] == f'"throttled";q={DEFAULTS.ladder.throttled_requests};w=60'
    assert told["RateLimit"].startswith('"throttled";r=0;t=')
    assert state_of(alice.user.pk) == "step_up"
    assert suspensions() == []
    assert [event.kind for event in events("throttled") + events("step_up")] == ["throttled", "step_up"]


def signal_of(person: Person) -> Signal:
    return Signal(
        at=timezone.now().timestamp(),
        endpoint="addressbook:contact",
        status=404,
        actor=f"user:{person.user.pk}",
        person=str(person.user.pk),
        account=str(person.account.pk),
        strange=(str(uuid4()),),
    )


def demand(actor_id: Any, *, state: str = "step_up", minutes: int = 60) -> None:
    now = timezone.now()
    values = {"state": state, "until": now + timedelta(minutes=minutes), "changed_at": now + timedelta(seconds=1)}
    LiveState.objects.using("security").update_or_create(actor_id=actor_id, defaults=values)


def test_a_session_that_must_show_who_it_is_is_led_there_and_goes_on_afterwards(alice: Person) -> None:
    demand(alice.user.pk)

    led = alice.client.get("/en/address-books/")
    there = alice.client.get(led.headers["Location"])
    LiveState.objects.using("security").update(changed_at=timezone.now())
    shown = alice.client.post(led.headers["Location"], {"password": PASSWORD})
    after = alice.client.get("/en/address-books/")

    assert led.status_code == 302
    assert "reauthenticate" in led.headers["Location"]
    assert there.status_code == 200
    assert shown.status_code == 302
    assert after.status_code == 200


def test_the_api_answers_a_problem_of_its_own_type(alice: Person) -> None:
    key = key_of(alice)
    with scope.identity():
        key_id = alice.account.api_keys.get().pk
    demand(key_id)

    answer = key.get("/api/v1/address-books/")

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ecship:problem:step-up")
    assert "Make a new one" in answer.json()["detail"]
    assert key_of(alice).get("/api/v1/address-books/").status_code == 200


def test_what_slows_down_ends_by_itself(alice: Person) -> None:
    demand(alice.user.pk, minutes=-1)

    assert alice.client.get("/en/address-books/").status_code == 200


def test_three_cases_suspend_and_one_burst_is_one_case() -> None:
    high: dict[str, Any] = {"points": DEFAULTS.ladder.case, "data": {}}
    minute, hour = 60, 3_600

    first = judging.found("cost", signal(), **high)
    burst = judging.found("cost", signal(at=AT + minute), **high)
    second = judging.found("cost", signal(at=AT + hour), **high)
    third = judging.found("cost", signal(at=AT + 2 * hour), **high)

    assert [one.cases for one in (first, burst, second, third)] == [1, 0, 1, 1]
    assert [one.suspended for one in (first, burst, second, third)] == [0, 0, 0, 1]
    assert Suspension.objects.using("security").get().cause == "score"


def test_scores_decay_over_days_and_survive_a_suspension() -> None:
    judging.found("cost", signal(), points=16, data={})
    score = Score.objects.using("security").get(kind=Subject.ACTOR)
    at = datetime.fromtimestamp(AT, UTC)
    later = judging.points_now(score, now=at + timedelta(days=DEFAULTS.judging.actor_half_life_days))
    judging.found("cost", signal(at=AT + 86_400 * DEFAULTS.judging.actor_half_life_days), points=1, data={})
    score.refresh_from_db(using="security")

    assert later == pytest.approx(8)
    assert score.points == pytest.approx(9)
    kinds = set(Score.objects.using("security").values_list("kind", "subject"))
    assert {("source", "s1"), ("cohort", "settled"), ("endpoint", "x")} <= kinds


def test_a_colleague_of_somebody_bad_does_not_begin_at_nothing() -> None:
    judging.found("cost", signal(), points=60, data={})

    outcome = judging.found("cost", signal(person="c0ffee00-0000-4000-8000-000000000002"), points=1, data={})

    assert outcome.throttled == 1, "half of the account's score is more than a throttle"


def test_a_network_without_a_name_has_to_wait(client: Client) -> None:
    judging.found("spraying", signal(actor="", source=limits.hashed_source("127.0.0.1")), points=20, data={})
    limits.exhaust(limits.SOURCE, limits.hashed_source("127.0.0.1"), seconds=600, now=timezone.now())

    held, other = client.get("/api/v1/services/"), client.get("/api/v1/services/", REMOTE_ADDR="192.0.2.9")
    wait = int(held["Retry-After"])

    assert (held.status_code, other.status_code) == (429, 200)
    assert 590 < wait <= 601
    assert held["RateLimit-Policy"] == f'"address";q=300;w=60, "held";q=0;w={wait}'
    assert held["RateLimit"].endswith(f', "held";r=0;t={wait}')
    assert "held" not in other["RateLimit-Policy"]


@pytest.mark.parametrize("seconds", [5, 30, 600])
def test_a_wait_agrees_with_what_the_fields_say_to_its_end(client: Client, seconds: int) -> None:
    limits.exhaust(limits.SOURCE, limits.hashed_source("127.0.0.1"), seconds=seconds, now=timezone.now())

    held = client.get("/api/v1/services/")

    assert f'"held";r=0;t={held["Retry-After"]}' in held["RateLimit"]


def test_a_list_that_goes_round_is_noticed() -> None:
    named = str(uuid4())
    other = signal(person="c0ffee00-0000-4000-8000-000000000009", account="ac000000-0000-4000-8000-000000000009")

    judging.judge(
        crossed=[], asked=[signal(strange=(named,), status=404), replace(other, strange=(named,), status=404)]
    )

    assert Finding.objects.using("security").filter(rule="shared_id").count() == 1


# Redis away --------------------------------------------------------------------------------------------------


def test_without_redis_pages_go_on_for_a_minute_and_then_no_personal_data(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with override_settings(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0"):
        first = alice.client.get("/en/address-books/").status_code
        with pytest.raises(RedisError):
            stream.STREAM.flush()
        second = alice.client.get("/en/address-books/").status_code
        monkeypatch.setattr(limits, "OPEN_SECONDS", -1)
        third, home = alice.client.get("/en/address-books/").status_code, alice.client.get("/en/").status_code
    kept = len(stream.STREAM._signals)
    monkeypatch.setattr(limits, "ASK_AGAIN_SECONDS", 0)
    settle()

    assert (first, second, third, home) == (200, 200, 503, 200)
    assert kept == 4
    assert alice.client.get("/en/address-books/").status_code == 200


def test_old_accounts_are_not_young(alice: Person) -> None:
    with scope.identity():
        Account.objects.filter(pk=alice.account.pk).update(created_at="2020-01-01T00:00:00+00:00")
    alice.client.get("/en/address-books/")

    assert not last_signal().is_young
