"""Sealed values: the personal data of a row as one encrypted JSON value.

AES-256-GCM with a random 96-bit nonce; bound to account, table, row and key version. A value is opened with the key of
the *current scope*, never with that of the row: a foreign row which slipped through every other wall is noise.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from hashlib import sha256
from hmac import digest
from typing import Any, Generic, TypeVar, overload

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models

from security import alarms, keys, scope
from security.kek import NONCE_BYTES
from security.tenancy import TenantModel
from security.walls import Wall, stands

T = TypeVar("T")
_OPEN_WALL = AESGCM(bytes(32))  # what seals and opens when a test takes the wall away


class Unreadable(Exception):
    """A sealed value did not open under the current scope's key."""


class SealedField(Generic[T]):
    """One private field of a sealed model: read and assigned like any attribute, stored in `sealed`, not queryable."""

    def __init__(self, default: T | Callable[[], T]) -> None:
        self.default = default

    def __set_name__(self, owner: type[SealedModel], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> SealedField[T]: ...

    @overload
    def __get__(self, instance: SealedModel, owner: type[Any]) -> T: ...

    def __get__(self, instance: SealedModel | None, owner: type[Any]) -> SealedField[T] | T:
        if instance is None:
            return self
        values = instance.__dict__.get("_private") or instance.private  # lists ask for hundreds
        try:
            return values[self.name]  # type: ignore[no-any-return]
        except KeyError:
            value = values[self.name] = self.default() if callable(self.default) else self.default
            return value

    def __set__(self, instance: SealedModel, value: T) -> None:
        instance.private[self.name] = value


class SealedColumn(models.BinaryField):  # type: ignore[type-arg]
    """The column: seals the instance's private values just before they are written, in `save` and in bulk inserts."""

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes:
        assert isinstance(model_instance, SealedModel)
        return model_instance.seal()


class SealedModel(TenantModel):
    """A tenant row with private fields."""

    sealed = SealedColumn(editable=False)
    key_version = models.SmallIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def sealed_names(cls) -> list[str]:
        names = {name for base in cls.__mro__ for name, value in vars(base).items() if isinstance(value, SealedField)}
        return sorted(names)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        private = {name: kwargs.pop(name) for name in list(kwargs) if name in self._sealed_name_set()}
        super().__init__(*args, **kwargs)
        for name, value in private.items():
            setattr(self, name, value)

    @classmethod
    def _sealed_name_set(cls) -> frozenset[str]:
        names = cls.__dict__.get("_sealed_names")
        if names is None:
            names = frozenset(cls.sealed_names())
            cls._sealed_names = names  # type: ignore[attr-defined]
        return names

    @property
    def private(self) -> dict[str, Any]:
        """The private values by name, opened on first use; of an unreadable row, the defaults."""
        values: dict[str, Any] | None = self.__dict__.get("_private")
        if values is None:
            values = self._open() if self.sealed else {}
            self.__dict__["_private"] = values
        return values

    @property
    def is_unreadable(self) -> bool:
        """Whether the row's sealed value did not open: shown as a placeholder, never overwritten."""
        _ = self.private
        return bool(self.__dict__.get("_unreadable", False))

    def _open(self) -> dict[str, Any]:
        try:
            return unseal(bytes(self.sealed), self.key_version, table=self._meta.db_table, row=str(self.pk))
        except Unreadable:
            self.__dict__["_unreadable"] = True
            # A row of one's own that does not open is damaged or planted: its reader is its victim, and no attacker.
            is_own = self.__dict__.get("account_id") == scope.get().account_id
            alarms.raise_alarm("damaged" if is_own else "wrong_key", table=self._meta.db_table, ids=[str(self.pk)])
            return {}

    def forget(self) -> None:
        """Put the defaults in place of all private values, without opening what is there; saving makes it final."""
        self.__dict__["_private"] = {}
        self.__dict__.pop("_unreadable", None)

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled (a cache, say) is the sealed value only."""
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name not in {"_private", "_unreadable"}}

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__.pop("_private", None)
        self.__dict__.pop("_unreadable", None)
        super().refresh_from_db(*args, **kwargs)

    def seal(self) -> bytes:
        """Seal the private values under the current scope's key and return the bytes for the column."""
        if self.__dict__.get("_unreadable"):
            raise Unreadable(f"{self._meta.label} {self.pk} cannot be written: it could not be read.")
        if "_private" in self.__dict__ or not self.sealed:
            key = keys.current_key()
            self.key_version = key.version
            self.sealed = seal(self.private, key, table=self._meta.db_table, row=str(self.pk))
        return bytes(self.sealed)


def _bound_to(table: str, row: str, version: int) -> bytes:
    return f"{scope.current().account_id}|{table}|{row}|{version}".encode()


def seal(values: dict[str, Any], key: keys.DataKey, *, table: str, row: str) -> bytes:
    plain = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return seal_bytes(plain, key, table=table, row=row)


def seal_bytes(plain: bytes, key: keys.DataKey, *, table: str, row: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    if not stands(Wall.ENCRYPTION):
        return nonce + _OPEN_WALL.encrypt(nonce, plain, None)
    return nonce + key.cipher.encrypt(nonce, plain, _bound_to(table, row, key.version))


def unseal(sealed: bytes, version: int, *, table: str, row: str) -> dict[str, Any]:
    """Open a sealed value with the current scope's key.

    Raises Unreadable where the value is another account's, another row's or damaged, or there is no scope.
    """
    opened = unseal_bytes(sealed, version, table=table, row=row)
    values: dict[str, Any] = json.loads(opened.decode("utf-8", "surrogatepass"))
    return values


def unseal_bytes(sealed: bytes, version: int, *, table: str, row: str) -> bytes:
    """As `unseal`, for what is no JSON."""
    view = memoryview(sealed)
    nonce, body = bytes(view[:NONCE_BYTES]), view[NONCE_BYTES:]
    try:
        if not stands(Wall.ENCRYPTION):
            return _OPEN_WALL.decrypt(nonce, body, None)
        if scope.get().account_id is None or (key := keys.key(version)) is None:
            raise Unreadable
        return key.cipher.decrypt(nonce, body, _bound_to(table, row, version))
    except (InvalidTag, ValueError) as error:
        raise Unreadable from error


def keyed_index(value: str) -> bytes:
    """Return the 32 bytes under which a value (e-mail, phone in E.164) is looked up exactly within the account."""
    return digest(keys.current_key().index_key, value.strip().casefold().encode(), sha256)
