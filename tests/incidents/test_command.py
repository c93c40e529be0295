"""The command, for when the console is away."""

from __future__ import annotations

from hashlib import sha256
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from security.incidents import exposure
from security.incidents.models import ALIAS, Incident
from tests.conftest import Person
from tests.incidents.cast import THIEF, across, needs_security_role, read

pytestmark = [across, needs_security_role]


def run(*arguments: str) -> tuple[str, str]:
    said, aside = StringIO(), StringIO()
    call_command("incident", *arguments, stdout=said, stderr=aside)
    return said.getvalue(), aside.getvalue()


def test_an_incident_is_opened_listed_and_reported(alice: Person) -> None:
    read(alice, [uuid4()])

    said, _aside = run("open", "Key of a shop stolen", "--since", "2026-03-01T00:00", "--actor", THIEF)
    assert said == "Incident 1 is open.\n"
    said, _aside = run("list")
    assert "1  gather  Key of a shop stolen" in said
    assert "h left" in said
    said, aside = run("report", "1")

    made = exposure.latest(Incident.objects.using(ALIAS).get())
    assert made is not None
    assert made.digest == sha256(said.encode()).hexdigest()
    assert made.digest in aside


def test_it_refuses_what_would_reach_everybody_and_what_there_is_not() -> None:
    with pytest.raises(CommandError, match="everybody"):
        run("open", "Something", "--since", "2026-03-01T00:00")
    with pytest.raises(CommandError, match="no such incident"):
        run("report", "7")
    with pytest.raises(CommandError, match="a moment is written"):
        run("open", "Something", "--since", "yesterday")
