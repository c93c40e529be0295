"""What every kind of file has: how a piece is written, how pieces become a file; and a contact as a row of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from addressbook import columns
from addressbook.columns import COLUMNS, LINES, LOCAL_LINES
from addressbook.details import ContactDetails

# The text of some contacts, the first of which is the so-many-th of the file (from 0).
Piece = Callable[[Sequence[ContactDetails], int], str]
# A file of all pieces: with headings in a language, and with a mark before it where that was asked for.
Whole = Callable[[Iterable[str], str, bool], bytes]


@dataclass(frozen=True)
class Format:
    piece: Piece
    whole: Whole
    media_type: str
    suffix: str


def cells_of(details: ContactDetails) -> list[str]:
    """Return a contact as a row of `columns.COLUMNS`."""
    values = {
        **vars(details),
        **_spread(LINES, details.lines),
        **_spread(LOCAL_LINES, details.local_lines),
        "can_send": flag(on=details.can_send),
        "can_receive": flag(on=details.can_receive),
        "tags": columns.tags_as_text(details.tags),
    }
    return [values[column.name] for column in COLUMNS]


def flag(*, on: bool) -> str:
    return columns.YES if on else columns.NO


def _spread(names: Sequence[str], lines: Sequence[str]) -> dict[str, str]:
    return dict(zip(names, [*lines, *[""] * len(names)], strict=False))
