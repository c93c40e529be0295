"""What every answer tells a browser: the strict policy, for pages, the API and refusals alike."""

from __future__ import annotations

import pytest
from django.test import Client

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/en/", "/en/nowhere/", "/api/v1/services/", "/api/v1/nowhere/", "/api/v1/me/"])
def test_every_answer_carries_the_strict_policy(path: str) -> None:
    response = Client().get(path)

    assert {part.strip() for part in response.headers["Content-Security-Policy"].split(";")} == POLICY
