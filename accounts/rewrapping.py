"""After the key of keys was exchanged: whatever is somebody's is wrapped anew under the new one.

The keys of accounts, the sealed hashes of passwords, the secrets of factors, the keys of integrators. What staff have
written is chained, or kept as it was decided, and stays under the key of its day. Safe to run twice, to be killed, and
while the site serves: a row that has changed meanwhile is left as it is, and was wrapped under the new key by that.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import models

from accounts import factors, hashers
from accounts.integrators.models import Integrator
from accounts.models import Account, User
from security import kek, keys, scope

ACTOR = "system:rewrap"
BATCH = 500
SEALED = f"{hashers.SealedArgon2PasswordHasher.algorithm}$"
Row = TypeVar("Row", bound=models.Model)
Told = Callable[[str, int], None]  # what was gone through, and how many so far


def everything(told: Told) -> dict[str, int]:
    """Wrap anew what lies under an older key; return how many of each. Runs outside of any scope."""
    parts = {"account keys": _account_keys, "passwords": _passwords, "factors": _factors, "integrators": _integrators}
    return {name: part(lambda seen, name=name: told(name, seen)) for name, part in parts.items()}  # type: ignore[misc]


def _account_keys(told: Callable[[int], None]) -> int:
    count, seen, last = 0, 0, UUID(int=0)
    while batch := _accounts_after(last):
        for account_id in batch:
            with scope.account(account_id=account_id, actor=ACTOR):
                count += keys.rewrap()
        seen, last = seen + len(batch), batch[-1]
        told(seen)
    return count


def _accounts_after(last: UUID) -> list[UUID]:
    with scope.identity():
        return list(Account.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH])


def _passwords(told: Callable[[int], None]) -> int:
    count = 0
    for batch in _batches(User.objects.filter(password__startswith=SEALED), told):
        for user in batch:
            wrapped = _rewrapped(user.password.removeprefix(SEALED), hashers.BOUND_TO)
            if wrapped is not None:
                held = User.objects.filter(pk=user.pk, password=user.password)
                count += held.update(password=SEALED + wrapped)
    return count


def _factors(told: Callable[[int], None]) -> int:
    count = 0
    for batch in _batches(Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN), told):
        for factor in batch:
            data = _data(factor.data)
            if data != factor.data:
                count += Authenticator.objects.filter(pk=factor.pk, data=factor.data).update(data=data)
    return count


def _integrators(told: Callable[[int], None]) -> int:
    count = 0
    for batch in _batches(Integrator.objects.all(), told):
        for one in batch:
            held = bytes(one.wrapped_key)
            wrapped = kek.provider().rewrapped(held, bound_to=one.binding)
            if wrapped is not None:
                count += Integrator.objects.filter(pk=one.pk, wrapped_key=held).update(wrapped_key=wrapped)
    return count


def _data(held: dict[str, Any]) -> dict[str, Any]:
    """Return an authenticator's data with its secrets under the newest key."""
    data = dict(held)
    for name in ("secret", "seed"):
        if name in data:
            data[name] = _rewrapped(data[name], factors.BOUND_TO) or data[name]
    if codes := data.get("migrated_codes"):
        data["migrated_codes"] = [_rewrapped(code, factors.BOUND_TO) or code for code in codes]
    return data


def _rewrapped(text: str, bound_to: bytes) -> str | None:
    wrapped = kek.provider().rewrapped(b64decode(text), bound_to=bound_to)
    return None if wrapped is None else b64encode(wrapped).decode()


def _batches(found: models.QuerySet[Row], told: Callable[[int], None]) -> Iterator[list[Row]]:
    """Yield rows of signing in, batch by batch in the order of their keys, each batch in a transaction of its own."""
    seen: int = 0
    last: Any = None
    while True:
        with scope.identity():
            batch = list((found if last is None else found.filter(pk__gt=last)).order_by("pk")[:BATCH])
            yield batch
        if not batch:
            return
        seen, last = seen + len(batch), batch[-1].pk
        told(seen)
