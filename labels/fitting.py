"""Lines and type sizes that fill a box: worked out here, so that typesetting has nothing to try.

Sizes are points, widths and heights of boxes are millimetres, widths of text are em.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from labels.metrics import Widths

MM = 72 / 25.4  # points
LINE = 1.12  # em from the top of a line to its bottom, as parts.typ sets it
LEADING = 0.08  # em between two lines
STEP = 0.5  # points between sizes
WHOLE = 0.65  # of the largest size: down to it, a smaller size is better than a broken line
TOUCH = 0.99  # how much of a column a line may take: kerning may widen it by a hair

_OPENING, _CLOSING = "（「『《〈【〔［｛([{“‘", "，。、；：？！）」』》〉】〕］｝)]}”’…"
_WIDE = "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
# What stays together: a word with its hyphens, or one Chinese character with the marks that must not leave it.
_PIECE = re.compile(
    rf"[{re.escape(_OPENING)}]*(?:[{_WIDE}]|[^\s\u200b{_WIDE}-]+-*|-+)[{re.escape(_CLOSING)}]*[\s\u200b]*|[\s\S]"
)


@dataclass
class Column:
    """Lines that stand below each other, and larger ones (`scale`) that close them and are never left out."""

    lines: Sequence[str]
    widths: Widths
    last: Sequence[str] = ()
    last_widths: Widths | None = None
    scale: float = 1.0

    def __post_init__(self) -> None:
        known = self.last_widths or self.widths
        self._measured = [(line, self.widths.of(line)) for line in self.lines]
        self._last_measured = [(line, known.of(line) * self.scale) for line in self.last]

    def set_at(self, size: float, width: float, *, force: bool = False) -> tuple[list[str], list[str], float] | None:
        """Return the lines, the closing lines and the height in points; None where a word would be torn, but by force.

        `width` is in points.
        """
        room = width * TOUCH / size
        lines = _flow(self._measured, self.widths, room, 1.0, force)
        last = _flow(self._last_measured, self.last_widths or self.widths, room, self.scale, force)
        if lines is None or last is None:
            return None
        return lines, last, self.height(len(lines), len(last), size)

    def widest(self) -> float:
        """Return the width of the longest line, in em."""
        return max((width for _line, width in self._measured + self._last_measured), default=0.0)

    def height(self, lines: int, last: int, size: float) -> float:
        gaps = max(0, lines + last - 1) * LEADING
        return (lines * LINE + last * LINE * self.scale + gaps) * size


@dataclass(frozen=True)
class Fitted:
    size: float
    columns: list[tuple[list[str], list[str]]]
    cut: bool = False  # something was left out


def fit(
    columns: Sequence[Column], *, width: float, height: float, largest: float, smallest: float, note: float
) -> Fitted:
    """Return the largest size at which all columns fit into `width` (of one column) and `height`.

    Lines stay whole where that does not make them much smaller. Where they do not fit at the smallest size, some are
    left out of the middle, and `note` millimetres stay free below.
    """
    wide, high = width * MM, height * MM

    def at(size: float) -> list[tuple[list[str], list[str]]] | None:
        found = []
        for column in columns:
            made = column.set_at(size, wide)
            if made is None or made[2] > high:
                return None
            found.append(made[:2])
        return found

    whole = min(
        wide * TOUCH / (max(column.widest() for column in columns) or 1),
        high / max(column.height(len(column.lines), len(column.last), 1) for column in columns),
    )
    start = min(largest, whole // STEP * STEP) if whole >= largest * WHOLE else largest
    best = at(start)
    if best is not None:
        return Fitted(start, best)
    low, top = 0, round((largest - smallest) / STEP)
    best = at(smallest)
    if best is None:
        return Fitted(smallest, [_cut(column, smallest, wide, high, note * MM) for column in columns], cut=True)
    while top - low > 1:
        middle = (low + top) // 2
        made = at(smallest + middle * STEP)
        low, top, best = (middle, top, made) if made is not None else (low, middle, best)
    return Fitted(smallest + low * STEP, best)


def _cut(column: Column, size: float, wide: float, high: float, note: float) -> tuple[list[str], list[str]]:
    lines, last, tall = column.set_at(size, wide, force=True) or ([], [], 0.0)
    if tall <= high - note:
        return lines, last
    room = high - note - column.height(0, len(last), size)
    most = max(1, int(room / ((LINE + LEADING) * size)))
    return [*lines[: most - 1], lines[-1]], last


def _flow(
    measured: Sequence[tuple[str, float]], widths: Widths, room: float, scale: float, force: bool
) -> list[str] | None:
    made: list[str] = []
    for line, width in measured:
        if width <= room:
            made.append(line.replace("\u200b", ""))
            continue
        broken = wrapped(line, widths, room / scale, force=force)
        if broken is None:
            return None
        made += broken
    return made


def wrapped(line: str, widths: Widths, room: float, *, force: bool = True) -> list[str] | None:
    """Break a line into lines of at most `room` em, at blanks and between Chinese characters.

    A word that is longer than a line is torn where `force` says so; otherwise the answer is None.
    """
    made: list[str] = []
    current, used = "", 0.0
    for piece in _PIECE.findall(line):
        word = piece.rstrip(" \u200b")
        width = widths.of(word)
        if current and used + width > room:
            made.append(current)
            current, used = "", 0.0
        if width > room:
            if not force:
                return None
            *full, word = _torn(word, widths, room)
            made += full
            piece, width = word, widths.of(word)
        current += piece
        used += widths.of(piece)
    if current:
        made.append(current)
    return [part.replace("\u200b", "").strip() for part in made]


def _torn(word: str, widths: Widths, room: float) -> list[str]:
    parts, used = [""], 0.0
    for letter in word:
        width = widths[letter]
        if parts[-1] and used + width > room:
            parts.append("")
            used = 0.0
        parts[-1] += letter
        used += width
    return parts
