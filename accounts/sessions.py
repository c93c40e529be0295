"""Sessions in the database, reached in the identity context only: an account's context cannot see any session.

Of a session's key only a hash is stored, and its data lies sealed, bound to that hash: whoever reads a dump, or rows by
an injection, has no cookie to send, and a session's data copied into another row does not open.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from security import scope
from security.kek import NONCE_BYTES

SALT = "accounts.sessions"


class RowKey(str):
    """A session's key as the rows have it. Only what comes out of a row is one; what a browser sends never is."""

    __slots__ = ()


def row_key(key: str) -> RowKey:
    """Return the hash (160 bits, hexadecimal) under which a session's key is stored."""
    return key if isinstance(key, RowKey) else RowKey(sha256(key.encode()).hexdigest()[:40])


class HashedKeyField(models.CharField):  # type: ignore[type-arg]
    """The column of a session's key: hashes whatever is written or looked up."""

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None else str(row_key(value))

    def from_db_value(self, value: str | None, *_of_query: Any) -> RowKey | None:
        return value if value is None else RowKey(value)

    def deconstruct(self) -> Any:
        """Migrations know the column as Django and allauth made it."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


def hash_keys() -> None:
    """Let the tables of Django's sessions and of allauth's list of them store hashes. Called once, at the start."""
    from allauth.core import context
    from allauth.usersessions.models import UserSession
    from django.contrib.sessions.models import Session

    for model in (Session, UserSession):
        model._meta.get_field("session_key").__class__ = HashedKeyField

    def is_current(self: UserSession) -> bool:
        key = context.request.session.session_key
        return key is not None and row_key(self.session_key) == row_key(key)

    UserSession.is_current = is_current


def _ciphers() -> Iterator[AESGCM]:
    for secret in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        yield AESGCM(salted_hmac(SALT, "data", secret=secret, algorithm="sha256").digest())


class SessionStore(DatabaseStore):
    def encode(self, session_dict: dict[str, Any]) -> str:
        nonce, plain = os.urandom(NONCE_BYTES), super().encode(session_dict).encode()
        return b64encode(nonce + next(_ciphers()).encrypt(nonce, plain, self._bound_to)).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return the session's data; nothing where it is damaged or another session's."""
        try:
            sealed = b64decode(session_data, validate=True)
        except ValueError:
            return {}
        for cipher in _ciphers():
            try:
                plain = cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._bound_to)
            except (InvalidTag, ValueError):
                continue
            return super().decode(plain.decode())
        return {}

    @property
    def _bound_to(self) -> bytes:
        return row_key(self.session_key or "").encode()

    def exists(self, session_key: str) -> bool:
        with scope.identity():
            return super().exists(session_key)

    def load(self) -> dict[str, Any]:
        with scope.identity():
            return super().load()

    def save(self, must_create: bool = False) -> None:
        with scope.identity():
            super().save(must_create=must_create)

    def delete(self, session_key: str | None = None) -> None:
        with scope.identity():
            super().delete(session_key)

    def get_session_cookie_age(self) -> int:
        """Return for how many seconds more the row stands: saving it again does not make a session longer."""
        now = int(timezone.now().timestamp())
        began = int(self.get("began", now))
        return max(0, began + settings.SESSION_COOKIE_AGE - now)

    def cycle_key(self) -> None:
        """Change the key; in the list of one's sessions it stays the same one."""
        from allauth.usersessions.models import UserSession

        before = self.session_key
        super().cycle_key()
        with scope.identity():
            UserSession.objects.filter(session_key=before).update(session_key=self.session_key)

    @classmethod
    def clear_expired(cls) -> None:
        with scope.identity():
            super().clear_expired()

    @classmethod
    def get_model_class(cls) -> Any:
        from django.contrib.sessions.models import Session

        return Session
