"""Pages of a list whose order the database does not know: it is put in order in memory, and cut.

A cursor is signed and holds a place and an id, nothing of anybody. It is good for one list of one account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core import signing

from security import pages
from security.pages import BadCursor


@dataclass(frozen=True)
class Slice:
    """The ids of one page; the cursors of its neighbours are empty where there is none."""

    ids: list[UUID]
    next: str = ""
    previous: str = ""


def slice_of(ids: Sequence[UUID], *, of: str, cursor: str, size: int) -> Slice:
    """Return a page of a list, `of` names which it is. Raises BadCursor.

    A page begins with the row it began with before, or, when that is gone, at its old place.
    """
    salt = pages.bound(of)
    start = _start(ids, *_read(cursor, salt)) if cursor else 0
    end, before = start + size, max(0, start - size)
    return Slice(
        list(ids[start:end]),
        next=_write(end, ids[end], salt) if end < len(ids) else "",
        previous=_write(before, ids[before], salt) if start > 0 else "",
    )


def _start(ids: Sequence[UUID], at: int, first: UUID) -> int:
    return ids.index(first) if first in ids else min(at, max(0, len(ids) - 1))


def _write(at: int, first: UUID, salt: str) -> str:
    return signing.dumps([at, str(first)], salt=salt)


def _read(cursor: str, salt: str) -> tuple[int, UUID]:
    try:
        at, first = signing.loads(cursor, salt=salt)
    except signing.BadSignature as error:
        raise BadCursor from error
    return int(at), UUID(first)
