"""What reaches the password hasher, counted."""

from __future__ import annotations

import pytest

from accounts import hashers


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every run of Argon2, for a check as well as for a new password."""
    made: list[str] = []
    encode, verify = hashers.SealedArgon2PasswordHasher.encode, hashers.SealedArgon2PasswordHasher.verify

    def counted_encode(self: hashers.SealedArgon2PasswordHasher, password: str, salt: str) -> str:
        made.append("encode")
        return encode(self, password, salt)

    def counted_verify(self: hashers.SealedArgon2PasswordHasher, password: str, encoded: str) -> bool:
        made.append("verify")
        return verify(self, password, encoded)

    monkeypatch.setattr(hashers.SealedArgon2PasswordHasher, "encode", counted_encode)
    monkeypatch.setattr(hashers.SealedArgon2PasswordHasher, "verify", counted_verify)
    return made
