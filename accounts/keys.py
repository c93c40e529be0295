"""API keys: made, shown once, found by their hash in the identity context."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection

from accounts import closing_rights as closing
from accounts.models import Account, ApiKey, OperatorKey, User
from accounts.roles import KEY_SCOPES, OPERATOR_SCOPE, RIGHTS
from security import addresses, context, live, scope
from security.models import LiveState
from security.permissions import Permission
from security.warrants import Warrant

PREFIX = "ecs_"


def hash_of(token: str) -> bytes:
    """A key has 256 random bits, so a plain hash is enough: there is nothing to guess."""
    return sha256(token.encode()).digest()


def create_api_key(
    *,
    account: Account,
    by: User,
    name: str,
    scopes: list[str],
    expires_at: datetime | None = None,
    allowed_addresses: list[str] | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its text, which is never shown again.

    Raises ValueError for an unknown scope or address range.
    """
    if unknown := set(scopes) - set(KEY_SCOPES):
        raise ValueError(f"Unknown scope: {', '.join(sorted(unknown))}")
    token = PREFIX + secrets.token_urlsafe(32)
    ranges = [str(addresses.network(item)) for item in allowed_addresses or []]
    with scope.warrant(Warrant.KEYS):
        key = ApiKey.objects.create(
            account=account,
            created_by=by,
            name=name,
            prefix=token[:12],
            key_hash=hash_of(token),
            scopes=sorted(scopes),
            expires_at=expires_at,
            allowed_addresses=ranges,
        )
    return key, token


def create_operator_key(*, name: str, expires_at: datetime | None = None) -> tuple[OperatorKey, str]:
    """Make an operator's key for tracking events and return it with its text, shown once."""
    token = PREFIX + secrets.token_urlsafe(32)
    values = {"name": name, "prefix": token[:12], "key_hash": hash_of(token), "expires_at": expires_at}
    return OperatorKey.objects.create(**values), token


def end_operator_keys(*, name: str) -> int:
    """End every operator's key of a name, at once; return how many there were."""
    return OperatorKey.objects.filter(name=name).delete()[0]


@dataclass(frozen=True)
class FoundKey:
    """A key that may be used now, with its rights, those of its maker's role, and its live state."""

    key: ApiKey
    rights: frozenset[Permission]
    role_rights: frozenset[Permission]
    live: LiveState


def find_api_key(token: str, *, now: datetime, source: str) -> FoundKey | None:
    """Return the key, or None for an unknown, expired or wrongly used one. One question to the database for it all.

    Raises Suspended where the key, or whoever made it, is suspended: their suspension is its suspension.
    """
    backend = context.backend()
    identity = context.signed(kind=scope.Kind.IDENTITY, account_id=None, user_id=None, backend=backend)
    with connection.cursor() as cursor:
        cursor.execute(_FIND_KEY, [identity, hash_of(token)])
        row = cursor.fetchone()
    if row is None:
        return None
    key, role, state, maker = _read(row)
    if (key.expires_at and key.expires_at <= now) or not _address_allowed(key, source):
        return None
    for actor in (state, maker):
        live.require(actor, epoch=actor.epoch)
    rights = closing.left_of(rights_of(key.scopes) & RIGHTS[role], key.account)
    return FoundKey(key, rights, RIGHTS[role], state)


# In the order of the models' fields.
_KEY = ("id", "account_id", "created_by_id", "name", "prefix", "scopes", "allowed_addresses", "created_at",
        "expires_at", "last_used_at")  # fmt: skip
_ACCOUNT = ("name", "kind", "fax_enabled", "closing_at", "created_at")
_FIND_KEY = "SELECT * FROM walls.find_key(%s, %s)"


def _read(row: tuple[Any, ...]) -> tuple[ApiKey, str, LiveState, LiveState]:
    """Read an answer of `walls.find_key`: key with its account, role, live state of the key and of its maker."""
    here, rest = len(_KEY), row[len(_KEY) + len(_ACCOUNT) :]
    key = ApiKey.from_db("default", _KEY, row[:here])
    key.account = Account.from_db("default", ("id", *_ACCOUNT), (key.account_id, *row[here : here + len(_ACCOUNT)]))
    role, state, until, epoch, maker_state, maker_until = rest
    of_key = LiveState(actor_id=key.pk, state=state or LiveState.State.ACTIVE, until=until, epoch=epoch or 1)
    maker = LiveState(
        actor_id=key.created_by_id, state=maker_state or LiveState.State.ACTIVE, until=maker_until
    )  # its epoch is of no matter: a key holds none of its maker's
    return key, role, of_key, maker


def find_operator_key(token: str, *, now: datetime) -> OperatorKey | None:
    key = OperatorKey.objects.filter(key_hash=hash_of(token)).first()
    return key if key and (key.expires_at is None or key.expires_at > now) else None


def rights_of(scopes: list[str]) -> frozenset[Permission]:
    return frozenset[Permission]().union(*(KEY_SCOPES.get(name, frozenset()) for name in scopes))


def _address_allowed(key: ApiKey, source: str) -> bool:
    if not key.allowed_addresses:
        return True
    if not source:
        return False
    here = addresses.address(source)
    return any(here in addresses.network(item) for item in key.allowed_addresses)


__all__ = [
    "OPERATOR_SCOPE",
    "create_api_key",
    "create_operator_key",
    "end_operator_keys",
    "find_api_key",
    "find_operator_key",
    "rights_of",
]
