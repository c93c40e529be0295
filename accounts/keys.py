"""API keys: made, shown once, found by their hash in the identity context."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address, ip_network

from accounts.models import Account, ApiKey, Member, OperatorKey, User
from accounts.roles import KEY_SCOPES, OPERATOR_SCOPE, RIGHTS
from security.permissions import Permission

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
    ranges = [str(ip_network(item, strict=False)) for item in allowed_addresses or []]
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


def create_operator_key(*, name: str) -> tuple[OperatorKey, str]:
    """Make an operator's key for tracking events and return it with its text, shown once."""
    token = PREFIX + secrets.token_urlsafe(32)
    return OperatorKey.objects.create(name=name, prefix=token[:12], key_hash=hash_of(token)), token


def find_api_key(token: str, *, now: datetime, source: str) -> tuple[ApiKey, frozenset[Permission]] | None:
    """Return the key and its rights, or None for an unknown, expired or wrongly used one. Identity context only."""
    key = ApiKey.objects.select_related("account").filter(key_hash=hash_of(token)).first()
    if key is None or (key.expires_at and key.expires_at <= now) or not _address_allowed(key, source):
        return None
    member = Member.objects.filter(account_id=key.account_id, user_id=key.created_by_id, user__is_active=True).first()
    if member is None:
        return None
    return key, rights_of(key.scopes) & RIGHTS[member.role]


def find_operator_key(token: str) -> OperatorKey | None:
    return OperatorKey.objects.filter(key_hash=hash_of(token)).first()


def rights_of(scopes: list[str]) -> frozenset[Permission]:
    return frozenset[Permission]().union(*(KEY_SCOPES.get(name, frozenset()) for name in scopes))


def _address_allowed(key: ApiKey, source: str) -> bool:
    if not key.allowed_addresses:
        return True
    return bool(source) and any(ip_address(source) in ip_network(item) for item in key.allowed_addresses)


__all__ = ["OPERATOR_SCOPE", "create_api_key", "create_operator_key", "find_api_key", "find_operator_key", "rights_of"]
