"""The signed PostgreSQL setting that row-level security believes.

A plain setting is defeated by one injected `set_config`. So the setting names kind, account, user, backend process,
expiry and, where there are any, warrants (`security.warrants`), and carries an HMAC over them; `walls.context()` in the
database checks it with a key which the runtime role cannot read. Only `set_config(..., true)` inside a transaction is
ever used: session settings leak through pools.
"""

import hashlib
from base64 import b64decode
from collections.abc import Set as AbstractSet
from functools import lru_cache
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from security import addresses
from security.postgres.base import later
from security.warrants import Warrant

NO_WARRANTS: AbstractSet[Warrant] = frozenset()
BLOCK = 64  # bytes, SHA-256's block size
SEEN_SECONDS = 60


class Backend(NamedTuple):
    """The server process of this transaction and its clock, in seconds since 1970: the database's time is the time."""

    pid: int
    now: int


class Seen(NamedTuple):
    """What a connection's server process said of itself, and when; our own clock only measures how long ago."""

    pid: int
    now: float
    at: float


_seen: WeakKeyDictionary[Any, Seen] = WeakKeyDictionary()


def backend(*, using: str = DEFAULT_DB_ALIAS) -> Backend:
    """Ask the connection's server process who it is and what time it has; what it said a minute ago still holds.

    Behind a pooler that gives each transaction another process (DATABASE_POOLER), it is asked each time.
    """
    connection = connections[using]
    connection.ensure_connection()
    held = connection.connection
    seen = _seen.get(held)
    if seen is None or monotonic() - seen.at > SEEN_SECONDS or settings.DATABASE_POOLER:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid(), extract(epoch FROM clock_timestamp())::float8")
            row = cursor.fetchone()
        assert row is not None
        seen = _seen[held] = Seen(pid=row[0], now=row[1], at=monotonic())
    return Backend(seen.pid, int(seen.now + monotonic() - seen.at))


def context_key() -> bytes:
    return _decoded(settings.ECSHIP_CONTEXT_KEY)


@lru_cache(maxsize=4)
def _decoded(key: str) -> bytes:
    return b64decode(key)


def pads() -> tuple[bytes, bytes]:
    """Return HMAC's inner and outer padded keys, so that the database needs nothing but `sha256()`."""
    return _pads(context_key())


def _pads(key: bytes) -> tuple[bytes, bytes]:
    padded = (hashlib.sha256(key).digest() if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)


def signed(
    *,
    kind: str,
    account_id: UUID | None,
    user_id: UUID | None,
    backend: Backend,
    warrants: AbstractSet[Warrant] = NO_WARRANTS,
) -> str:
    """Return the setting's text; empty for nobody without a warrant."""
    if kind == "none" and not warrants:
        return ""
    expiry = backend.now + settings.SECURITY_CONTEXT_SECONDS
    message = f"{kind}|{account_id or ''}|{user_id or ''}|{backend.pid}|{expiry}"
    if warrants:
        message += f"|{','.join(sorted(warrants))}"
    return f"{message}|{_mac(message)}"


def _mac(message: str) -> str:
    """Return the HMAC of a message, in hexadecimal: as `hmac` makes it, but the key is worked in once for all."""
    inner, outer = (begun.copy() for begun in _begun(context_key()))
    inner.update(message.encode())
    outer.update(inner.digest())
    return str(outer.hexdigest())


@lru_cache(maxsize=4)
def _begun(key: bytes) -> tuple[Any, Any]:
    inner, outer = _pads(key)
    return hashlib.sha256(inner), hashlib.sha256(outer)


class Entered(NamedTuple):
    """What the database said of an account when its context was set.

    `wrapped` are its keys by version, `frozen` the features that degrade now, each as `feature:size`; `is_blocked`,
    whether staff have blocked the network that the request comes from.
    """

    wrapped: dict[int, bytes]
    is_suspended: bool = False
    frozen: tuple[str, ...] = ()
    is_blocked: bool = False


def apply(
    *,
    kind: str,
    account_id: UUID | None,
    user_id: UUID | None,
    backend: Backend,
    warrants: AbstractSet[Warrant] = NO_WARRANTS,
    source: str = "",
    using: str = DEFAULT_DB_ALIAS,
) -> Entered:
    """Set the context for the rest of the transaction; return what the account's rows say of it, and of the source.

    Both are asked in the one statement: that a source is blocked holds from the next request on, and costs none a wait.
    """
    text = signed(kind=kind, account_id=account_id, user_id=user_id, backend=backend, warrants=warrants)
    with connections[using].cursor() as cursor:
        if account_id is None:
            cursor.execute(_SET, [text, _address(source)])
            row = cursor.fetchone()
            return Entered({}, is_blocked=bool(row and row[1]))
        cursor.execute(_ENTER, [_address(source), text])
        rows = cursor.fetchall()
    if not rows:
        return Entered({})
    _version, _wrapped, is_suspended, frozen, is_blocked = rows[0]
    keys = {version: bytes(wrapped) for version, wrapped, *_same in rows if version is not None}
    return Entered(keys, is_suspended, tuple(frozen or ()), bool(is_blocked))


def put_back(
    *,
    kind: str,
    account_id: UUID | None,
    user_id: UUID | None,
    backend: Backend,
    warrants: AbstractSet[Warrant] = NO_WARRANTS,
) -> None:
    """Set the context again that held before; it travels with the next statement, before which it matters to none."""
    text = signed(kind=kind, account_id=account_id, user_id=user_id, backend=backend, warrants=warrants)
    later("SELECT set_config('walls.context', %s, true)", [text])


# Without a source the database does not look: NULL is answered by NULL.
_SET = "SELECT set_config('walls.context', %s, true), walls.is_blocked(%s::inet)"
_ENTER = "SELECT version, wrapped, is_suspended, frozen, walls.is_blocked(%s::inet) FROM walls.enter(%s)"


@lru_cache(maxsize=1024)
def _address(source: str) -> str | None:
    """Return an address as the database takes it; None for what is none, such as a job's."""
    try:
        return str(addresses.address(source)) if source else None
    except ValueError:
        return None


ORDER_SECONDS = 60


def order(verb: str, *parts: str, backend: Backend) -> str:
    """Return an order to one of the database's own functions, signed as a context is.

    So a statement that somebody injects cannot give one, though it runs as the same role. Parts hold no `|`.
    """
    assert not any("|" in part for part in parts), "a part of an order may not hold its separator"
    message = "|".join(["order", verb, *parts, str(backend.pid), str(backend.now + ORDER_SECONDS)])
    return f"{message}|{_mac(message)}"
