"""docker-compose.yml, read as data: which service is given which credential, and what it can reach."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecship.embedded.places import PROJECT

OWNER, SECURITY, SUPERUSER = "OWNER_PASSWORD", "SECURITY_PASSWORD", "POSTGRES_PASSWORD"
OURS = ["web", "console", "worker", "webhook-worker", "security-worker", "beat", "migrate"]
ALLOWED = {
    "security-worker": {SECURITY},
    "console": {SECURITY},
    "migrate": {OWNER},
    "postgres": {OWNER, SECURITY, SUPERUSER},
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    return read


def test_each_service_is_given_its_own_credentials_and_no_others(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        told = str(service)
        assert {word for word in (OWNER, SECURITY, SUPERUSER) if word in told} == ALLOWED.get(name, set()), name
        assert "env_file" not in service, name  # it would hand over everything


@pytest.mark.parametrize("name", OURS)
def test_our_processes_connect_as_the_runtime_role(compose: dict[str, Any], name: str) -> None:
    environment = compose["services"][name]["environment"]

    assert environment["DATABASE_URL"].startswith("postgresql://ecship_app:")
    assert ("DATABASE_OWNER_URL" in environment) == (name == "migrate")
    assert ("DATABASE_SECURITY_URL" in environment) == (name in {"security-worker", "console"})
    assert ("CONSOLE" in environment) == (name == "console")
    assert environment["PRODUCTION"] == "true"


def test_only_the_proxy_is_published_and_the_stores_are_inside(compose: dict[str, Any]) -> None:
    published = {name for name, service in compose["services"].items() if "ports" in service}

    assert published == {"proxy"}
    assert compose["networks"]["inside"]["internal"] is True
    assert [compose["services"][name]["networks"] for name in ("postgres", "redis")] == [["inside"], ["inside"]]


def test_no_password_and_no_key_has_a_default() -> None:
    text = (PROJECT / "docker-compose.yml").read_text()
    named = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|KEY|KEK)\w*)([^}]*)\}", text)
    required = {name for name, rest in named if rest.startswith(":?")}

    assert {name for name, _ in named} - required == {"EMAIL_HOST_PASSWORD"}, "a mail server may ask for none"
    assert not [rest for name, rest in named if rest.startswith(":-") and rest != ":-"]


def test_the_roles_script_makes_the_roles_that_the_embedded_server_makes() -> None:
    from ecship.embedded.postgres import ROLES

    script = Path(PROJECT / "deploy/postgres/10-roles.sh").read_text()

    for role, rights in ROLES.items():
        line = next(line for line in script.splitlines() if f"CREATE ROLE {role}" in line)
        assert {word for word in rights.split() if word != "LOGIN"} <= set(line.split()), line
