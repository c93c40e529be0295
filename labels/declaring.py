"""The lines of a customs declaration or an invoice as a table of known sizes; a CN22 fitted to its place on a label.

Sizes are points, everything else is millimetres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from labels import legends
from labels.fitting import LEADING, LINE, MM, TOUCH, wrapped
from labels.geometry import Area
from labels.metrics import Widths, widths

INSET_X, INSET_Y = 0.8, 0.6  # of a cell
PADDING = 1.3  # of a CN22 on a label
GAP = 0.3  # between the parts of a CN22 on a label
LEAST_DESCRIPTION = 18.0
HEADINGS = tuple(f"{english} {chinese}" for english, chinese in legends.COLUMNS)
INVOICE_NARROW = [name for name in legends.INVOICE_COLUMNS if name != "description"]
HEADING = 0.8  # the headings' size, to the rows'
TICKS, CERTIFY = 0.88, 0.9  # their sizes, to the table's
# A CN22 that would need smaller type than this has a page of its own.
CN22_SIZES = (6.0, 5.5, 5.0, 4.5)


@dataclass(frozen=True)
class Table:
    """A row of headings, one to each line, one of totals; `contents` are the texts that break, the totals' last.

    A declaration's columns: contents, weight, value, HS code, origin. An invoice's: those of legends.INVOICE_COLUMNS.
    """

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
    bold = widths(bold=True)
    cells = [(line["weight"], line["value"], line["hs"], line["origin"]) for line in customs["lines"]]
    columns = [
        max(cell_width(HEADINGS[place + 1], size * HEADING), *(cell_width(row[place], size) for row in cells))
        for place in range(4)
    ]
    columns[0] = max(columns[0], cell_width(customs["weight"], size, known=bold))
    description = max(LEAST_DESCRIPTION, width - sum(columns))
    rows = [cell(HEADINGS[0], description, size * HEADING)[0]]
    contents = []
    for line in customs["lines"]:
        height, text = cell(f"{line['quantity']} × {line['description']}", description, size)
        rows.append(height)
        contents.append(text)
    height, totals = cell(" + ".join(customs["values"]), sum(columns[1:]), size, known=bold)
    return Table(size, [description, *columns], [*rows, height], [*contents, totals])


def invoice_table(
    lines: Sequence[dict[str, str]], totals: dict[str, str], values: Sequence[str], *, width: float, size: float
) -> Table:
    """Lay out an invoice's lines; the headings stand in two rows, English above Chinese.

    `totals` are those of the quantity and the weight, `values` one to each currency, below each other.
    """
    bold = widths(bold=True)
    columns = [
        max(
            *(cell_width(words, size * HEADING) for words in legends.INVOICE_COLUMNS[name]),
            *(cell_width(line[name], size) for line in lines),
            cell_width(totals.get(name, ""), size, known=bold),
        )
        for name in INVOICE_NARROW
    ]
    description = max(LEAST_DESCRIPTION, width - sum(columns))
    drawn = [cell(line["description"], description, size) for line in lines]
    worth = "\n".join(cell(value, sum(columns[-2:]), size, known=bold)[1] for value in values)
    highs = [
        lines_high(2, size * HEADING) + 2 * INSET_Y,
        *(height for height, _text in drawn),
        lines_high(worth.count("\n") + 1, size) + 2 * INSET_Y,
    ]
    return Table(size, [columns[0], description, *columns[1:]], highs, [*(text for _height, text in drawn), worth])


def cell_width(text: str, size: float, *, known: Widths | None = None) -> float:
    """Return how wide a cell is that holds a text in one line."""
    return (widths() if known is None else known).of(text) * size / MM / TOUCH + 2 * INSET_X


def cell(text: str, width: float, size: float, *, known: Widths | None = None) -> tuple[float, str]:
    """Return how high a cell of this width is, and its text broken into lines."""
    made = wrapped(text, widths() if known is None else known, (width - 2 * INSET_X) * MM / size * TOUCH) or [""]
    return lines_high(len(made), size) + 2 * INSET_Y, "\n".join(made)


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
