"""Where everything stands on a label, in millimetres from its frame's upper left corner.

Templates draw what is given here, and text is fitted to it before it is set: one place decides where a box is.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, NamedTuple

DOT = 25.4 / 203  # of a thermal printer
MODULE = 3 * DOT  # a barcode's narrowest bar: three whole dots, about 0.38 mm
MARGIN = 3.0  # between a page's edge and the frame
# An A4 sheet holds four labels of this size, so far from the corners of its quarters.
A4, QUARTER, INSET = (210.0, 297.0), (97.0, 140.0), 4.0
COLUMN_GAP = 2.5  # between an address in Latin letters and in its own script


class Area(NamedTuple):
    x: float
    y: float
    width: float
    height: float

    def inside(self, inset: float, *, top: float = 0, bottom: float = 0) -> Area:
        """Return what is left within: `inset` on all sides, then more off the top and the bottom."""
        return Area(
            self.x + inset, self.y + inset + top, self.width - 2 * inset, self.height - 2 * inset - top - bottom
        )


@dataclass(frozen=True)
class Plan:
    width: float
    height: float
    band: Area
    number: Area
    to: Area
    sender: Area
    facts: Area
    foot: Area
    fact_columns: int
    customs: Area | None = None
    note: Area | None = None  # what a label with room for a CN22, but without one, says of its contents

    def as_data(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, Area) else value for name, value in asdict(self).items()}


@lru_cache(maxsize=64)
def plan(width: float, height: float, *, barcode: bool, customs: bool) -> Plan:
    """Return the boxes of a label whose frame is so large; `customs` where a CN22 stands on it."""
    wide = width >= height * 1.2
    return _landscape(width, height) if wide else _portrait(width, height, barcode=barcode, customs=customs)


def _portrait(width: float, height: float, *, barcode: bool, customs: bool) -> Plan:
    """Taller than wide: thermal, the quarters of A4 and the small square. Everything stands below each other."""
    small = height < 120
    heights = {
        "band": 12 if small else 14,
        "number": (22 if small else 25) if barcode else 10,
        "to": 0.0,
        "sender": 20 if small else 23 if customs else 27,
        "facts": 8 if small else 9,
        "customs": 34 if customs and not small else 0,
        "foot": 4.2,
    }
    heights["to"] = height - sum(heights.values())
    areas, y = {}, 0.0
    for name, tall in heights.items():
        areas[name] = Area(0, y, width, tall) if tall else None
        y += tall
    return Plan(width, height, fact_columns=4, **areas)  # type: ignore[arg-type]  # customs alone may be missing


def _landscape(width: float, height: float) -> Plan:
    """Wider than tall: the services' own sizes. Addresses stand on the left, the number and the facts on the right."""
    low = height < 100
    top, bottom, right = (14.0 if low else 18.0), 4.5, 84.0
    left, body = width - right, height - top - bottom
    sender, bars = (23.0 if low else 27.0), (29.0 if low else 34.0)
    facts = body - bars if low else 21.0
    rest = None if low else Area(left, top + bars + facts, right, body - bars - facts)
    return Plan(
        width,
        height,
        band=Area(0, 0, width, top),
        number=Area(left, top, right, bars),
        to=Area(0, top + sender, left, body - sender),
        sender=Area(0, top, left, sender),
        facts=Area(left, top + bars, right, facts),
        foot=Area(0, height - bottom, width, bottom),
        fact_columns=2,
        customs=rest,
        note=rest,
    )
