"""The web process's own handler: an address is resolved once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import URLResolver

from ecship.handler import Handler

pytestmark = pytest.mark.django_db


def resolved(path: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    """Return the status of an answer, and what was resolved from the root on the way to it."""
    seen: list[str] = []
    resolve = URLResolver.resolve

    def spied(self: URLResolver, asked: Any) -> Any:
        if str(asked).startswith("/"):
            seen.append(str(asked))
        return resolve(self, asked)

    monkeypatch.setattr(URLResolver, "resolve", spied)
    handler = Handler()
    response = handler.get_response(RequestFactory().get(path))
    return response.status_code, seen


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/api/v1/services/", 200), ("/api/v1/me/", 401)])
def test_an_address_is_resolved_once(path: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolved(path, monkeypatch) == (status, [path])


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/en/nothing/"])
def test_one_that_there_is_not_is_not_found(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    status, _seen = resolved(path, monkeypatch)

    assert status == Client().get(path).status_code == 404
