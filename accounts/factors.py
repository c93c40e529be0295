"""Second factors lie sealed in the database, under the key of keys: a dump gives nobody's codes."""

from __future__ import annotations

from base64 import b64decode, b64encode

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator

from security import kek

BOUND_TO = b"mfa.authenticator"


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return b64encode(kek.provider().wrap(text.encode(), bound_to=BOUND_TO)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises cryptography.exceptions.InvalidTag for what was sealed under another key of keys."""
        return kek.provider().unwrap(b64decode(encrypted_text), bound_to=BOUND_TO).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Staff keep one factor at least: without one they could not come in again."""
        if not authenticator.user.is_staff:
            return True
        kept = Authenticator.objects.filter(user_id=authenticator.user_id).exclude(pk=authenticator.pk)
        return bool(kept.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())
