"""Which encoding a text is in. Python's own codecs decode; here it is only decided which of them is meant.

UTF-8 and UTF-16 say so themselves. For the rest a two-byte encoding counts when nearly all of its characters are among
those that people use (the first levels of Big5 and of GB 2312): other text decodes as rare ones. Fewer will do where
bytes beyond ASCII come in pairs alone, as accents do not. GBK with traditional characters has those of Big5's first
level in places that GB 2312 left free. What is left is Western.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from functools import cache

from addressbook.imports.reading.rows import Unusable

# The names that people know them by; the keys are codecs.
CHOICES = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "big5hkscs": "Big5 (HKSCS)",
    "gb18030": "GBK (GB 18030)",
    "cp1252": "Windows-1252",
}
SAMPLE = 200_000  # bytes that are looked at
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_USUAL, _USUAL_IN_PAIRS = 0.9, 0.4  # of two-byte characters, before an encoding counts
_SOME = 0.2  # of simplified characters and such that both scripts have, as no Western text has
_HIGH = re.compile(rb"[\x80-\xff]+")
_FEW = 24  # two-byte characters, which may be in either encoding
_WHOLE = 3  # good characters for each bad one, before damaged UTF-8 still counts as UTF-8
_NO_WORD = re.compile("[^\x00-\x7f\u00a0“”‘’«»–—…·•°€£©®™§½¿¡]{3}|[¤¦¬¯¸\ufffd]")
REPLACED = "\ufffd"


def decoded(data: bytes, wanted: str = "") -> tuple[str, str]:
    """Return the text and the encoding that it was read in: the one that is `wanted`, else the one that it seems to be.

    What the encoding does not have becomes U+FFFD, which the checks then find. Raises Unusable for what is no text.
    """
    encoding = wanted if wanted in CHOICES else guessed(data)
    text = data.decode(_codec(data, encoding), errors="replace").removeprefix("\ufeff")
    if text.count("\0") > len(text) // 20:
        raise Unusable("not_text")
    return text, encoding


def guessed(data: bytes) -> str:
    """Return the encoding that a text seems to be in."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding
    sample = data[:SAMPLE]
    if _is_wide(sample):
        return "utf-16"
    if _is_utf8(sample):
        return "utf-8"
    found = {name: _share(sample, usual) for name, usual in _TESTS.items()}
    if found["gb18030"] >= _SOME:
        found["gb18030"] = _share(sample, _is_usual_traditional)
    best = max(found, key=lambda name: found[name])
    in_pairs = all(len(run) % 2 == 0 for run in _HIGH.findall(sample))
    return best if found[best] >= (_USUAL_IN_PAIRS if in_pairs else _USUAL) else "cp1252"


def _codec(data: bytes, encoding: str) -> str:
    if encoding != "utf-16" or data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        return encoding
    return "utf-16-be" if data[:SAMPLE:2].count(0) > data[1:SAMPLE:2].count(0) else "utf-16-le"


def _is_wide(sample: bytes) -> bool:
    """Tell whether every other byte is mostly zero, as in UTF-16 without a mark."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    few, many = sorted((even, odd))
    return many * 2 > len(sample) * 0.3 and few * 20 <= many


def _is_utf8(sample: bytes) -> bool:
    whole = codecs.getincrementaldecoder("utf-8")(errors="replace")
    text = whole.decode(sample)  # the sample may end in the middle of a character
    bad = text.count(REPLACED)
    if not bad:
        return True
    good = sum(not letter.isascii() for letter in text) - bad
    return good >= _WHOLE * bad


def _share(sample: bytes, usual: Callable[[int, int], bool]) -> float:
    """Return which share of the bytes beyond ASCII are characters in everyday use, as `usual` says."""
    seen = common = at = 0
    end = len(sample) - 1
    while at < end:
        first = sample[at]
        if first < 0x80:
            at += 1
            continue
        seen += 1
        common += usual(first, sample[at + 1])
        at += 2
    return common / seen if seen else 0.0


def _is_usual_big5(first: int, second: int) -> bool:
    """Level 1 (A440 to C67E), and the punctuation and wide letters before it."""
    return 0xA1 <= first <= 0xC6 and (0x40 <= second <= 0x7E or 0xA1 <= second <= 0xFE)


def _is_usual_gbk(first: int, second: int) -> bool:
    """Level 1 of GB 2312 (B0 to D7), its punctuation and wide letters."""
    return (0xA1 <= first <= 0xA3 or 0xB0 <= first <= 0xD7) and second >= 0xA1


@cache
def _is_usual_traditional(first: int, second: int) -> bool:
    """As `_is_usual_gbk`, and what Big5 has on its level 1."""
    if _is_usual_gbk(first, second):
        return True
    try:
        there = bytes([first, second]).decode("gbk").encode("big5")
    except UnicodeError:
        return False
    return len(there) == 2 and _is_usual_big5(*there)


_TESTS = {"big5hkscs": _is_usual_big5, "gb18030": _is_usual_gbk}


def looks_misread(text: str, encoding: str) -> bool:
    """Tell whether text that was read in a guessed encoding may be in another one.

    No Western word has three accents in a row. A few Chinese characters may be as many others in the other encoding.
    """
    if encoding == "cp1252":
        return _NO_WORD.search(text) is not None
    other = next((usual for name, usual in _TESTS.items() if name != encoding), None)
    if encoding not in _TESTS or other is None:
        return False
    data = text.encode(encoding, errors="ignore")
    characters = sum(map(len, _HIGH.findall(data))) // 2
    return 0 < characters < _FEW and _share(data, other) >= _USUAL_IN_PAIRS
