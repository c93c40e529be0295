"""Where the key-encryption key comes from. It wraps and unwraps, as a key-management service does.

Exchanging it: the new key is set, the one before it stands among the older ones, which open and never wrap; then
`manage.py rewrap_keys` wraps anew whatever is somebody's (`accounts.rewrapping`).
"""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12


class Provider(Protocol):
    def wrap(self, key: bytes, *, bound_to: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, *, bound_to: bytes) -> bytes: ...

    def rewrapped(self, wrapped: bytes, *, bound_to: bytes) -> bytes | None:
        """Return the same under the newest key; None where it is under that one."""
        ...


class LocalProvider:
    """Holds the key-encryption key in the process, and older ones: for development and small sites."""

    def __init__(self, key: bytes, older: Sequence[bytes] = ()) -> None:
        self._cipher = AESGCM(key)
        self._older = [AESGCM(one) for one in older]

    def wrap(self, key: bytes, *, bound_to: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, bound_to)

    def unwrap(self, wrapped: bytes, *, bound_to: bytes) -> bytes:
        """Raises cryptography.exceptions.InvalidTag for a key of another account or another key-encryption key."""
        nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        for cipher in (self._cipher, *self._older[:-1]):
            with suppress(InvalidTag):
                return cipher.decrypt(nonce, sealed, bound_to)
        return (self._older or [self._cipher])[-1].decrypt(nonce, sealed, bound_to)

    def rewrapped(self, wrapped: bytes, *, bound_to: bytes) -> bytes | None:
        """Raises InvalidTag as `unwrap` does."""
        with suppress(InvalidTag):
            self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound_to)
            return None
        return self.wrap(self.unwrap(wrapped, bound_to=bound_to), bound_to=bound_to)


@lru_cache(maxsize=4)
def _local(encoded: str, older: tuple[str, ...]) -> LocalProvider:
    return LocalProvider(b64decode(encoded), [b64decode(one) for one in older])


def encoded() -> str:
    """Return the newest key as it is set: the first line of a file if one is given, else the environment's value."""
    return _lines()[0] if settings.ECSHIP_KEK_FILE else settings.ECSHIP_KEK


def older() -> tuple[str, ...]:
    """Return the keys before it, the newest first: the file's further lines, then the environment's."""
    return (*(_lines()[1:] if settings.ECSHIP_KEK_FILE else ()), *settings.ECSHIP_OLD_KEKS)


def _lines() -> list[str]:
    return Path(settings.ECSHIP_KEK_FILE).read_text().split() or [""]


def provider() -> Provider:
    return _local(encoded(), older())
