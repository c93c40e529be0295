"""Pictures of one bit a dot, made of the PNG that Typst draws, and written as a thermal printer (ZPL) reads them.

Only what Typst makes is read: eight bits a channel, no interlacing; one channel is looked at, since a label has no
colours. This spares a library of pictures in production.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # of each of PNG's kinds of colour
_DARK = bytes(0x31 if grey < 128 else 0x30 for grey in range(256))  # the digit of each grey
# How ZPL writes that a digit comes so many times.
_ONES = " GHIJKLMNOPQRSTUVWXY"
_TWENTIES = " ghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Bitmap:
    """Rows of whole bytes, the first dot in the highest bit; 1 is black."""

    width: int
    height: int
    rows: list[bytes]


def of_png(png: bytes) -> Bitmap:
    """Read a picture. Raises ValueError for one that is not of the kind that Typst makes."""
    if png[:8] != _SIGNATURE:
        raise ValueError("This is no PNG.")
    head, data = b"", []
    at = 8
    while at < len(png):
        size, kind = struct.unpack_from(">I4s", png, at)
        if kind == b"IHDR":
            head = png[at + 8 : at + 8 + size]
        elif kind == b"IDAT":
            data.append(png[at + 8 : at + 8 + size])
        at += size + 12
    width, height, depth, colour, _compression, _filter, interlaced = struct.unpack(">IIBBBBB", head)
    if depth != 8 or interlaced or colour not in _CHANNELS:
        raise ValueError("This PNG is of another kind than those that are made here.")
    rows = [_packed(row) for row in _rows(zlib.decompress(b"".join(data)), width, height, _CHANNELS[colour])]
    return Bitmap(width, height, rows)


def _packed(row: bytes) -> bytes:
    digits = row.translate(_DARK)
    size = -(-len(digits) // 8)
    return int(digits.ljust(size * 8, b"0"), 2).to_bytes(size, "big")


def _rows(data: bytes, width: int, height: int, channels: int) -> Iterator[bytes]:
    """Yield the first channel of each row, with PNG's filters (PNG specification, 9) undone."""
    above, size = bytes(width), width * channels + 1
    for number in range(height):
        row = data[number * size : (number + 1) * size]
        above = _unfiltered(row[0], row[1::channels], above)
        yield above


def _unfiltered(kind: int, row: bytes, above: bytes) -> bytes:
    if kind == 0:
        return row
    if kind == 1:
        sums: Iterator[int] = accumulate(row, lambda left, value: (left + value) & 255)
        return bytes(sums)
    if kind in {2, 4} and not any(row):  # nothing differs from the row above, as in most of a label
        return above
    if kind == 2:
        return bytes((value + up) & 255 for value, up in zip(row, above, strict=True))
    made, left, corner = bytearray(), 0, 0
    for value, up in zip(row, above, strict=True):
        left = (value + ((left + up) // 2 if kind == 3 else _paeth(left, up, corner))) & 255
        corner = up
        made.append(left)
    return bytes(made)


def _paeth(left: int, up: int, corner: int) -> int:
    if left == corner:
        return up
    if up == corner:
        return left
    estimate = left + up - corner
    from_left, from_up, from_corner = abs(estimate - left), abs(estimate - up), abs(estimate - corner)
    if from_left <= from_up and from_left <= from_corner:
        return left
    return up if from_up <= from_corner else corner


def graphic(bitmap: Bitmap) -> str:
    """Return the field that draws it: `^GFA` with its data compressed as ZPL has it (repeated digits and rows)."""
    across = len(bitmap.rows[0])
    total, written, before = across * bitmap.height, [], b""
    for row in bitmap.rows:
        written.append(":" if row == before else _row(row))
        before = row
    return f"^GFA,{total},{total},{across},{''.join(written)}"


def _row(row: bytes) -> str:
    digits = row.hex().upper()
    for digit, mark in (("0", ","), ("F", "!")):
        kept = digits.rstrip(digit)
        if len(digits) - len(kept) > 1:
            return "".join(_repeats(kept)) + mark
    return "".join(_repeats(digits))


def _repeats(digits: str) -> Iterator[str]:
    at = 0
    while at < len(digits):
        count = 1
        while at + count < len(digits) and digits[at + count] == digits[at]:
            count += 1
        yield f"{_times(count)}{digits[at]}"
        at += count


def _times(count: int) -> str:
    if count == 1:
        return ""
    most = 20 * (len(_TWENTIES) - 1)
    full, rest = divmod(count, most)
    twenties, ones = divmod(rest, 20)
    return _TWENTIES[-1] * full + (_TWENTIES[twenties] if twenties else "") + (_ONES[ones] if ones else "")
