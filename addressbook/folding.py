"""Words as they are compared: in any width, case, accent, and Chinese script; and names as each language orders them.

Chinese characters are compared in their simplified form, so that either script finds the other. ICU knows the pairs and
the orders; it is loaded when a book is first searched, and takes some megabytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache

# How each of our languages orders names: Latin by the alphabet everywhere, Chinese by strokes or by sound.
COLLATIONS = {"en": "en", "zh-hant": "zh-Hant-u-co-stroke", "zh-hans": "zh-Hans-u-co-pinyin"}
_MARKS = range(0x300, 0x1F000)  # where letters that combine with the one before are found
_HAN = (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0xF900, 0xFB00))


def folded(text: str) -> str:
    """Make full and half width, upper and lower case, accented and plain letters, and both Chinese scripts the same."""
    if text.isascii():
        return text.casefold()
    return unicodedata.normalize("NFKD", text).casefold().translate(_plain())


@cache
def _plain() -> dict[int, str | None]:
    """Return what letters become: nothing of accents, the simplified form of Chinese ones that have one."""
    import icu

    convert = icu.Transliterator.createInstance("Traditional-Simplified").transliterate
    pairs = ((code, convert(chr(code))) for code in _HAN)
    plain: dict[int, str | None] = {code: simple for code, simple in pairs if simple != chr(code)}
    return plain | {code: None for code in _MARKS if unicodedata.combining(chr(code))}


def sorter(language: str) -> Callable[[str], bytes]:
    """Return what makes a name's key for sorting in a language of the site, or as in English."""
    return _sorter(COLLATIONS.get(language, COLLATIONS["en"]))


@cache
def _sorter(tag: str) -> Callable[[str], bytes]:
    import icu

    key: Callable[[str], bytes] = icu.Collator.createInstance(icu.Locale.forLanguageTag(tag)).getSortKey
    return key
