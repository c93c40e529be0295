"""How wide text is in the labels' fonts, read from the font files themselves: OpenType `cmap`, `hmtx`.

Widths are in em: times the type size they are points. Kerning, which mostly narrows, is left out.
"""

from __future__ import annotations

import struct
import sys
import unicodedata
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Literal

from labels import fonts

MAINLAND = "CN"
UNKNOWN = 1.0  # em, for a character that no font has: `wording.drawable` leaves none


@dataclass(frozen=True)
class Face:
    """One font file: runs of code points, the glyph that each run begins with, and each glyph's width in em."""

    firsts: array[int]
    lasts: array[int]
    glyphs: array[int]
    advances: array[int]
    units: int

    def width(self, code: int) -> float | None:
        run = bisect_right(self.firsts, code) - 1
        if run < 0 or code > self.lasts[run]:
            return None
        glyph = self.glyphs[run] + code - self.firsts[run]
        return self.advances[2 * min(glyph, len(self.advances) // 2 - 1)] / self.units


class Widths(dict[str, float]):
    """The width of each character, in em, in the first of some fonts which has it. Filled as characters are met."""

    def __init__(self, faces: list[Face]) -> None:
        super().__init__()
        self.faces = faces

    def __missing__(self, letter: str) -> float:
        found = (face.width(ord(letter)) for face in self.faces)
        width = next((width for width in found if width is not None), UNKNOWN)
        if unicodedata.category(letter) in {"Mn", "Cf"}:  # set above or below another letter, or nowhere
            width = 0.0
        self[letter] = width
        return width

    def of(self, text: str) -> float:
        """Return the width of one line, in em."""
        return sum(map(self.__getitem__, text))


def widths(*, bold: bool = False, mainland: bool = False) -> Widths:
    """Return the widths in Regular or Bold. `mainland`: the simplified forms come first, as in Mainland addresses."""
    return _widths(bold, mainland)


@lru_cache(maxsize=4)
def _widths(bold: bool, mainland: bool) -> Widths:
    style = fonts.STYLES[bold]
    hong_kong, simplified, latin = (file for file in fonts.files() if file.stem.endswith(style))
    order = [simplified, hong_kong, latin] if mainland else [hong_kong, simplified, latin]
    return Widths([_face(file) for file in order])


@lru_cache(maxsize=6)
def _face(file: Path) -> Face:
    # Mapped, for it is some megabytes of which a few pages are looked at: read, each would stay with the process.
    with file.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as font:
        tables = {tag: offset for tag, _sum, offset, _length in _records(font)}
        units = struct.unpack_from(">H", font, tables[b"head"] + 18)[0]
        count = struct.unpack_from(">H", font, tables[b"hhea"] + 34)[0]
        advances = _numbers("H", font, tables[b"hmtx"], 2 * count)  # advance and bearing by turns
        map_at = _unicode_map(font, tables[b"cmap"])
        groups = struct.unpack_from(">I", font, map_at + 12)[0]
        runs = _numbers("I", font, map_at + 16, 3 * groups)
    return Face(runs[0::3], runs[1::3], runs[2::3], advances, units)


def _numbers(kind: Literal["H", "I"], font: mmap, offset: int, count: int) -> array[int]:
    """Return so many unsigned numbers of two or four bytes, which fonts hold with the high byte first."""
    found = array(kind)
    found.frombytes(font[offset : offset + found.itemsize * count])
    if sys.byteorder == "little":
        found.byteswap()
    return found


def _records(font: mmap) -> list[tuple[bytes, int, int, int]]:
    count = struct.unpack_from(">H", font, 4)[0]
    return [struct.unpack_from(">4sIII", font, 12 + 16 * number) for number in range(count)]


def _unicode_map(font: mmap, cmap: int) -> int:
    """Return where the map of all Unicode begins (format 12, which each of our fonts has)."""
    count = struct.unpack_from(">H", font, cmap + 2)[0]
    for number in range(count):
        offset = cmap + struct.unpack_from(">I", font, cmap + 8 + 8 * number)[0]
        if struct.unpack_from(">H", font, offset)[0] == 12:
            return int(offset)
    raise fonts.FontsMissing("The font has no map of all Unicode.")
