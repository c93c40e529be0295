"""Who asks by SOAP: an integrator that knows its key, for a person who lets it act, in the account of that link.

A wrong digest, an integrator or a person whom nobody knows, and a person without a link are one answer, after the same
work: one question to the database, one key opened, one digest compared. Only whoever shows the right key for a
confirmed link learns more: that somebody is suspended.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha1, sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.crypto import constant_time_compare
from redis import Redis, RedisError

from accounts import closing_rights as closing
from accounts.integrators.models import Integrator, unwrapped
from accounts.models import Account
from accounts.roles import RIGHTS
from security import context, kek, live, scope
from security.models import LiveState
from security.permissions import Permission as P

# Of whatever the person may do, no more than this is an integrator's: it books, and reads no address book.
RIGHTS_OF_INTEGRATORS = frozenset(
    {P.SHIPMENT_VIEW, P.SHIPMENT_CHANGE, P.SHIPMENT_BOOK, P.SHIPMENT_CANCEL, P.LABEL_PRINT}
)
USED_EVERY = timedelta(minutes=1)
REPLAYS_KNOWN = timedelta(days=1)
MOST_CHARACTERS = 200  # of each thing shown; what is longer is nobody's
_FIND_LINK = "SELECT * FROM walls.find_link(%s, %s, %s)"


@dataclass(frozen=True)
class Shown:
    """What came with a call, as it was sent: whose key, for whom, and the proof (WS-Security UsernameToken 1.0)."""

    integrator: str
    username: str
    digest: str
    nonce: str
    created: str


@dataclass(frozen=True)
class Found:
    """An integrator that may act now, for whom, in which account, with which rights."""

    integrator_id: UUID
    maker_id: UUID
    owner_id: UUID  # the business's account
    user_id: UUID
    account: Account
    rights: frozenset[P]
    role_rights: frozenset[P]
    live: LiveState
    last_used_at: datetime | None


def scope_of(shown: Shown, base: scope.Scope, *, now: datetime) -> tuple[scope.Scope, Found | None]:
    """Return the scope of a call; `base` where it may not be made. Raises Suspended."""
    found = find(shown, now=now)
    if found is None:
        return base, None
    if found.last_used_at is None or now - found.last_used_at > USED_EVERY:
        with scope.identity():
            Integrator.objects.filter(pk=found.integrator_id).update(last_used_at=now)
    made = replace(
        base,
        kind=scope.Kind.ACCOUNT,
        account_id=found.account.pk,
        user_id=found.user_id,
        key_id=found.integrator_id,
        permissions=found.rights,
        role_permissions=found.role_rights,
        actor=f"key:{found.integrator_id}",
        epoch=found.live.epoch,
        answering=scope.Answering(person=found.maker_id, account=found.owner_id),
    )
    return made, found


def has_new_key(found: Found) -> bool:
    """Tell whether an integrator that was asked who it is has been given another key since: that is its answer."""
    if found.live.state != LiveState.State.STEP_UP:
        return False
    with scope.identity():
        asked_at = live.state_of(found.integrator_id).changed_at
        made_at = Integrator.objects.values_list("key_made_at", flat=True).get(pk=found.integrator_id)
    return asked_at is not None and made_at > asked_at


def find(shown: Shown, *, now: datetime) -> Found | None:
    """Return who may act; None for whoever may not. Raises Suspended where the proof is right and somebody is."""
    row = _look(shown)
    key = _key_of(row)
    fits = constant_time_compare(digest(shown, key), shown.digest)
    if row is None or row["link_id"] is None or not fits:
        return None
    if not _is_fresh(shown, row, now=now) or not _is_first(shown, row):
        return None
    state = _state(row["integrator_id"], row["state"], row["until"], row["epoch"])
    for actor in (
        state,
        _state(row["maker_id"], row["maker_state"], row["maker_until"]),
        _state(row["owner_id"], row["owner_state"], row["owner_until"]),
        _state(row["user_id"], row["user_state"], row["user_until"]),
    ):
        live.require(actor, epoch=actor.epoch)
    account = Account.from_db("default", _ACCOUNT, [row[name] for name in _ACCOUNT_COLUMNS])
    by_role = RIGHTS[row["role"]]
    rights = closing.left_of(by_role & RIGHTS_OF_INTEGRATORS, account)
    return Found(
        integrator_id=row["integrator_id"], maker_id=row["maker_id"], owner_id=row["owner_id"], user_id=row["user_id"],
        account=account, rights=rights, role_rights=by_role, live=state, last_used_at=row["last_used_at"],
    )  # fmt: skip


_ACCOUNT = ("id", "name", "kind", "fax_enabled", "closing_at", "created_at")
_ACCOUNT_COLUMNS = (
    "account_id", "account_name", "account_kind", "fax_enabled", "closing_at", "account_created_at",
)  # fmt: skip


def digest(shown: Shown, key: str) -> str:
    """Return what a header that was made with a key holds: Base64(SHA-1(nonce + created + key)).

    The standard says SHA-1; what guards the key is its length, 256 bits.
    """
    try:
        nonce = b64decode(shown.nonce, validate=True)
    except ValueError:
        nonce = b""
    return b64encode(sha1(nonce + shown.created.encode() + key.encode()).digest()).decode()  # noqa: S324 - the standard's


def _look(shown: Shown) -> dict[str, Any] | None:
    """Ask the one question, whatever was shown: text that no name can be is cut, and found nowhere."""
    backend = context.backend()
    identity = context.signed(kind=scope.Kind.IDENTITY, account_id=None, user_id=None, backend=backend)
    names = [text.strip().lower()[:MOST_CHARACTERS].replace("\x00", "") for text in (shown.integrator, shown.username)]
    with connection.cursor() as cursor:
        cursor.execute(_FIND_LINK, [identity, *names])
        row = cursor.fetchone()
        columns = [column.name for column in cursor.description]
    return dict(zip(columns, row, strict=True)) if row is not None else None


def _key_of(row: dict[str, Any] | None) -> str:
    """Open the integrator's key, or one that is nobody's."""
    if row is None:
        return unwrapped(_nobodys(), bound_to=_NOBODY)
    return unwrapped(bytes(row["wrapped_key"]), bound_to=Integrator(pk=row["integrator_id"]).binding)


_NOBODY = b"integrator|nobody"


@lru_cache(maxsize=1)
def _nobodys() -> bytes:
    return kek.provider().wrap(secrets.token_urlsafe(32).encode(), bound_to=_NOBODY)


def _state(actor_id: UUID, state: str | None, until: datetime | None, epoch: int | None = None) -> LiveState:
    return LiveState(actor_id=actor_id, state=state or LiveState.State.ACTIVE, until=until, epoch=epoch or 1)


def _is_fresh(shown: Shown, row: dict[str, Any], *, now: datetime) -> bool:
    """Tell whether a header is young enough, where its integrator's setting asks for that."""
    if row["fresh_minutes"] is None:
        return True
    try:
        made = datetime.fromisoformat(shown.created)
    except ValueError:
        return False
    made = made if made.tzinfo else made.replace(tzinfo=UTC)
    return abs(now - made) <= timedelta(minutes=row["fresh_minutes"])


def _is_first(shown: Shown, row: dict[str, Any]) -> bool:
    """Tell whether a header was never shown before, within a day, where its integrator's setting asks for that.

    Where Redis is away nobody knows, so it was.
    """
    if not row["refuses_replays"]:
        return True
    # The digest is of the very bytes that were signed; a nonce is written in several ways, and may borrow from Created.
    hashed = sha256(shown.digest.encode()).hexdigest()
    try:
        return bool(
            _redis(settings.REDIS_URL).set(f"soap-header:{row['integrator_id']}:{hashed}", 1, nx=True, ex=REPLAYS_KNOWN)
        )
    except RedisError:
        return False


@lru_cache(maxsize=2)
def _redis(address: str) -> Redis:
    return Redis.from_url(address, socket_connect_timeout=2, socket_timeout=2)
