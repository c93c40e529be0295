"""How django-axes counts wrong passwords: by the e-mail as typed in allauth's form, and the client's address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

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


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The page at a lockout: the same whether the e-mail is known or not."""
    return render(request, "account/locked_out.html", status=429)
