"""Code 128 barcodes as vector drawings, one unit to a module."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import zxingcpp

QUIET_MODULES = 10  # blank on each side, as ISO/IEC 15417 asks
HEIGHT = 50  # of the drawing; it is stretched to the height that its place has
SYMBOL = 11  # modules of a Code 128 symbol; the last one, which stops, has two more


class Drawing(NamedTuple):
    svg: str
    modules: int


def code128(content: str) -> Drawing:
    """Return the bars alone as one path, `modules` units wide; whoever draws them leaves the quiet zone."""
    barcode = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.Code128)
    picture = barcode.to_image(scale=1, add_hrt=False, add_quiet_zones=False)
    pixels = memoryview(picture)  # type: ignore[arg-type]  # a buffer, which its stub does not say
    row = bytes(pixels)[: picture.shape[1]]  # all rows are alike
    bars = "".join(_bars(row[start : start + SYMBOL]) for start in range(0, len(row), SYMBOL))
    size = f'width="{len(row)}" height="{HEIGHT}"'
    return Drawing(f'<svg xmlns="http://www.w3.org/2000/svg" {size}><path d="M0 0{bars}"/></svg>', len(row))


@lru_cache(maxsize=256)
def _bars(symbol: bytes) -> str:
    """Draw one symbol's bars from where the last one ended: SVG path steps, all relative."""
    steps = ""
    for dark, run in groupby(symbol, lambda pixel: pixel == 0):
        width = len(list(run))
        steps += f"h{width}v{HEIGHT}h-{width}zm{width} 0" if dark else f"m{width} 0"
    return steps
