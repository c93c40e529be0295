"""Accounts for the simulator that asks a running server: opened by the services that everybody's are, and they stay."""

from __future__ import annotations

import secrets
from dataclasses import replace
from random import SystemRandom
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import keys
from accounts import services as accounts
from accounts.models import Account, User
from accounts.roles import KEY_SCOPES, RIGHTS, Role
from addressbook import services as books
from addressbook.details import ContactDetails
from ecship.scale import people
from security import scope
from security.detection.simulation.live import MARK, Player

CONTACTS = 6
BACKEND = "accounts.backends.EmailBackend"
_chance = SystemRandom()


class Cast:
    """Fills `security.detection.simulation.live`."""

    def make(self, *, name: str, by: str) -> Player:
        with scope.identity():
            email = f"simulated-{uuid4().hex[:12]}@example.com"
            user = accounts.create_verified_user(email=email, password=secrets.token_urlsafe(24), name=name)
            account = accounts.open_account(user=user, kind=Account.Kind.BUSINESS, name=f"Simulated: {name}")
        contacts = _contacts(account.pk, user.pk)
        with scope.identity():
            if by == "session":
                headers = {
                    "Cookie": f"{settings.SESSION_COOKIE_NAME}={_session(user)}",
                    "Sec-Fetch-Site": "same-origin",
                }
                return Player(
                    name, headers, user.pk, lambda one: f"/en/contacts/{one}/", "/en/address-books/", contacts
                )
            key, token = keys.create_api_key(account=account, by=user, name="Simulator", scopes=sorted(KEY_SCOPES))
        headers = {"Authorization": f"Bearer {token}"}
        return Player(name, headers, key.pk, lambda one: f"/api/v1/contacts/{one}/", "/api/v1/address-books/", contacts)


def _contacts(account_id: UUID, user_id: UUID) -> tuple[UUID, ...]:
    now = timezone.now()
    with scope.account(account_id=account_id, user_id=user_id, permissions=RIGHTS[Role.OWNER]):
        book = books.default_book(now=now)
        details = [replace(ContactDetails(**people.contact(_chance)), name=f"{MARK} {one}") for one in range(CONTACTS)]
        return tuple(books.save_contact(book=book, details=one, now=now).pk for one in details)


def _session(user: User) -> str:
    """Begin a session as signing in does, and return its key. Runs in the identity context."""
    store: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    request = HttpRequest()
    request.session = store()
    request.META["REMOTE_ADDR"] = "127.0.0.1"
    login(request, user, backend=BACKEND)
    request.session.save()
    return str(request.session.session_key)
