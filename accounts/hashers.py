"""Argon2id at a memory cost fit for small machines: 19 MiB, two passes, one lane (OWASP's recommendation).

What is stored is sealed under the key of keys: whoever reads a dump, or a row by an injection, has nothing to guess at.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts import slots
from security import kek

LONGEST = 256  # characters: no password is longer (accounts.passwords), so what is longer is not hashed as it came
BOUND_TO = b"accounts.password"


def opened(encoded: str) -> str:
    """Return a hash as it is, however it lies sealed: what is bound to a password is bound to this."""
    sealed = encoded.startswith(f"{SealedArgon2PasswordHasher.algorithm}$")
    return SealedArgon2PasswordHasher.open(encoded) if sealed else encoded


class SealedArgon2PasswordHasher(Argon2PasswordHasher):
    algorithm = "sealed-argon2"
    time_cost = 2
    memory_cost = 19_456  # KiB
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """Raises ValueError for a password that is too long, slots.Busy where too many are checked at once."""
        if len(password) > LONGEST:
            raise ValueError("The password is too long.")
        with slots.taken():
            return self.seal(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        """Check a password; one that is too long costs what any other does. Raises slots.Busy."""
        with slots.taken():
            fits = super().verify(password[:LONGEST], self.open(encoded))
        return fits and len(password) <= LONGEST

    def decode(self, encoded: str) -> Any:
        return super().decode(self.open(encoded))

    def seal(self, plain: str) -> str:
        """Return a hash as it is stored: the algorithm's name, then ciphertext in base64."""
        wrapped = kek.provider().wrap(plain.encode(), bound_to=BOUND_TO)
        return f"{self.algorithm}${b64encode(wrapped).decode()}"

    @staticmethod
    def open(encoded: str) -> str:
        """Raises cryptography.exceptions.InvalidTag for what was sealed under another key of keys."""
        _algorithm, sealed = encoded.split("$", 1)
        return kek.provider().unwrap(b64decode(sealed), bound_to=BOUND_TO).decode()
