"""Data keys of accounts: made when an account opens, wrapped in a table, unwrapped for the current scope."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from security import kek, scope
from security.warrants import Warrant

KEY_BYTES = 32


@dataclass(frozen=True)
class DataKey:
    """One version of an account's key: `seal` for values, `index_key` for the keyed indexes."""

    version: int
    cipher: AESGCM = field(repr=False)
    index_key: bytes = field(repr=False)


def create(*, account_id: UUID) -> None:
    """Make the first key of a new account; runs in that account's scope."""
    from security.models import AccountKey

    wrapped, _key = make(account_id)
    with scope.warrant(Warrant.DATA_KEY):
        AccountKey.objects.create(account_id=account_id, version=1, wrapped=wrapped)


def make(account_id: UUID) -> tuple[bytes, DataKey]:
    """Return a new first key of an account: as the table keeps it, and ready to seal with. Writes nothing."""
    wrapped = kek.provider().wrap(os.urandom(KEY_BYTES), bound_to=_binding(account_id, 1))
    return wrapped, _unwrap(account_id, 1, wrapped)


def rewrap() -> int:
    """Wrap the keys of the current scope's account anew where they lie under an older key of keys; return how many."""
    from security.models import AccountKey

    count, account_id = 0, scope.current().account
    for row in AccountKey.objects.filter(account_id=account_id):
        wrapped = kek.provider().rewrapped(bytes(row.wrapped), bound_to=_binding(account_id, row.version))
        if wrapped is not None:
            with scope.warrant(Warrant.DATA_KEY):
                count += AccountKey.objects.filter(pk=row.pk, wrapped=row.wrapped).update(wrapped=wrapped)
    return count


def destroy(*, account_id: UUID) -> int:
    """Delete all keys of an account: from then on its sealed values are noise.

    Not so in a backup that holds the wrapped keys too: whoever has the key of keys can read that until it runs out.
    """
    from security.models import AccountKey

    scope.current().data_keys.clear()
    with scope.warrant(Warrant.DATA_KEY):
        destroyed: int = AccountKey.objects.filter(account_id=account_id).delete()[0]
    scope.forget_wrapped_keys()
    return destroyed


def current_key() -> DataKey:
    """Return the newest key of the current scope's account.

    Raises NoScope without an account, LookupError for an account whose keys were destroyed.
    """
    keys = _keys()
    if not keys:
        raise LookupError("This account has no data key.")
    return keys[max(keys)]


def key(version: int) -> DataKey | None:
    """Return one version of the current scope's key; never that of the row's account."""
    return _keys().get(version)


def _keys() -> dict[int, DataKey]:
    active = scope.current()
    if not active.data_keys:
        for version, sealed in (scope.wrapped_keys() or _kept(active.account)).items():
            active.data_keys[version] = _unwrap(active.account, version, sealed)
    return active.data_keys


def _kept(account_id: UUID) -> dict[int, bytes]:
    from security.models import AccountKey

    return {row.version: bytes(row.wrapped) for row in AccountKey.objects.filter(account_id=account_id)}


def _unwrap(account_id: UUID, version: int, wrapped: bytes) -> DataKey:
    secret = kek.provider().unwrap(wrapped, bound_to=_binding(account_id, version))
    return DataKey(version, AESGCM(digest(secret, b"seal", sha256)), digest(secret, b"index", sha256))


def _binding(account_id: UUID, version: int) -> bytes:
    return f"account-key|{account_id}|{version}".encode()
