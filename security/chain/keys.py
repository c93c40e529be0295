"""Where the key comes from that signs heads, and whose signatures are believed.

Only the security worker holds the private half. It signs, as a key-management service does: the interface fits one.
"""

from __future__ import annotations

from base64 import b64decode
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from security.chain import proof


class Signer(Protocol):
    @property
    def key_id(self) -> str: ...

    @property
    def public(self) -> bytes: ...

    def sign(self, message: bytes) -> bytes: ...


class LocalSigner:
    """Holds the private key in the process: for development and small sites."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = proof.key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


@lru_cache(maxsize=4)
def _local(encoded: str) -> LocalSigner:
    return LocalSigner(b64decode(encoded))


def encoded() -> str:
    """Return the seed as it is set: a file's content if one is given, else the environment's value."""
    file = settings.ECSHIP_SEAL_KEY_FILE
    return Path(file).read_text().strip() if file else settings.ECSHIP_SEAL_KEY


def signer() -> Signer:
    return _local(encoded())


def trusted() -> dict[str, bytes]:
    """Return the public keys that heads may be signed with, by id: today's, and those that came before it."""
    publics = [signer().public, *(b64decode(old) for old in settings.ECSHIP_SEAL_OLD_KEYS)]
    return {proof.key_id(public): public for public in publics}
