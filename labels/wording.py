"""What people wrote, made safe to draw: nothing hidden, nothing the fonts lack, no word wider than a label."""

from __future__ import annotations

import re
import unicodedata

from addressbook.printable import is_printable

MISSING = "\u25a1"  # an empty box says that something stood here which the fonts cannot draw
LONGEST_WORD = 24
# The Chinese fonts draw these as wide as a Chinese character, which tears a Latin name apart.
_PLAIN = {
    re.compile(r"(?<=[A-Za-z\u00c0-\u024f])[\u2018\u2019]"): "'",
    re.compile(r"[\u2018\u2019](?=[A-Za-z\u00c0-\u024f])"): "'",
}
# Chinese breaks anywhere by itself; everything else breaks at blanks alone.
_UNBROKEN = r"[^\s\u3000-\u9fff\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]"
_LONG = re.compile(rf"{_UNBROKEN}{{{LONGEST_WORD + 1},}}")


def drawable(text: str) -> str:
    """Return `text` as a label draws it: one line, no control or reordering marks, a box for each missing character."""
    if text.isascii() and text.isprintable():
        return _LONG.sub(_breakable, " ".join(text.split()))
    composed = unicodedata.normalize("NFC", text)
    shown = "".join(
        " " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter if is_printable(letter) else MISSING
        for letter in composed
        if unicodedata.category(letter) != "Cf" and not 0xFE00 <= ord(letter) <= 0xFE0F
    )
    for pattern, plain in _PLAIN.items():
        shown = pattern.sub(plain, shown)
    return _LONG.sub(_breakable, " ".join(shown.split()))


def _breakable(match: re.Match[str]) -> str:
    """Let a very long word break anywhere, so that it never leaves its box."""
    return "\u200b".join(match.group())
