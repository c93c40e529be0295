"""Pages of a list ordered by a moment, newest first: by keyset, so that the last one costs no more than the first.

A cursor is signed and opaque to the caller; it holds a moment and an id, nothing of anybody. The signature binds it to
the account, the list, its order and what the list is narrowed to: carried to any other it is none (`bound`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.core import signing
from django.db.models import Model, Q, QuerySet
from rest_framework.request import Request

from security import scope

M = TypeVar("M", bound=Model)
T = TypeVar("T")


class BadCursor(Exception):
    """The cursor was not made here, or for another list."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page; the cursors of its neighbours are empty where there is none."""

    rows: list[T]
    next: str = ""
    previous: str = ""


def bound(what: str, **asked: Any) -> str:
    """Return the salt of a list's cursors: which list it is, whose, in which order, narrowed to what.

    Whose: the account's, or the person's where staff look over all accounts.

    It goes into the key of the signature and nowhere else, so that a searched name stands in no cursor.
    """
    parts = {name: str(value) for name, value in asked.items() if value not in (None, "")}
    active = scope.get()
    return json.dumps(["cursor", what, str(active.account_id or active.user_id), parts], sort_keys=True)


def page_of(found: QuerySet[M], *, moment: str, cursor: str, size: int, narrowed: Mapping[str, Any]) -> Page[M]:
    """Return a page of rows with a `moment` field, newest first, then by id; `narrowed`: the filters of `found`.

    Raises BadCursor, also for a cursor of another account or of other filters.
    """
    salt = bound(found.model._meta.label_lower, **{"moment": moment, **narrowed})
    backwards, place = _read(cursor, salt) if cursor else (False, None)
    if place is not None:
        at, row_id = place
        later, earlier = ("gt", "lt") if backwards else ("lt", "gt")
        found = found.filter(Q(**{f"{moment}__{later}": at}) | Q(**{moment: at, f"pk__{earlier}": row_id}))
    ordered = found.order_by(moment, "-pk") if backwards else found.order_by(f"-{moment}", "pk")
    rows = list(ordered[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return Page([])
    has_next, has_previous = (True, more) if backwards else (more, place is not None)
    return Page(
        rows,
        next=_write(rows[-1], moment, salt, backwards=False) if has_next else "",
        previous=_write(rows[0], moment, salt, backwards=True) if has_previous else "",
    )


def address_of(request: Request, cursor: str) -> str | None:
    """Return the address of a neighbouring page: the same question with its cursor."""
    if not cursor:
        return None
    asked = {name: value for name, value in request.query_params.items() if name != "cursor"}
    return request.build_absolute_uri(f"{request.path}?{urlencode({**asked, 'cursor': cursor})}")


def _write(row: Model, moment: str, salt: str, *, backwards: bool) -> str:
    return signing.dumps([backwards, getattr(row, moment).isoformat(), str(row.pk)], salt=salt)


def _read(cursor: str, salt: str) -> tuple[bool, tuple[datetime, UUID]]:
    try:
        backwards, at, row_id = signing.loads(cursor, salt=salt)
    except signing.BadSignature as error:
        raise BadCursor from error
    return bool(backwards), (datetime.fromisoformat(at), UUID(row_id))
