"""What a label can print: the characters which the labels' fonts can draw.

The table beside this file is written by `python -m labels.coverage` from the fonts themselves.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("printable.txt")
# Blanks and marks that draw nothing: there is nothing to print, so nothing is missing.
INVISIBLE = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


@lru_cache(maxsize=1)
def _ranges() -> tuple[list[int], list[int]]:
    firsts, lasts = [], []
    for line in TABLE.read_text(encoding="ascii").split():
        first, last = line.split("-")
        firsts.append(int(first, 16))
        lasts.append(int(last, 16))
    return firsts, lasts


@lru_cache(maxsize=4096)
def is_printable(character: str) -> bool:
    """Tell whether a label can draw one character, or need not draw it."""
    if " " <= character <= "~" or unicodedata.category(character) in INVISIBLE:
        return True
    if 0xFE00 <= ord(character) <= 0xFE0F:  # variation selectors only choose how the character before them looks
        return True
    firsts, lasts = _ranges()
    place = bisect_right(firsts, ord(character)) - 1
    return place >= 0 and ord(character) <= lasts[place]


def unprintable(text: str) -> list[str]:
    """Return the characters of `text` that no font of the labels has, each once, in the order they appear."""
    return list(dict.fromkeys(letter for letter in text if not is_printable(letter)))
