"""A log line is one line and one object, says when in which zone, and holds nothing that somebody typed as its own."""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from security.logs import JsonFormatter


def line(message: str, *arguments: object, **extra: object) -> str:
    record = logging.LogRecord("ecship", logging.WARNING, "", 0, message, arguments, None)
    record.__dict__.update(extra)
    return JsonFormatter().format(record)


@pytest.mark.parametrize("typed", ['x\n{"level": "CRITICAL"}', "x\r\ny", 'x", "level": "DEBUG', "x\u2028y\x00\x1b[31m"])
def test_nothing_typed_begins_a_line_or_a_field_of_its_own(typed: str) -> None:
    written = line("no such thing: %s", typed, route=typed)
    read = json.loads(written)

    assert not re.search(r"[\x00-\x1f]", written)
    assert (read["level"], read["route"], read["message"]) == ("WARNING", typed, f"no such thing: {typed}")


def test_a_line_says_when_with_its_zone_and_of_which_request() -> None:
    read = json.loads(line("something", request_id="abc"))

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}", read["at"])
    assert (read["logger"], read["request_id"]) == ("ecship", "abc")


def test_of_an_exception_only_its_kind_and_place_are_kept() -> None:
    try:
        raise ValueError("alice@example.com, 18 Sample Street")
    except ValueError:
        record = logging.LogRecord("ecship", logging.ERROR, "", 0, "failed", (), sys.exc_info())

    written = JsonFormatter().format(record)
    assert "alice" not in written
    assert json.loads(written)["exception"] == "ValueError"


def test_lines_go_to_the_one_place_that_the_docs_name() -> None:
    handlers: Any = settings.LOGGING["handlers"]

    assert {name: handler["class"] for name, handler in handlers.items()} == {"console": "logging.StreamHandler"}


@pytest.mark.django_db
def test_what_was_asked_for_is_not_logged(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    Client().get("/en/contacts/alice@example.com/?q=Sample+Street", headers={"authorization": "Bearer ecs_canary"})
    Client().post("/api/v1/quotes/", {"canary": "x"}, headers={"authorization": "Bearer ecs_canary"})

    written = "".join(JsonFormatter().format(record) for record in caplog.records)
    assert '"status": 404' in written
    assert not re.search(r"alice|Sample|canary", written)
