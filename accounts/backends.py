"""Who signs in, by e-mail and password: one query and one hash, whether the e-mail is known or not."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.db.models import QuerySet

from accounts.hashers import SealedArgon2PasswordHasher
from accounts.models import User
from security.compiled import Compiled


class EmailBackend(AuthenticationBackend):  # type: ignore[misc]
    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        """Check the password of whoever holds the e-mail, else one that nothing fits, by the same steps.

        Staff are unknown on the customers' site, and customers in the staff console.
        """
        user = User.objects.holder_of(email)
        if user is None or user.is_staff != settings.CONSOLE:
            user = User(password=nobodys_password())
        found: User | None = self._check_password(user, password)
        return found

    def get_user(self, user_id: UUID) -> User | None:
        """Return whom a session is of, as Django's own does: asked for at every request."""
        user = _USER.first(user_id=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None


def _users(user_id: UUID) -> QuerySet[User]:
    return User._default_manager.filter(pk=user_id)


_USER = Compiled(_users, "user_id", by_account=False)


@cache
def nobodys_password() -> str:
    """Return a stored password that no password was hashed for, at the cost that any other has."""
    hasher = SealedArgon2PasswordHasher()
    work = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = (b64encode(bytes(length)).decode().rstrip("=") for length in (16, 32))
    return hasher.seal(f"{hasher.algorithm}$argon2id$v=19${work}${salt}${digest}")
