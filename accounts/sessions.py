"""Sessions in the database, reached in the identity context only: an account's context cannot see any session."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from security import scope


class SessionStore(DatabaseStore):
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
