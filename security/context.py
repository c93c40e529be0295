"""The signed PostgreSQL setting that row-level security believes.

A plain setting is defeated by one injected `set_config`. So the setting names kind, account, user, backend process and
expiry, and carries an HMAC over them; `walls.context()` in the database checks it with a key which the runtime role
cannot read. Only `set_config(..., true)` inside a transaction is ever used: session settings leak through pools.
"""

import hashlib
import hmac
from base64 import b64decode
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

BLOCK = 64  # bytes, SHA-256's block size


class Backend(NamedTuple):
    """The server process of this transaction and its clock, in seconds since 1970: the database's time is the time."""

    pid: int
    now: int


def backend(*, using: str = DEFAULT_DB_ALIAS) -> Backend:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), extract(epoch FROM clock_timestamp())::bigint")
        row = cursor.fetchone()
    assert row is not None
    return Backend(*row)


def context_key() -> bytes:
    return b64decode(settings.ECSHIP_CONTEXT_KEY)


def pads() -> tuple[bytes, bytes]:
    """Return HMAC's inner and outer padded keys, so that the database needs nothing but `sha256()`."""
    key = context_key()
    padded = (hashlib.sha256(key).digest() if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)


def signed(*, kind: str, account_id: UUID | None, user_id: UUID | None, backend: Backend) -> str:
    """Return the setting's text; empty for nobody."""
    if kind == "none":
        return ""
    expiry = backend.now + settings.SECURITY_CONTEXT_SECONDS
    message = f"{kind}|{account_id or ''}|{user_id or ''}|{backend.pid}|{expiry}"
    return f"{message}|{hmac.new(context_key(), message.encode(), hashlib.sha256).hexdigest()}"


def apply(
    *, kind: str, account_id: UUID | None, user_id: UUID | None, backend: Backend, using: str = DEFAULT_DB_ALIAS
) -> None:
    text = signed(kind=kind, account_id=account_id, user_id=user_id, backend=backend)
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT set_config('walls.context', %s, true)", [text])
