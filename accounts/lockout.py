"""How django-axes counts wrong passwords: by the e-mail as typed in allauth's form, and the client's address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

COOL_OFF = timedelta(minutes=15)
LONGEST = timedelta(hours=24)
EMAIL_FIELDS = ("login", "email", "username")


def typed_email(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """Return the e-mail that somebody tries to sign in with, in lower case."""
    sources: list[Any] = [credentials or {}]
    if request is not None:
        sources.append(request.POST)
    for source in sources:
        for name in EMAIL_FIELDS:
            if value := source.get(name):
                return str(value).strip().lower()
    return ""


def client_address(request: HttpRequest) -> str:
    """Return the client's address as allauth counts it, as one; "" for a command's request."""
    if "REMOTE_ADDR" not in request.META:
        return ""
    from allauth.account.adapter import get_adapter

    return str(get_adapter(request).get_client_ip(request))


def cool_off(request: HttpRequest | None = None) -> timedelta:
    """Return how long a lockout lasts: 15 minutes, doubled for each one of the last day, a day at most."""
    count: int = cache.get(_counter(request), 0) if request is not None else 0
    doubled: timedelta = COOL_OFF * 2 ** max(count - 1, 0)
    return min(doubled, LONGEST)


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The page at a lockout: the same whether the e-mail is known or not."""
    return render(request, "account/locked_out.html", status=429)


def _counter(request: HttpRequest) -> str:
    from hashlib import sha256

    return "lockouts:" + sha256(f"{typed_email(request)}|{client_address(request)}".encode()).hexdigest()
