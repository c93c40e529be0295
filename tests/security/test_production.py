"""What production must have: without its own secrets it does not start, and the checks name the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.test import override_settings

from ecship.embedded.production import environment
from security import checks

SECRETS = ("SECRET_KEY", "ECSHIP_CONTEXT_KEY", "ECSHIP_KEK")


def start(changes: dict[str, str], code: str = "import django; django.setup()") -> subprocess.CompletedProcess[str]:
    """Read the settings as a new process does."""
    plain = {name: value for name, value in os.environ.items() if name not in {*SECRETS, "ECSHIP_KEK_FILE"}}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**plain, "DJANGO_SETTINGS_MODULE": "ecship.settings", **environment(), **changes},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def read_settings(code: str, changes: dict[str, str]) -> str:
    """Run a line of code as a process of production does, and return what it prints."""
    answer = start(changes, f"import django; django.setup(); {code}")
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_production_starts_with_secrets_of_its_own() -> None:
    assert start({}).returncode == 0


@pytest.mark.parametrize("name", SECRETS)
def test_production_does_not_start_without_a_secret(name: str) -> None:
    ended = start({name: ""})

    assert ended.returncode != 0
    assert f"ImproperlyConfigured: {name} must be set in production" in ended.stderr


def test_production_does_not_start_with_the_secret_of_laptops() -> None:
    ended = start({"SECRET_KEY": "local-only-secret-key-which-production-refuses-to-start-with"})

    assert "SECRET_KEY must be set in production" in ended.stderr


def test_production_does_not_start_with_debug() -> None:
    assert "DEBUG shows what is inside" in start({"DEBUG": "true"}).stderr


def test_a_file_may_hold_the_key_of_keys() -> None:
    assert start({"ECSHIP_KEK": "", "ECSHIP_KEK_FILE": "/run/secrets/kek"}).returncode == 0


def ids(found: list[CheckMessage]) -> list[str | None]:
    assert all(message.hint for message in found)
    return [message.id for message in found]


@pytest.mark.parametrize(
    ("check", "wrong", "expected"),
    [
        (checks.keys_are_whole, {"ECSHIP_KEK": "c2hvcnQ="}, "security.E003"),
        (checks.keys_are_whole, {"ECSHIP_CONTEXT_KEY": "not base64"}, "security.E003"),
        (checks.site_has_a_name, {"SITE_ADDRESS": "http://ecship.example"}, "security.E002"),
        (checks.site_has_a_name, {"ALLOWED_HOSTS": ["ecship.example", "localhost"]}, "security.E006"),
        (checks.site_has_a_name, {"ALLOWED_HOSTS": []}, "security.E006"),
        (checks.console_stands_apart, {"CONSOLE_ADDRESS": "http://staff.ecship.example"}, "security.E011"),
        (checks.console_stands_apart, {"CONSOLE_ADDRESS": "https://ecship.example:444"}, "security.E011"),
        (checks.mail_goes_out, {"EMAIL_DELIVERY_BACKEND": "django.core.mail.backends.filebased.EmailBackend"},
         "security.E007"),
        (checks.mail_goes_out, {"DEFAULT_FROM_EMAIL": "ECShip <noreply@localhost>"}, "security.E008"),
        (checks.somebody_answers, {"CONTACT_EMAIL": ""}, "security.W009"),
        (checks.proxies_are_counted, {"TRUSTED_PROXIES": 0}, "security.W010"),
        (checks.source_is_offered, {"SOURCE_URL": ""}, "security.E005"),
        (checks.webhooks_go_outside, {"WEBHOOK_LOOPBACK": True}, "security.E013"),
    ],
)  # fmt: skip
def test_what_production_lacks_is_named(check: Any, wrong: dict[str, Any], expected: str) -> None:
    right = {
        "SITE_ADDRESS": "https://ecship.example",
        "CONSOLE_ADDRESS": "https://staff.ecship.example",
        "ALLOWED_HOSTS": ["ecship.example"],
        "EMAIL_DELIVERY_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "DEFAULT_FROM_EMAIL": "ECShip <noreply@ecship.example>",
        "CONTACT_EMAIL": "post@ecship.example",
        "TRUSTED_PROXIES": 1,
        "SOURCE_URL": "https://ecship.example/source",
    }

    with override_settings(**right):
        assert ids(check()) == []
    with override_settings(**{**right, **wrong}):
        assert ids(check()) == [expected]
