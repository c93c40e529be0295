"""Devices that somebody has signed in on: a signed cookie, so that others' guesses do not lock the holder out.

It proves no identity and opens nothing; it only gives its device a count of guesses of its own. It names users by id,
each with a digest of their password's hash, so that a new password makes it worthless. Signing out keeps it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import hashers, periods
from accounts.models import User
from security import scope

COOKIE, SALT = f"{settings.COOKIE_PREFIX}device", "accounts.devices"
LIFETIME = periods.DEVICES.length()  # browsers keep none for longer
MOST_USERS = 4  # of one shared browser; the one who signed in longest ago goes first


class Entry(NamedTuple):
    """That a user has signed in here: the device's own name for them, and the password they had."""

    user_id: str
    password: str
    device: str


def known_device(request: HttpRequest, email: str) -> str | None:
    """Return the device's name when the holder of an e-mail has signed in on it with their present password.

    Asks the database once for each entry of the cookie, whatever the e-mail: who has no cookie learns nothing by it.
    """
    asked: dict[str, str | None] = request.__dict__.setdefault("known_devices", {})
    if email not in asked:
        asked[email] = next((entry.device for entry in _entries(request) if _holds(entry, email)), None)
    return asked[email]


def _holds(entry: Entry, email: str) -> bool:
    try:
        with scope.identity():
            user = User.objects.filter(pk=entry.user_id, emailaddress__email=email).first()
    except (ValueError, ValidationError):
        return False
    return user is not None and constant_time_compare(_password(user), entry.password)


def users(request: HttpRequest) -> list[str]:
    """Return the ids of those who have signed in on this browser, the latest last."""
    return [entry.user_id for entry in _entries(request)]


def remember(request: HttpRequest, user: User) -> None:
    """Make the browser that made this request a known device of the user's, when its answer goes out."""
    request.device_of = user  # type: ignore[attr-defined]


class DeviceMiddleware:
    """Sets the cookie after a sign-in, or after a password was set by a link that was mailed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user: User | None = getattr(request, "device_of", None)
        if user is not None:
            _write(response, [*_without(_entries(request), user), _entry(user)][-MOST_USERS:])
        return response


def _write(response: HttpResponse, entries: list[Entry]) -> None:
    response.set_cookie(
        COOKIE,
        signing.dumps(entries, salt=SALT),
        max_age=LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _entries(request: HttpRequest) -> list[Entry]:
    try:
        read: list[Any] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LIFETIME)
        return [Entry(*item) for item in read]
    except (signing.BadSignature, TypeError):
        return []


def _without(entries: list[Entry], user: User) -> list[Entry]:
    return [entry for entry in entries if entry.user_id != str(user.pk)]


def _entry(user: User) -> Entry:
    return Entry(user_id=str(user.pk), password=_password(user), device=secrets.token_hex(16))


def _password(user: User) -> str:
    return salted_hmac(SALT, hashers.opened(user.password), algorithm="sha256").hexdigest()[:32]
