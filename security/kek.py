"""Where the key-encryption key comes from. It wraps and unwraps, as a key-management service does."""

from __future__ import annotations

import os
from base64 import b64decode
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12


class Provider(Protocol):
    def wrap(self, key: bytes, *, bound_to: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, *, bound_to: bytes) -> bytes: ...


class LocalProvider:
    """Holds the key-encryption key in the process: for development and small sites."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def wrap(self, key: bytes, *, bound_to: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, bound_to)

    def unwrap(self, wrapped: bytes, *, bound_to: bytes) -> bytes:
        """Raises cryptography.exceptions.InvalidTag for a key of another account or another key-encryption key."""
        return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound_to)


@lru_cache(maxsize=4)
def _local(encoded: str) -> LocalProvider:
    return LocalProvider(b64decode(encoded))


def encoded() -> str:
    """Return the key as it is set: a file's content if one is given, else the environment's value."""
    file = settings.ECSHIP_KEK_FILE
    return Path(file).read_text().strip() if file else settings.ECSHIP_KEK


def provider() -> Provider:
    return _local(encoded())
