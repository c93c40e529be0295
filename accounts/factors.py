"""Second factors lie sealed in the database, under the key of keys: a dump gives nobody's codes."""

from __future__ import annotations

from base64 import b64decode, b64encode

from allauth.mfa.adapter import DefaultMFAAdapter

from security import kek

BOUND_TO = b"mfa.authenticator"


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return b64encode(kek.provider().wrap(text.encode(), bound_to=BOUND_TO)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises cryptography.exceptions.InvalidTag for what was sealed under another key of keys."""
        return kek.provider().unwrap(b64decode(encrypted_text), bound_to=BOUND_TO).decode()
