"""Build the table of what the labels' fonts can draw: `python -m labels.coverage` writes addressbook/printable.txt.

Only the character map of each font file is read (OpenType `cmap`, formats 4 and 12), so nothing else is needed.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path


def characters(font: bytes) -> set[int]:
    """Return the code points that a TrueType font maps to a glyph."""
    tables = struct.unpack_from(">H", font, 4)[0]
    records = (struct.unpack_from(">4sIII", font, 12 + 16 * number) for number in range(tables))
    start = next(offset for tag, _sum, offset, _length in records if tag == b"cmap")
    count = struct.unpack_from(">H", font, start + 2)[0]
    found: set[int] = set()
    for number in range(count):
        _platform, _encoding, offset = struct.unpack_from(">HHI", font, start + 4 + 8 * number)
        found.update(_subtable(font, start + offset))
    return found


def _subtable(font: bytes, at: int) -> Iterator[int]:
    kind = struct.unpack_from(">H", font, at)[0]
    if kind == 12:
        groups = struct.unpack_from(">I", font, at + 12)[0]
        for number in range(groups):
            first, last, glyph = struct.unpack_from(">III", font, at + 16 + 12 * number)
            yield from range(first if glyph else first + 1, last + 1)
    elif kind == 4:
        yield from _segments(font, at)


def _segments(font: bytes, at: int) -> Iterator[int]:
    double = struct.unpack_from(">H", font, at + 6)[0]
    for position in range(0, double, 2):
        last, first, delta, offset = (
            struct.unpack_from(">H", font, at + base + position)[0]
            for base in (14, 16 + double, 16 + 2 * double, 16 + 3 * double)
        )
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if offset:
                place = at + 16 + 3 * double + position + offset + 2 * (code - first)
                glyph = struct.unpack_from(">H", font, place)[0]
                if not glyph:
                    continue
            if (glyph + delta) & 0xFFFF:
                yield code


def ranges(codes: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Join code points to (first, last) runs."""
    first = last = -1
    for code in sorted(codes):
        if code != last + 1:
            if first >= 0:
                yield first, last
            first = code
        last = code
    if first >= 0:
        yield first, last


def covered(files: Iterable[Path]) -> set[int]:
    """Return what can be drawn both in Regular and in Bold."""
    by_style: dict[str, set[int]] = {}
    for file in files:
        by_style.setdefault(file.stem.rsplit("_", 1)[1], set()).update(characters(file.read_bytes()))
    return set.intersection(*by_style.values())


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecship.settings")
    from django.conf import settings

    from labels import fonts

    lines = [f"{first:X}-{last:X}" for first, last in ranges(code for code in covered(fonts.files()) if code >= 0x20)]
    target = Path(settings.BASE_DIR) / "addressbook" / "printable.txt"
    target.write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
