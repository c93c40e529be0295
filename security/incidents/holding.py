"""What was read of an account, line by line, named from the holder's own scope: the notice itself holds ids alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from security import trail
from security.incidents import registry, words
from security.incidents.models import Findings, Notice
from security.incidents.registry import Thing
from security.trail import Action

PAGE = 50
NAMELESS = Thing("")
HEAD: tuple[Promise, ...] = (
    _("What"),
    _("Name"),
    _("First read"),
    _("Last read"),
    _("By whom"),
    _("Kinds of data"),
)


@dataclass(frozen=True)
class Read:
    """One object that was read by one kind of actor; `first` and `last` are the moments of all that were read alike."""

    kind: str
    id: str
    by: str
    fields: tuple[str, ...]
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Line:
    """The same in words; `thing` has no name when it cannot be named any more."""

    what: str | Promise
    thing: Thing
    first: datetime
    last: datetime
    by: str | Promise
    fields: str


def reads(findings: Findings) -> list[Read]:
    """Return every object with who read what of it, in a stable order: by kind, the latest first."""
    found = [
        Read(
            finding["kind"],
            item,
            finding["by"],
            tuple(finding["fields"]),
            words.moment(finding["first"]),
            words.moment(finding["last"]),
        )
        for finding in findings
        for item in finding["ids"]
    ]
    return sorted(found, key=lambda read: (read.kind, -read.last.timestamp(), read.id, read.by, read.fields))


def lines(notice: Notice, *, start: int = 0, size: int | None = PAGE, action: Action = Action.LIST) -> list[Line]:
    """Return some lines of a notice, all where `size` is None, and note whose names were shown."""
    wanted = reads(notice.findings)[start : None if size is None else start + size]
    named = _named(wanted)
    for kind, things in named.items():
        if things:
            trail.record(action=action, kind=kind, ids=sorted(things), fields=["name"])
    return [
        Line(
            what=words.label_of(read.kind),
            thing=named[read.kind].get(read.id, NAMELESS),
            first=read.first,
            last=read.last,
            by=words.actor_of(read.by),
            fields=words.fields_of([{"fields": read.fields}]),
        )
        for read in wanted
    ]


def count(notice: Notice) -> int:
    return sum(len(finding["ids"]) for finding in notice.findings)


def _named(wanted: Sequence[Read]) -> dict[str, dict[str, Thing]]:
    """Return what the objects are called, by kind and id."""
    named: dict[str, dict[str, Thing]] = {}
    for kind in dict.fromkeys(read.kind for read in wanted):
        shown = registry.shown(kind)
        ids = [item for read in wanted if read.kind == kind if (item := _uuid(read.id))]
        things = shown.names(ids) if shown and ids else {}
        named[kind] = {str(item): thing for item, thing in things.items()}
    return named


def _uuid(text: str) -> UUID | None:
    """Read an id; a kind may have others."""
    try:
        return UUID(text)
    except ValueError:
        return None
