"""What one request or task touches, gathered while it runs: nothing is sent or looked up here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from security.thresholds import DEFAULTS


@dataclass
class Observation:
    """What one piece of work has seen so far."""

    objects: list[str] = field(default_factory=list)  # ids that the access log noted
    declared: str = ""  # the kind of declared work, which has a budget of its own
    size: int = 0  # how many objects that is about
    body: bytes = b""  # as a parser of the API read it
    is_tripped: bool = False


_current: ContextVar[Observation | None] = ContextVar("observation", default=None)


def current() -> Observation | None:
    return _current.get()


def note_objects(ids: Iterable[str]) -> None:
    """Note what the access log notes."""
    if (seen := _current.get()) is not None and len(seen.objects) < DEFAULTS.stream.ids_counted:
        seen.objects.extend(ids)


@contextmanager
def observed() -> Iterator[Observation]:
    """Gather what happens in a block."""
    token = _current.set(seen := Observation())
    try:
        yield seen
    finally:
        _current.reset(token)


def note_body(body: bytes) -> None:
    """Keep hold of a body that was read, until it is known whether its request was refused."""
    if (seen := _current.get()) is not None:
        seen.body = body


@contextmanager
def declared(kind: str, size: int) -> Iterator[None]:
    """Say that a block is work which somebody ordered as a whole: an import, an export, a batch to print.

    `size` is how many objects it is about. The request or task that it happens in counts against the budget of
    declared work.
    """
    if (seen := _current.get()) is not None:
        seen.declared, seen.size = kind, size
    yield
