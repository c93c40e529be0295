"""The access log: every read and change of personal data, in the same transaction. No personal data in it.

Which kinds of fields an act gives out is said once for each kind of object, by the app which owns it (`gives`); an
entry holds the list, so that a report knows it years later.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath
from typing import Any
from uuid import UUID, uuid4

from django.db import connections, transaction
from django.utils import timezone

from security import context, scope
from security.detection import observing
from security.models import AccessEntry, Action, Decision
from security.postgres.base import later
from security.scope import Via
from security.walls import Wall

__all__ = ["Action", "Decision", "Given", "Via", "gives", "record", "refused"]

_COLUMNS = (
    "id", "account_id", "at", "user_id", "key_id", "row_count", "request_id", "actor", "on_behalf", "action", "kind",
    "via", "endpoint", "decision", "wall", "ids", "fields", "source",
)  # fmt: skip
_INSERT = (
    f"INSERT INTO {AccessEntry._meta.db_table} ({', '.join(_COLUMNS)})"  # noqa: S608  (all names are ours)
    f" VALUES ({', '.join('%s' for _ in _COLUMNS[:-3])}, %s::jsonb, %s::jsonb, %s::inet)"
)
_SHOWS = frozenset({Action.READ, Action.LIST, Action.SEARCH, Action.EXPORT, Action.PRINT})
_LISTS = frozenset({Action.LIST, Action.SEARCH})
# A program is answered with the object that it has changed; a page leads on to another one, which notes itself.
_ANSWERS = frozenset({Action.CREATE, Action.CHANGE, Action.RESTORE, Action.BOOK, Action.CANCEL, Action.SHARE})
_PROGRAMS = frozenset({Via.API, Via.SOAP})


@dataclass(frozen=True)
class Given:
    """Which kinds of fields of one kind of object leave: at most, and where a page lists many of them."""

    fields: tuple[str, ...]
    listed: tuple[str, ...]


_given: dict[str, Given] = {}


def gives(kind: str, fields: Sequence[str], *, listed: Sequence[str] | None = None) -> None:
    """Say which kinds of fields are given out with an object of a kind. Called once, when its app loads."""
    _given[kind] = Given(tuple(fields), tuple(fields if listed is None else listed))
    _fields.cache_clear()


def record(
    *,
    action: Action,
    kind: str,
    ids: Iterable[UUID | str],
    fields: Sequence[str] | None = None,
    decision: Decision = Decision.ALLOWED,
    wall: str | None = None,
) -> None:
    """Write one row for one act; the ids of a page's objects stand together in it.

    `fields`: the kinds of fields that were given out, where it is not what `gives` says. Raises NoScope where no
    account is active.
    """
    active = scope.current()
    listed = [str(item) for item in ids]
    observing.note_objects(listed)
    # Written as SQL, because nearly every request of a person or a program writes one; mostly it is the last statement.
    given = _fields(kind, action, active.via) if fields is None else json.dumps(list(fields))
    later(_INSERT, _values(active, action, kind, listed, decision, _wall(active) if wall is None else wall, given))


def _values(
    active: scope.Scope, action: str, kind: str, ids: Sequence[str], decision: str, wall: str, fields: str
) -> list[Any]:
    """Return what stands in the columns, in their order; `fields` as JSON."""
    return [
        uuid4(),
        active.account,
        timezone.now(),
        active.user_id,
        active.key_id,
        len(ids),
        active.request_id,
        active.actor,
        _on_behalf(active),
        action,
        kind,
        active.via,
        active.endpoint or _command(),
        decision,
        wall,
        json.dumps(ids),
        fields,
        active.source or None,
    ]


REFUSED_ON = "trail"  # a connection of its own: what was refused is noted though the request is taken back
_KINDS_OF_RIGHTS = {"book": "address_book", "key": "api_key", "label": "shipment"}  # where the right's name is not it
_ACTS = {"view": Action.READ, "export": Action.EXPORT, "print": Action.PRINT, "book": Action.BOOK,
         "cancel": Action.CANCEL}  # fmt: skip
_NOT_OF_AN_ACCOUNT = frozenset({"log", "tracking", "staff"})


def refused(permission: str, *, ids: Sequence[UUID | str] = (), wall: str = Wall.PERMISSION) -> None:
    """Note that a member or key asked for what their role does not allow, where that is of the account's data.

    What was asked for is told by the right that was missing; `ids` are those that were named, which may be anything. It
    outlives the request's rollback.
    """
    active = scope.get()
    about, _dot, verb = permission.partition(".")
    acts = active.kind == scope.Kind.ACCOUNT and bool(active.user_id or active.key_id)
    if not acts or not verb or about in _NOT_OF_AN_ACCOUNT:
        return
    kind, action = _KINDS_OF_RIGHTS.get(about, about), _ACTS.get(verb, Action.CHANGE)
    values = _values(active, action, kind, [str(item) for item in ids], Decision.REFUSED, wall, "[]")
    with transaction.atomic(using=REFUSED_ON):
        context.apply(
            kind=active.kind,
            account_id=active.account_id,
            user_id=active.user_id,
            backend=context.backend(using=REFUSED_ON),
            using=REFUSED_ON,
        )
        with connections[REFUSED_ON].cursor() as cursor:
            cursor.execute(_INSERT, values)


def _on_behalf(active: scope.Scope) -> str:
    """Return for whom somebody else acts: a key for whoever made it, staff for the account of their case."""
    if active.on_behalf:
        return active.on_behalf
    if active.kind == scope.Kind.CASE:
        return f"account:{active.account_id}"
    return f"user:{active.user_id}" if active.key_id and active.user_id else ""


def _wall(active: scope.Scope) -> str:
    """Return which wall let it pass: the rights of a person or key; none where the site acts by itself."""
    return Wall.PERMISSION if active.user_id or active.key_id else ""


@lru_cache(maxsize=512)
def _fields(kind: str, action: str, via: str) -> str:
    """Return the kinds of fields that an act gives out, as JSON."""
    given = _given.get(kind, Given((kind,), (kind,)))
    if action in _LISTS and via == Via.PAGE:
        return json.dumps(given.listed)
    is_shown = action in _SHOWS or (action in _ANSWERS and via in _PROGRAMS)
    return json.dumps(given.fields if is_shown else ())


@lru_cache(maxsize=1)
def _command() -> str:
    """Return the name of the management command that this process is; "" for any other process."""
    program, *rest = sys.argv or [""]
    return rest[0][:100] if PurePath(program).name == "manage.py" and rest else ""
