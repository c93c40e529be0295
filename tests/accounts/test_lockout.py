"""What guessing a password meets, and that the holder still gets in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.core import signing
from django.core.cache import caches
from django.core.management import call_command
from django.db import connections
from django.test import Client

from accounts import devices, lockout
from security import scope
from tests.conftest import PASSWORD, Person, make_person

pytestmark = pytest.mark.django_db
EMAIL = "alice@example.com"
SIGN_IN = "/en/sign-in/login/"


def attempt(client: Client, password: str, email: str = EMAIL, address: str = "192.0.2.1") -> int:
    return client.post(SIGN_IN, {"login": email, "password": password}, REMOTE_ADDR=address).status_code


def guess(times: int, email: str = EMAIL) -> None:
    """Guess from as many addresses, so that no limit by address answers first."""
    for index in range(times):
        attempt(Client(), f"wrong {index}", email, address=f"198.51.100.{index}")


def known_browser() -> Client:
    """A browser that Alice has signed in and out on."""
    client = Client()
    assert attempt(client, PASSWORD) == 302
    client.post("/en/sign-in/logout/")
    return client


def seconds_left(subject: str) -> int:
    return int(lockout._redis(settings.REDIS_URL).ttl(f"lockout:checks:{subject}"))


def everybody() -> str:
    return lockout.subject_of(None, EMAIL)


def test_thirty_wrong_passwords_are_checked_five_times_at_most(alice: Person, hashes: list[str]) -> None:
    client = Client()

    answers = [attempt(client, f"wrong {index}") for index in range(30)]

    assert 1 <= len(hashes) <= 5
    assert 302 not in answers
    assert 429 in answers


def test_sixty_guesses_from_sixty_addresses_are_checked_five_times_at_most(alice: Person, hashes: list[str]) -> None:
    guess(60)

    assert 1 <= len(hashes) <= 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("addresses", [1, 60])
def test_sixty_wrong_passwords_at_once_are_checked_five_times_at_most(addresses: int, hashes: list[str]) -> None:
    make_person("alice")

    def one(index: int) -> int:
        try:
            return attempt(Client(), f"wrong {index}", address=f"192.0.2.{index % addresses}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(one, range(60)))

    assert 1 <= len(hashes) <= 5


def test_the_right_password_does_not_open_a_locked_door(alice: Person) -> None:
    guess(5)

    assert attempt(Client(), PASSWORD) != 302


def test_the_holder_on_a_known_device_gets_in_while_others_guess(alice: Person) -> None:
    known = known_browser()
    guess(60)

    assert attempt(Client(), PASSWORD) != 302
    assert attempt(known, PASSWORD) == 302


def test_a_known_device_may_guess_five_times_itself(alice: Person, hashes: list[str]) -> None:
    known = known_browser()
    hashes.clear()

    for index in range(30):
        attempt(known, f"wrong {index}", address=f"198.51.100.{index}")

    assert len(hashes) == 5
    assert attempt(Client(), PASSWORD) == 302


def test_a_device_known_for_one_person_is_unknown_for_another(alice: Person) -> None:
    make_person("mallory")
    mallory = Client()
    assert attempt(mallory, PASSWORD, "mallory@example.com") == 302
    mallory.post("/en/sign-in/logout/")
    guess(5)

    assert attempt(mallory, PASSWORD) == 429


def test_one_browser_is_known_for_several_people(alice: Person) -> None:
    make_person("ben")
    shared = known_browser()
    assert attempt(shared, PASSWORD, "ben@example.com") == 302
    shared.post("/en/sign-in/logout/")
    guess(5)

    assert attempt(shared, PASSWORD) == 302


def test_a_new_password_makes_known_devices_unknown(alice: Person) -> None:
    known = known_browser()
    with scope.identity():
        alice.user.set_password("another long passphrase")
        alice.user.save()
    guess(5)

    assert attempt(known, "another long passphrase") == 429


def test_a_forged_device_is_unknown(alice: Person) -> None:
    forged = Client()
    forged.cookies[devices.COOKIE] = signing.dumps([[str(alice.user.pk), "x" * 32, "y"]], salt="another")
    guess(5)

    assert attempt(forged, PASSWORD) == 429


def test_the_device_cookie_is_hidden_from_scripts_and_kept_over_sign_out(alice: Person) -> None:
    cookie = known_browser().cookies[devices.COOKIE]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie.value
    assert EMAIL not in str(signing.loads(cookie.value, salt=devices.SALT))


def test_each_lockout_lasts_twice_as_long_up_to_a_day(alice: Person) -> None:
    redis, lasted = lockout._redis(settings.REDIS_URL), []
    for _lockout in range(9):
        for _check in range(5):
            lockout.reserve(everybody())
        lasted.append(seconds_left(everybody()) // 60)
        redis.delete(f"lockout:checks:{everybody()}")  # the lockout is over

    assert lasted == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]


def test_guesses_during_a_lockout_do_not_make_it_longer(alice: Person) -> None:
    guess(40)

    assert seconds_left(everybody()) <= lockout.FIRST_LOCKOUT


def test_the_right_password_gives_the_checks_back(alice: Person, hashes: list[str]) -> None:
    guess(4)
    assert attempt(Client(), PASSWORD) == 302
    hashes.clear()

    guess(60)

    assert len(hashes) == 5


def locked(email: str) -> tuple[int, str]:
    client = Client()
    guess(5, email)
    response = client.post(SIGN_IN, {"login": email, "password": PASSWORD})
    return response.status_code, re.sub(r'value="[^"]*"|content="[^"]*"', "", response.content.decode())


def test_a_locked_door_looks_the_same_for_an_unknown_address(alice: Person) -> None:
    known, unknown = locked(EMAIL), locked("nobody@example.com")

    assert known == unknown
    assert known[0] == 429
    assert "15 minutes" in known[1]


def test_staff_can_open_a_locked_door(alice: Person) -> None:
    guess(5)

    call_command("axes_reset_username", EMAIL)

    assert attempt(Client(), PASSWORD) == 302


def test_the_present_password_is_not_guessed_by_changing_it(alice: Person, hashes: list[str]) -> None:
    for index in range(30):
        alice.client.post(
            "/en/sign-in/password/change/",
            {"oldpassword": f"wrong {index}", "password1": "another long one", "password2": "another long one"},
            REMOTE_ADDR=f"198.51.100.{index}",
        )

    assert 1 <= len(hashes) <= 5


def test_asking_again_for_the_password_counts_as_well(alice: Person, hashes: list[str]) -> None:
    for index in range(30):
        alice.client.post(
            "/en/sign-in/reauthenticate/", {"password": f"wrong {index}"}, REMOTE_ADDR=f"198.51.100.{index}"
        )

    assert 1 <= len(hashes) <= 5


@pytest.mark.parametrize("scheme", ["Basic YWxpY2VAZXhhbXBsZS5jb206Y29ycmVjdA==", f"Bearer {PASSWORD}"])
def test_the_api_takes_no_password(alice: Person, hashes: list[str], scheme: str) -> None:
    response = Client().get("/api/v1/me/", headers={"authorization": scheme})

    assert response.status_code == 401
    assert hashes == []


@pytest.fixture
def no_redis(settings: Any) -> Iterator[None]:
    nowhere = "redis://127.0.0.1:1/0"
    settings.REDIS_URL = nowhere
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": nowhere}}
    yield
    caches["default"].close()


@pytest.mark.usefixtures("no_redis")
def test_nobody_signs_in_while_the_counters_are_away(alice: Person, hashes: list[str]) -> None:
    response = Client().post(SIGN_IN, {"login": EMAIL, "password": PASSWORD})

    assert response.status_code == 503
    assert b"This part of the service is away" in response.content
    assert hashes == []
