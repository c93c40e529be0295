"""The staff console in tests: the same process answers as the console's while one of its clients asks.

What `CONSOLE=true` sets is laid over the settings for one request, without Django's signal, which would make every list
of addresses be read anew. A browser test, whose server runs in a thread of its own, uses `override_settings` instead.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.totp.internal import auth as totp
from django.conf import UserSettingsHolder
from django.conf import settings as site_settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.test import Client

from accounts.sessions import SessionStore
from ecship import console

SETTINGS = console.settings(prefix="", longest=site_settings.STAFF_SESSION_SECONDS)


@contextmanager
def as_console() -> Iterator[None]:
    """Answer as the console's process for a while."""
    before = site_settings._wrapped
    laid_over = UserSettingsHolder(before)
    for name, value in SETTINGS.items():
        setattr(laid_over, name, value)
    site_settings._wrapped = laid_over
    try:
        yield
    finally:
        site_settings._wrapped = before


SECRET = "JBSWY3DPEHPK3PXP"  # of every staff member's authenticator app in tests


def code_now(secret: str = SECRET) -> str:
    """Return what the app shows."""
    counter = int(time.time()) // 30
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))


class Browser(Client):
    """A browser that one can be signed in on at once."""

    def _login(self, user: Any, backend: str | None = None) -> None:
        """As Django's does, without the session that it makes and saves first, only to throw it away."""
        if site_settings.SESSION_COOKIE_NAME in self.cookies:
            super()._login(user, backend)  # type: ignore[misc]
            return
        request = HttpRequest()
        request.session = SessionStore()
        login(request, user, backend)
        request.session.save()
        self._set_login_cookies(request)  # type: ignore[attr-defined]


class ConsoleClient(Browser):
    """A browser that asks the console."""

    def sign_in(self, email: str, password: str, code: str = "") -> Any:
        """Sign in by the pages, as a person does: password, then the app's code; return the last answer."""
        answer = self.post("/en/sign-in/login/", {"login": email, "password": password})
        if answer.status_code == 302 and answer["Location"] == "/en/sign-in/2fa/authenticate/":
            answer = self.post("/en/sign-in/2fa/authenticate/", {"code": code or code_now()})
            if answer.status_code != 302 and not code:  # it ran out on its way
                answer = self.post("/en/sign-in/2fa/authenticate/", {"code": code_now()})
        return answer

    def request(self, **request: Any) -> Any:
        with as_console():
            return super().request(**request)

    def force_login(self, user: Any, backend: str | None = None) -> None:
        """Begin a session as signing in with a password and a code does."""
        with as_console():
            super().force_login(user, backend=backend)
            session = self.session
            session["account_authentication_methods"] += [{"method": "mfa", "at": time.time(), "type": "totp"}]
            session.save()
