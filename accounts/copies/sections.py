"""What is in a copy of an account, in parts which the apps bring when they load.

A section gives its rows page by page, each page with the same few queries however much there is, in the scope of
whoever asked. Never in it: keys, hashes and other secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PAGE = 250  # rows
M = TypeVar("M", bound=Model)
Row = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """A page of rows, as JSON takes them; `next` names the place of the following one, "" where there is none.

    `ids` are the objects that the access log is to name; `cells` are the lines of the CSV beside the JSON.
    """

    rows: Sequence[Row]
    next: str = ""
    ids: Sequence[UUID] = ()
    cells: Sequence[Sequence[object]] = field(default=())


@dataclass(frozen=True)
class Section:
    """One part: the name of its files, what it is in words, and what finds a page of it from a place.

    `kind`: what its objects are called in the access log, "" where they are nobody's data. `head`: the headings of the
    CSV; none where there is no table of it.
    """

    name: str
    words: _StrPromise
    find: Callable[[str], Found]
    kind: str = ""
    head: Callable[[], Sequence[str]] | None = None


_sections: list[Section] = []


def add(section: Section) -> None:
    """Put a section into every copy that is made from now on; called when an app loads, the lower ones first."""
    _sections.append(section)


def everything() -> list[Section]:
    return list(_sections)


def named(name: str) -> Section | None:
    """Return a section; None for one that no app brings any more."""
    return next((section for section in _sections if section.name == name), None)


def behind(name: str) -> Section | None:
    """Return the section after one, the first after ""; None behind the last."""
    names = [section.name for section in _sections]
    place = names.index(name) + 1 if name else 0
    return _sections[place] if place < len(_sections) else None


def page_of(
    rows: QuerySet[M],
    place: str,
    plain: Callable[[M], Row],
    *,
    columns: Sequence[str] = (),
    cells: Callable[[M], Sequence[object]] | None = None,
) -> Found:
    """Return a page of rows in the order of their ids. `columns`: of the plain row, those of the CSV."""
    found = list((rows.filter(pk__gt=UUID(place)) if place else rows).order_by("pk")[:PAGE])
    plains = [readable(one, plain) for one in found]
    lines: list[Sequence[object]] = [cells(one) for one in found if not is_damaged(one)] if cells else []
    if columns:
        lines = [[cell(row.get(name)) for name in columns] for row in plains]
    return Found(plains, str(found[-1].pk) if len(found) == PAGE else "", [one.pk for one in found], lines)


def readable(one: M, plain: Callable[[M], Row]) -> Row:
    """Return a row; of one that cannot be opened, that it is there."""
    return {"id": str(one.pk), "unreadable": True} if is_damaged(one) else plain(one)


def is_damaged(one: Model) -> bool:
    return bool(getattr(one, "is_unreadable", False))


def cell(value: object) -> object:
    """Return a value as one cell: what has several parts, with semicolons."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "; ".join(str(part) for part in value)
    return "" if value is None else value
