"""Second factors for tests: an app that shows codes, set up in the database or over the pages."""

from __future__ import annotations

import time
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from django.test import Client

from security import scope
from tests.conftest import PASSWORD, Person

CODE = "/en/sign-in/2fa/authenticate/"


@dataclass
class App:
    """Somebody's authenticator app."""

    secret: str

    def code(self, step: int = 0) -> str:
        """Return the code that it shows now, or some steps of 30 seconds later."""
        return str(auth.format_hotp_value(auth.hotp_value(self.secret, int(time.time()) // 30 + step)))


def give_app(person: Person) -> App:
    """Set up an app, with recovery codes, as if it had been done before."""
    app = App(auth.generate_totp_secret())
    with scope.identity():
        auth.TOTP.activate(person.user, app.secret)
        RecoveryCodes.activate(person.user)
    return app


def codes_of(person: Person) -> list[str]:
    with scope.identity():
        codes = Authenticator.objects.get(user=person.user, type="recovery_codes")
        return list(codes.wrap().generate_codes())


def show_password(person: Person, client: Client | None = None) -> Client:
    """Return a browser in which somebody has given the password, and is asked for the factor."""
    client = client or Client()
    answer = client.post("/en/sign-in/login/", {"login": person.user.email, "password": PASSWORD})
    assert answer["Location"] == CODE
    return client


def show_code(client: Client, code: str) -> int:
    return client.post(CODE, {"code": code}).status_code


def sign_in(person: Person, app: App, client: Client | None = None) -> Client:
    """Sign in with both factors."""
    client = show_password(person, client)
    code = app.code()
    assert show_code(client, code) == 302
    # As if half a minute had passed: another test step may need the same code.
    cache.delete_many(
        [f"factor-code:{person.user.pk}:{code}", f"allauth.mfa.totp.used?user={person.user.pk}&code={code}"]
    )
    return client
