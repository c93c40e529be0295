"""Whose address counts: that of the connection, or what the trusted proxy in front says; never what a visitor says."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import RequestFactory, override_settings

from accounts.lockout import client_address

HEADERS = ("X_FORWARDED_FOR", "X_REAL_IP", "CF_CONNECTING_IP", "TRUE_CLIENT_IP")
FORGED = {f"HTTP_{name}": "198.51.100.7" for name in HEADERS} | {"HTTP_FORWARDED": "for=198.51.100.7"}


def counted(proxies: int, **headers: Any) -> str:
    with override_settings(TRUSTED_PROXIES=proxies, ALLAUTH_TRUSTED_PROXY_COUNT=proxies):
        return client_address(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", **headers))


def test_without_a_proxy_no_header_is_believed() -> None:
    assert counted(0, **FORGED) == "192.0.2.1"


def test_behind_one_proxy_only_what_it_added_itself_is_believed() -> None:
    assert counted(1, HTTP_X_FORWARDED_FOR="198.51.100.7, 203.0.113.9") == "203.0.113.9"


def test_a_visitor_does_not_say_that_the_connection_was_encrypted() -> None:
    assert settings.SECURE_PROXY_SSL_HEADER is None  # TRUSTED_PROXIES is 0 here
    assert not RequestFactory().get("/", HTTP_X_FORWARDED_PROTO="https").is_secure()


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_HOST", "HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_USER_ID"])
def test_nothing_else_that_proxies_say_is_read(header: str) -> None:
    request = RequestFactory().get("/", **{header: "evil.example"})  # type: ignore[arg-type]

    assert request.get_host() == "testserver"
    assert not settings.USE_X_FORWARDED_HOST
    assert request.method == "GET"
