"""A label as commands for a thermal printer (ZPL II): bars and plain letters are the printer's, the rest is a picture.

Nothing that people wrote can command the printer: a field's text is letters, digits and a few marks, and everything
else of it is written as hexadecimal (`^FH`). What is not ASCII never becomes a field; it stands in the picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from labels import bitmaps, geometry
from labels.barcodes import code128
from labels.fitting import LEADING, LINE, MM
from labels.geometry import Area, Plan
from labels.model import human_number

RESOLUTIONS = (203, 300)  # dots an inch
BLANK = "\u00a0"  # keeps a line's place in the picture
BASELINE = 0.9  # em from a line's top, as parts.typ sets it
FACT_SIZES = (9.0, 9.0, 8.0, 8.0)
NUMBER_SIZE = 12.5
_PLAIN = re.compile(r"[A-Za-z0-9 .,'()/&#+:;%*=?!@$\"-]")
_ITEM_NUMBER = re.compile(r"([A-Z]{2})(\d{8})(\d)([A-Z]{2})")


@dataclass(frozen=True)
class Field:
    """Text on a baseline, in millimetres from the page's edge; its size in points."""

    text: str
    x: float
    y: float
    size: float


def split(drawn: dict[str, Any], plan: Plan) -> tuple[dict[str, Any], list[Field]]:
    """Return what the picture shows of a drawn label, and what the printer writes itself."""
    left, fields = deepcopy(drawn), list(_facts(drawn, plan))
    for name in ("to", "sender"):
        fields += _address(left[name])
    return left, fields


def _address(fitted: dict[str, Any]) -> Iterator[Field]:
    """Take the plain lines out of an address that was fitted, and leave their places blank."""
    x, top, *_size = fitted["area"]
    size, scale = fitted["size"], fitted["scale"]
    for column in fitted["columns"]:
        lines, last = _lines(column["lines"]), _lines(column["last"])
        below = top + len(lines) * (LINE + LEADING) * size / MM
        parts = [(line, top, size, place) for place, line in enumerate(lines)]
        parts += [(line, below, size * scale, place) for place, line in enumerate(last)]
        for line, start, points, place in parts:
            if line.isascii() and line.strip():
                step = (LINE * points + LEADING * size) / MM
                yield Field(line, x, start + place * step + BASELINE * points / MM, points)
        column["lines"], column["last"] = _without_plain(lines), _without_plain(last)
        x += fitted["step"]


def _lines(text: str) -> list[str]:
    return text.split("\n") if text else []


def _without_plain(lines: list[str]) -> str:
    return "\n".join(BLANK if line.isascii() else line for line in lines)


def _facts(drawn: dict[str, Any], plan: Plan) -> Iterator[Field]:
    """Yield postage, weight and days, where label.typ has them."""
    x, y, width, height = plan.facts
    columns = plan.fact_columns
    wide, high = width / columns, height / (4 // columns)
    for place, name in enumerate(("postage", "weight", "booked", "valid")):
        left, top = x + place % columns * wide + 1.4, y + place // columns * high + high / 2 - 2.9
        yield Field(drawn[name], left, top + 2.2 + BASELINE * FACT_SIZES[place] / MM, FACT_SIZES[place])


def page(
    picture: bytes, *, dpi: int, fields: list[Field] | None = None, number: str = "", box: Area | None = None
) -> str:
    """Return the commands of one page: its picture (a PNG), then what the printer writes.

    `number` is an item number, barred and written within its `box`.
    """
    bitmap = bitmaps.of_png(picture)
    commands = ["^XA", "^CI28", f"^PW{bitmap.width}", f"^LL{bitmap.height}", "^LH0,0", "^LS0"]
    commands.append(f"^FO0,0{bitmaps.graphic(bitmap)}^FS")
    if number and box:
        commands += _bars(number, box, dpi)
    commands += [_field(one, dpi) for one in fields or []]
    return "\n".join([*commands, "^PQ1", "^XZ", ""])


def _field(field: Field, dpi: int) -> str:
    x, y = (_dots(geometry.MARGIN + place, dpi) for place in (field.x, field.y))
    return f"^FT{x},{y}^A0N,{_high(field.size, dpi)}{text(field.text)}"


def text(words: str) -> str:
    """Return a field's text so that nothing in it is a command: what is not plain stands as `_` and two digits."""
    if not words.isascii():
        raise ValueError("Only ASCII is written as text.")
    written = "".join(letter if _PLAIN.fullmatch(letter) else f"_{ord(letter):02X}" for letter in words)
    return f"^FH_^FD{written}^FS"


def _bars(number: str, box: Area, dpi: int) -> list[str]:
    """Bar a number in the middle of its box, in whole dots, and write it below as people read it."""
    module = max(2, round(geometry.MODULE * dpi / 25.4))
    left, top = _dots(geometry.MARGIN + box.x, dpi), _dots(geometry.MARGIN + box.y + 2, dpi)
    width, high = _dots(box.width, dpi), _dots(box.height - 9, dpi)
    from_left = left + (width - code128(number).modules * module) // 2
    below = _dots(geometry.MARGIN + box.y + box.height - 6.6, dpi)
    return [
        f"^FO{from_left},{top}^BY{module},3,{high}^BCN,{high},N,N,N,N^FD{subsets(number)}^FS",
        f"^FO{left},{below}^A0N,{_high(NUMBER_SIZE, dpi)}^FB{width},1,0,C,0{text(human_number(number))}",
    ]


def subsets(number: str) -> str:
    """Return an item number as `^BC` is told it: letters in subset B, pairs of digits in C, which is half as wide.

    Raises ValueError for what is no item number.
    """
    found = _ITEM_NUMBER.fullmatch(number)
    if not found:
        raise ValueError("This is no item number.")
    service, pairs, last, country = found.groups()
    return f">:{service}>5{pairs}>6{last}{country}"


def _dots(millimetres: float, dpi: int) -> int:
    return round(millimetres * dpi / 25.4)


def _high(points: float, dpi: int) -> int:
    return round(points * dpi / 72)
