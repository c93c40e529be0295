"""How passwords, sessions and links are taken and made: exactly, for as long as they are good, of enough chance."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa import app_settings as mfa
from django.conf import settings
from django.contrib.auth.hashers import get_hasher
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import keys, services
from accounts.hashers import SealedArgon2PasswordHasher
from accounts.models import User
from accounts.roles import Role
from security import scope
from tests.accounts.factors import CODE, codes_of, give_app
from tests.conftest import PASSWORD, Person
from tests.mailbox import deliver, link

pytestmark = pytest.mark.django_db
LOGIN = "/en/sign-in/login/"


def signs_in(email: str, password: str) -> bool:
    return Client().post(LOGIN, {"login": email, "password": password}).status_code == 302


def set_password(person: Person, password: str) -> None:
    with scope.identity():
        person.user.set_password(password)
        person.user.save(update_fields=["password"])


def test_a_password_is_taken_exactly_as_it_was_typed(alice: Person) -> None:
    exact = "  Straße 二 And spaces  "
    set_password(alice, exact)

    assert not signs_in(alice.user.email, exact.strip())
    assert not signs_in(alice.user.email, exact.lower())
    assert not signs_in(alice.user.email, exact + "x")
    assert signs_in(alice.user.email, exact)


def test_an_old_password_stays_good(alice: Person) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=6 * 365), tick=False):
        assert signs_in(alice.user.email, PASSWORD)


@pytest.mark.parametrize("name", ["account_login", "account_change_password", "account_reauthenticate"])
def test_passwords_are_hidden_and_their_managers_are_welcome(alice: Person, name: str) -> None:
    page = Client().get(reverse(name)) if name == "account_login" else alice.client.get(reverse(name))
    fields = re.findall(r"<input[^>]*password[^>]*>", page.content.decode())

    assert fields
    for field in fields:
        assert 'type="password"' in field
        assert re.search(r'autocomplete="(?:current|new)-password', field), field
        assert not re.search(r"onpaste|readonly|maxlength", field), field


def test_a_new_password_needs_the_present_one(alice: Person) -> None:
    page = reverse("account_change_password")
    new = {"password1": "another long passphrase", "password2": "another long passphrase"}

    assert alice.client.post(page, {**new, "oldpassword": "wrong"}).status_code == 200
    assert signs_in(alice.user.email, PASSWORD)
    assert alice.client.post(page, {**new, "oldpassword": PASSWORD}).status_code == 302
    assert signs_in(alice.user.email, "another long passphrase")


def test_a_new_password_ends_every_other_session(alice: Person) -> None:
    other = Client()
    other.post(LOGIN, {"login": alice.user.email, "password": PASSWORD})
    new = {"password1": "another long passphrase", "password2": "another long passphrase", "oldpassword": PASSWORD}
    alice.client.post(reverse("account_change_password"), new)

    assert other.get("/en/account/").status_code == 302
    assert alice.client.get("/en/account/").status_code == 200


def test_a_password_reset_by_mail_still_asks_for_the_factor(alice: Person) -> None:
    give_app(alice)
    browser, new = Client(), {"password1": "another long passphrase", "password2": "another long passphrase"}
    browser.post("/en/sign-in/password/reset/", {"email": alice.user.email})
    form = browser.get(link(deliver()[-1]), follow=True).request["PATH_INFO"]
    browser.post(form, new)

    assert browser.get("/en/account/").status_code == 302
    answer = Client().post(LOGIN, {"login": alice.user.email, "password": "another long passphrase"})
    assert answer["Location"] == CODE


def test_passwords_are_hashed_by_argon2_at_the_recommended_cost(costly_passwords: None) -> None:
    hasher = get_hasher()
    assert isinstance(hasher, SealedArgon2PasswordHasher)

    opened = hasher.open(hasher.encode("correct horse", hasher.salt()))
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in opened
    assert len(hasher.salt()) * 5.9 > 127, "bits"


# Sessions ----------------------------------------------------------------------------------------------------


def test_a_session_begins_with_a_key_of_its_own_and_is_dead_after_signing_out(alice: Person) -> None:
    browser = Client()
    browser.cookies["sessionid"] = planted = "a" * 32
    browser.post(LOGIN, {"login": alice.user.email, "password": PASSWORD})
    mine = browser.cookies["sessionid"].value

    assert mine != planted
    assert re.fullmatch(r"[a-z0-9]{32}", mine), "36 letters, 32 places: 165 bits"
    assert browser.get("/en/account/").status_code == 200

    browser.post("/en/sign-in/logout/")
    thief = Client()
    thief.cookies["sessionid"] = mine
    assert thief.get("/en/account/").status_code == 302


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_a_sign_in_leads_nowhere_else(alice: Person, page: str) -> None:
    for door in (LOGIN, f"{LOGIN}?next={page}"):
        answer = Client().post(door, {"login": alice.user.email, "password": PASSWORD, "next": page})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/en/") or answer["Location"] == "/"


# Secrets that we make ----------------------------------------------------------------------------------------


def test_what_opens_something_holds_128_bits_or_more_and_is_new_each_time(alice: Person) -> None:
    def key() -> str:
        with alice.scope():
            return keys.create_api_key(account=alice.account, by=alice.user, name="K", scopes=["contacts:read"])[1]

    with alice.scope():
        services.invite(email="new@example.com", role=Role.CLERK, by=alice.user.pk, now=timezone.now())
    token = link(deliver()[-1]).rstrip("/").rsplit("/", 1)[-1]

    assert key() != key()
    assert len(key().removeprefix(keys.PREFIX)) >= 43, "256 bits in base64"
    assert len(token) >= 22, "128 bits in base64"


def test_recovery_codes_are_long_enough_and_differ(alice: Person) -> None:
    give_app(alice)
    codes = codes_of(alice)

    assert (len(set(codes)), {len(code) for code in codes}) == (10, {8}), "26 bits; five tries, then a wait"
    assert (mfa.TOTP_PERIOD, mfa.TOTP_DIGITS, settings.MFA_TOTP_TOLERANCE) == (30, 6, 1)


def test_a_new_site_has_nobody_in_it() -> None:
    call_command("bootstrap", verbosity=0)

    with scope.identity():
        assert not User.objects.exists()
