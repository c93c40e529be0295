"""The docs page's five commands, run as they stand there against a running server."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from pathlib import Path
from string import Template
from typing import Any
from urllib.request import Request, urlopen

import pytest

from accounts import keys
from ecship.api.examples import QUOTED, SAVED_SHIPMENT
from ecship.api.walkthrough import STEPS
from shipments import item_numbers
from tests.conftest import make_person

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reader_books_a_shipment_in_five_commands(live_server: Any, tmp_path: Path) -> None:
    alice = make_person("alice")
    with alice.scope():
        _, token = keys.create_api_key(
            account=alice.account, by=alice.user, name="Docs", scopes=["shipments:read", "shipments:write"]
        )
    known = {"ECSHIP": f"{live_server.url}/api/v1", "KEY": token}
    command = {step.name: step.command for step in STEPS}

    me = json.loads(run(command["me"], known, tmp_path))
    quote = json.loads(run(command["quote"], known, tmp_path))
    booked = json.loads(run(command["book"], known, tmp_path))
    assert "id" in booked, json.dumps(booked)
    known["ID"] = booked["id"]
    run(command["label"], known, tmp_path)
    read = json.loads(run(command["read"], known, tmp_path))

    assert len(STEPS) == 5
    assert me["account"]["id"] == str(alice.account.pk)
    assert quote == QUOTED
    assert without_times(read) == without_times(SAVED_SHIPMENT)
    assert item_numbers.is_valid(booked["item_number"])
    assert (tmp_path / "label.pdf").read_bytes().startswith(b"%PDF")


def without_times(shipment: dict[str, Any]) -> dict[str, Any]:
    own = {"id", "item_number", "valid_until", "created_at", "booked_at"}
    return {name: value for name, value in shipment.items() if name not in own}


def run(command: str, known: dict[str, str], folder: Path) -> str:
    """Run a shown command in a shell; where this machine has no curl, send what the command says."""
    if shutil.which("curl"):
        ended = subprocess.run(
            ["/bin/sh", "-c", command], env={"PATH": "/usr/bin:/bin:/usr/local/bin", **known}, cwd=folder,
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        return ended.stdout
    return _send(shlex.split(command), known, folder)


def _send(words: list[str], known: dict[str, str], folder: Path) -> str:
    given = dict(zip(words[3::2], words[4::2], strict=True)) if len(words) > 3 else {}
    headers = [words[at + 1] for at, word in enumerate(words) if word == "-H"]
    request = Request(  # noqa: S310 - the live server's address
        Template(words[2]).substitute(known),
        data=given["-d"].encode() if "-d" in given else None,
        headers=dict(Template(header).safe_substitute(known).split(": ", 1) for header in headers),
    )
    with urlopen(request, timeout=60) as answer:  # noqa: S310
        body: bytes = answer.read()
    if "-o" not in given:
        return body.decode()
    (folder / given["-o"]).write_bytes(body)
    return ""


def test_without_curl_the_same_is_sent(live_server: Any, tmp_path: Path) -> None:
    command = next(step.command for step in STEPS if step.name == "quote")
    known = {"ECSHIP": f"{live_server.url}/api/v1", "KEY": ""}

    with_curl = run(command, known, tmp_path)
    sent = _send(shlex.split(command), known, tmp_path)

    assert json.loads(sent) == json.loads(with_curl)
