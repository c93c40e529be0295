"""A process says its role; one that is not bound, or knows too much, does not start."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.core.checks import Error
from django.db import connections

from security import roles
from security.checks import role_is_harmless


@pytest.mark.django_db
def test_the_tests_role_is_the_runtime_role_and_bound() -> None:
    role = roles.ask()

    assert role == roles.Role("ecship_app", False, False, False, False)
    assert role.is_bound
    assert role_is_harmless(databases=["default"]) == []


@pytest.mark.django_db(databases=["default", "trail", "owner"])
def test_the_owner_is_not_bound_and_the_check_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = roles.ask("owner")
    monkeypatch.setattr(roles, "ask", lambda alias="default": owner)

    assert owner.owns_tables
    assert not owner.is_bound
    found = role_is_harmless(databases=["default"])
    assert [(type(one), one.id) for one in found] == [(Error, "security.E004")]
    with pytest.raises(roles.WrongRole, match="ecship_owner"):
        roles.report("web", may_hold=set(connections))


def test_a_process_with_the_owners_credential_does_not_start() -> None:
    assert "owner" in connections  # the tests have it, to make their database

    with pytest.raises(roles.WrongRole, match="web holds the database credential of: owner"):
        roles.report("web", may_hold={"security"})


@pytest.mark.parametrize("flag", ["is_superuser", "bypasses_rls", "creates_roles", "owns_tables"])
def test_each_freedom_unbinds_a_role(flag: str) -> None:
    freedoms: dict[str, Any] = dict.fromkeys(["is_superuser", "bypasses_rls", "creates_roles", "owns_tables"], False)

    assert not roles.Role(name="somebody", **{**freedoms, flag: True}).is_bound


def test_the_log_keeps_role_and_service_and_no_arguments_of_celery() -> None:
    from security.logs import JsonFormatter

    record = logging.LogRecord("celery.app.trace", logging.ERROR, "", 0, "Task %(name)s failed: %(exc)s", (), None)
    record.args = {"name": "shipments.expire", "exc": "Alice Wong, 18 Sample Street"}
    record.role, record.service = "ecship_app", "worker"

    line = JsonFormatter().format(record)

    assert "Alice" not in line
    assert '"role": "ecship_app"' in line
    assert '"service": "worker"' in line


def test_the_log_of_an_answer_names_request_route_and_status_but_no_address(
    client: Any, caplog: pytest.LogCaptureFixture, db: None
) -> None:
    from security.logs import JsonFormatter

    with caplog.at_level(logging.WARNING, logger="django.request"):
        answer = client.get("/en/track/item/SecretWong/?q=Alice")
    lines = [JsonFormatter().format(record) for record in caplog.records if record.name == "django.request"]

    assert answer.status_code == 404
    assert len(lines) == 1
    assert answer["X-Request-ID"] in lines[0]
    assert '"status": 404' in lines[0]
    assert "SecretWong" not in lines[0]
    assert "Alice" not in lines[0]
