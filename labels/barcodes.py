"""Code 128 barcodes as vector drawings, one unit to a module."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import zxingcpp

QUIET_MODULES = 10  # blank on each side, as ISO/IEC 15417 asks


class Drawing(NamedTuple):
    svg: str
    modules: int


@lru_cache(maxsize=256)
def code128(content: str) -> Drawing:
    """Return the bars alone, `modules` units wide; whoever draws them leaves the quiet zone."""
    barcode = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.Code128)
    modules = barcode.to_image(scale=1, add_hrt=False, add_quiet_zones=False).shape[1]
    return Drawing(barcode.to_svg(scale=1, add_hrt=False, add_quiet_zones=False), modules)
