"""Signing as Standard Webhooks 1.0.0 says: HMAC-SHA256 over `id.timestamp.body`; secrets begin with `whsec_`."""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from hmac import digest

PREFIX = "whsec_"
BYTES = 32  # the specification asks for 24 to 64


def new_secret() -> str:
    return PREFIX + b64encode(secrets.token_bytes(BYTES)).decode()


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return `v1,` and the signature in base64. `timestamp` in seconds since 1970."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(digest(b64decode(secret.removeprefix(PREFIX)), signed, sha256)).decode()


def headers(under: Sequence[str], *, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers; a signature under each secret, the newest first."""
    timestamp = int(now.timestamp())
    made = [signature(secret, message_id=message_id, timestamp=timestamp, body=body) for secret in under]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(made),
    }
