"""The lines of a customs declaration as a table of known widths and heights; a CN22 fitted to its place on a label.

Sizes are points, everything else is millimetres.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from labels import legends
from labels.fitting import LEADING, LINE, MM, TOUCH, wrapped
from labels.geometry import Area
from labels.metrics import widths

INSET_X, INSET_Y = 0.8, 0.6  # of a cell
PADDING = 1.3  # of a CN22 on a label
GAP = 0.3  # between the parts of a CN22 on a label
LEAST_DESCRIPTION = 18.0
HEADINGS = tuple(f"{english} {chinese}" for english, chinese in legends.COLUMNS)
HEADING = 0.8  # the headings' size, to the rows'
TICKS, CERTIFY = 0.88, 0.9  # their sizes, to the table's
# A CN22 that would need smaller type than this has a page of its own.
CN22_SIZES = (6.0, 5.5, 5.0, 4.5)


@dataclass(frozen=True)
class Table:
    """Five columns: contents, weight, value, HS code, origin; a row of headings, one to each line, one of totals."""

    size: float
    columns: list[float]
    rows: list[float]
    contents: list[str]

    @property
    def height(self) -> float:
        return sum(self.rows)

    def as_data(self) -> dict[str, Any]:
        return {"size": self.size, "columns": self.columns, "rows": self.rows, "contents": self.contents}


def lines_high(count: int, size: float) -> float:
    """Return the height of so many lines of text."""
    return (count * LINE + (count - 1) * LEADING) * size / MM


def table(customs: dict[str, Any], *, width: float, size: float) -> Table:
    """Lay out a drawn declaration's lines.

    Columns are as wide as what stands in them; the description has the rest, and breaks into lines.
    """
    regular, bold = widths(), widths(bold=True)

    def span(text: str, *, known: Any = regular, scale: float = 1.0) -> float:
        return float(known.of(text)) * size * scale / MM / TOUCH + 2 * INSET_X

    cells = [(line["weight"], line["value"], line["hs"], line["origin"]) for line in customs["lines"]]
    columns = [
        max(span(HEADINGS[place + 1], scale=HEADING), *(span(row[place]) for row in cells)) for place in range(4)
    ]
    columns[0] = max(columns[0], span(customs["weight"], known=bold))
    description = max(LEAST_DESCRIPTION, width - sum(columns))

    def tall(text: str, room: float, *, known: Any = regular, scale: float = 1.0) -> tuple[float, str]:
        em = (room - 2 * INSET_X) * MM / size / scale * TOUCH
        made = wrapped(text, known, em) or [""]
        return lines_high(len(made), size * scale) + 2 * INSET_Y, "\n".join(made)

    rows = [tall(HEADINGS[0], description, scale=HEADING)[0]]
    contents = []
    for line in customs["lines"]:
        height, text = tall(f"{line['quantity']} × {line['description']}", description)
        rows.append(height)
        contents.append(text)
    totals = tall(" + ".join(customs["values"]), sum(columns[1:]), known=bold)
    rows.append(totals[0])
    return Table(size, [description, *columns], rows, [*contents, totals[1]])


def cn22(customs: dict[str, Any], area: Area) -> dict[str, Any] | None:
    """Return how a CN22 stands on a label: sizes, table, where each part begins; None if not legibly."""
    inner = area.inside(PADDING)
    for size in CN22_SIZES:
        made = table(customs, width=inner.width, size=size)
        parts = _parts(customs, made, inner.width, size)
        too_high = sum(parts.values()) + GAP * (len(parts) - 1) > inner.height
        if not too_high and sum(made.columns) <= inner.width + 0.01:
            return {"area": list(inner), "table": made.as_data(), "y": _starts(parts), "ticks": ticks(size * TICKS)}
    return None


@lru_cache(maxsize=16)
def ticks(size: float) -> dict[str, Any]:
    """Return where the three columns of categories begin, and how far its two rows are apart."""
    known = widths()
    names = [" ".join(name) for name in legends.CATEGORIES.values()]
    starts = [0.0]
    for place in (0, 1):
        starts.append(starts[-1] + max(known.of(name) for name in names[place::3]) * size / MM + 1.5 * size / MM + 1.2)
    return {"size": size, "x": starts, "row": lines_high(1, size) + 0.3}


def _parts(customs: dict[str, Any], made: Table, width: float, size: float) -> dict[str, float]:
    words = 1 if customs["words"] else 0
    return {
        "head": lines_high(1, (size + 1.5) * 1.2),
        "ticks": 2 * lines_high(1, size * TICKS) + 0.3 + words * lines_high(1, size * TICKS),
        "table": made.height,
        "certify": lines_high(_certify_lines(width, size), size * CERTIFY) + 0.6,
        "sign": lines_high(1, size * CERTIFY),
    }


@lru_cache(maxsize=16)
def _certify_lines(width: float, size: float) -> int:
    return len(wrapped(" ".join(legends.CERTIFY), widths(), width * MM / (size * CERTIFY) * 0.97) or [])


def _starts(parts: dict[str, float]) -> dict[str, float]:
    starts, y = {}, 0.0
    for name, height in parts.items():
        starts[name] = y
        y += height + GAP
    return starts
