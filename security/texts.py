"""What people type in one line or a few: cleaned, and kept to itself where it stands among words of ours."""

from __future__ import annotations

import unicodedata

# Marks that reorder or hide what stands beside them: they have no place on a label, in a name or in a mail. The joiners
# of U+200C and U+200D are none of them: Persian and Indian names are written with them. Letters that nobody sees are
# among them too (the fillers of Hangul, Khmer's inherent vowels, Braille's blank): a name of these alone is no name.
HIDDEN = frozenset("\u00ad\u061c\u200b\u200e\u200f\ufeff\u115f\u1160\u3164\uffa0\u17b4\u17b5\u2800") | {
    chr(code)
    for code in (*range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080))
}
_GONE = frozenset({"Cs", "Cn"})
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"


def clean_text(text: str, *, keep_breaks: bool = False) -> str:
    """Compose characters, drop what is invisible, and make every run of blanks one space."""
    kept = "".join(
        " " if unicodedata.category(letter) == "Cc" and letter != "\n" else letter
        for letter in unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
        if letter not in HIDDEN and unicodedata.category(letter) not in _GONE
    )
    if keep_breaks:
        return "\n".join(" ".join(line.split()) for line in kept.split("\n")).strip()
    return " ".join(kept.split())


def has_invisible(text: str) -> bool:
    """Tell whether cleaning would drop more of a text than blanks: control characters, half ones, those of no width."""
    return any(
        letter in HIDDEN or (unicodedata.category(letter) in {"Cc", *_GONE} and not letter.isspace()) for letter in text
    )


def isolated(text: str) -> str:
    """Return a name for a sentence of plain text: it cannot turn the sentence's direction, nor be turned by it.

    A name without a letter that runs from right to left is left alone, so that it can be searched and copied.
    """
    clean = clean_text(text)
    if not any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in clean):
        return clean
    return f"{_ISOLATE}{clean}{_END_OF_ISOLATE}"
