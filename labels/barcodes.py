"""Code 128 barcodes as vector drawings, one unit to a module."""

from __future__ import annotations

import re
from typing import NamedTuple

import zxingcpp

QUIET_MODULES = 10  # blank on each side, as ISO/IEC 15417 asks
HEIGHT = 50  # of the drawing; it is stretched to the height that its place has
_BARS = re.compile(rb"\x00+")


class Drawing(NamedTuple):
    svg: str
    modules: int


def code128(content: str) -> Drawing:
    """Return the bars alone as one path, `modules` units wide; whoever draws them leaves the quiet zone."""
    barcode = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.Code128)
    picture = barcode.to_image(scale=1, add_hrt=False, add_quiet_zones=False)
    pixels = memoryview(picture)  # type: ignore[arg-type]  # a buffer, which its stub does not say
    row = bytes(pixels)[: picture.shape[1]]  # all rows are alike
    bars = "".join(
        f"M{bar.start()} 0h{bar.end() - bar.start()}v{HEIGHT}h-{bar.end() - bar.start()}z"
        for bar in _BARS.finditer(row)
    )
    size = f'width="{len(row)}" height="{HEIGHT}"'
    return Drawing(f'<svg xmlns="http://www.w3.org/2000/svg" {size}><path d="{bars}"/></svg>', len(row))
