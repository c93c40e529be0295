"""Schemathesis against the running API, with the key of each of two accounts, and the other's secrets to look for."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from accounts import keys
from accounts.roles import KEY_SCOPES
from ecship.embedded.places import PROJECT
from security import scope
from shipments.models import Shipment
from tests.api.calling import BOOKS, CONTACT, SHIPMENTS, call, key_of
from tests.api.test_idempotency import GOODS
from tests.conftest import Person, make_person

CANARIES = {"alice": "Oxford-Canary", "charlie": "Zanzibar-Canary"}
CONFIG = Path(__file__).with_name("schemathesis.toml")
SHORT = ["--phases=examples,stateful,fuzzing", "--max-examples=2"]
LONG = ["--phases=examples,coverage,stateful,fuzzing", "--max-examples=30"]


def furnish(name: str, *, who: str) -> Person:
    """Make an account with a book, a contact and a shipment, all of which name somebody."""
    person = make_person(name)
    shop = key_of(person)
    book = call(shop, "post", BOOKS, {"name": who}).json()["id"]
    assert call(shop, "post", f"{BOOKS}{book}/contacts/", {**CONTACT, "name": who}).status_code == 201
    body = {**GOODS, "reference": who}
    assert call(shop, "post", SHIPMENTS, body).status_code == 201
    return person


def bodies_in(events: Path) -> str:
    """Return all bodies that a run's report keeps, which has them in base64."""
    kept = re.findall(r'"\$base64":"([^"]*)"', events.read_text())
    return "\n".join(base64.b64decode(body).decode(errors="replace") for body in kept)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("extent", "asking"),
    [
        pytest.param(SHORT, "alice", id="short"),
        pytest.param(LONG, "alice", id="long", marks=pytest.mark.nightly),
        pytest.param(LONG, "charlie", id="long with the other key", marks=pytest.mark.nightly),
    ],
)
@override_settings(RATE_LIMIT_FACTOR=10_000)
def test_the_running_api_does_what_its_schema_says(
    live_server: Any, tmp_path: Path, extent: list[str], asking: str
) -> None:
    people = {name: furnish(name, who=canary) for name, canary in CANARIES.items()}
    own, (other,) = people.pop(asking), people.values()
    with scope.identity():
        token = keys.create_api_key(account=own.account, by=own.user, name="Fuzz", scopes=list(KEY_SCOPES))[1]
    with other.scope():
        (foreign,) = (canary for name, canary in CANARIES.items() if name != asking)
        foreign_things = [foreign, *(str(pk) for pk in Shipment.objects.values_list("pk", flat=True))]
    events = tmp_path / "events.ndjson"

    ended = subprocess.run(
        [
            str(Path(sys.executable).with_name("st")), f"--config-file={CONFIG}",
            "run", f"{live_server.url}/api/v1/schema/", "--no-color", "--header", f"Authorization: Bearer {token}",
            "--suppress-health-check=all", "--seed=7",
            f"--report-ndjson-path={events}", *extent,
        ],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(PROJECT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    failures = ended.stdout.partition(" FAILURES ")[2] or ended.stdout[-12_000:]
    assert ended.returncode == 0, failures[:24_000]
    told = bodies_in(events)
    assert CANARIES[asking] in told, "nothing of their own came back: the key or the run is wrong"
    assert [canary for canary in foreign_things if canary in told] == []
