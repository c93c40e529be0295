"""Whoever signs in, fails to, or signs out stands in the trail: by what, from where, and never what was typed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from security.models import SecurityEvent
from tests.accounts.factors import give_app, show_code, show_password
from tests.conftest import PASSWORD, Person

pytestmark = pytest.mark.django_db(databases=["default", "trail", "security"], transaction=True)
LOGIN = "/en/sign-in/login/"


def events() -> list[tuple[str, str, dict[str, Any]]]:
    found = SecurityEvent.objects.using("security").filter(kind__startswith="sign_").order_by("at")
    assert all(event.source == "127.0.0.1" and event.request_id for event in found)
    return [(event.kind, event.actor, event.data) for event in found]


def test_a_sign_in_and_a_sign_out_are_noted(alice: Person) -> None:
    browser, actor = Client(), f"user:{alice.user.pk}"
    browser.post(LOGIN, {"login": alice.user.email, "password": PASSWORD})
    browser.post("/en/sign-in/logout/")

    assert events() == [("sign_in", actor, {"methods": ["password"]}), ("sign_out", actor, {})]


def test_a_wrong_password_is_noted_alike_for_everybody(alice: Person) -> None:
    for email in (alice.user.email, "nobody@example.com"):
        Client().post(LOGIN, {"login": email, "password": "wrong"})

    known, unknown = events()
    assert known[0] == unknown[0] == "sign_in.failed"
    assert known[1] == unknown[1] == ""
    assert {**known[2], "email": ""} == {**unknown[2], "email": ""} == {
        "step": "password", "is_closed": False, "email": "",
    }  # fmt: skip
    assert known[2]["email"] != unknown[2]["email"]
    assert "example" not in str(events())


def test_a_wrong_code_is_noted_and_so_is_a_closed_door(alice: Person) -> None:
    app = give_app(alice)
    browser, actor = show_password(alice), f"user:{alice.user.pk}"
    for _ in range(6):
        show_code(browser, "000000")

    failed = [(kind, data) for kind, who, data in events() if who == actor]
    assert failed == [("sign_in.failed", {"step": "code", "is_closed": number == 5}) for number in range(6)]
    assert app.secret not in str(events())


def test_what_was_shown_is_named(alice: Person) -> None:
    app = give_app(alice)
    show_code(show_password(alice), app.code())

    assert events() == [("sign_in", f"user:{alice.user.pk}", {"methods": ["password", "totp"]})]


def test_a_wrong_key_and_a_made_up_passkey_are_noted(alice: Person, client: Client) -> None:
    client.get("/api/v1/me/", headers={"authorization": "Bearer ecs_wrong"})
    client.post("/en/sign-in/2fa/webauthn/login/", {"credential": '{"id": "x"}'})

    assert [(kind, data["step"]) for kind, _, data in events()] == [
        ("sign_in.failed", "key"), ("sign_in.failed", "passkey"),
    ]  # fmt: skip
    assert "ecs_wrong" not in str(events())
