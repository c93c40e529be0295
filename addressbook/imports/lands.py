"""Countries as files write them: codes of two and three letters, EC-Ship's own, and names in any of our languages."""

from __future__ import annotations

from functools import lru_cache

from babel.core import get_global

from addressbook import countries
from addressbook.paste import lands

# EC-Ship writes ISO's two letters and one more, by which some countries are split into zones: GBA, AUB, CNC.
_ZONES = frozenset("ABCDEFGHIJ")


@lru_cache(maxsize=2048)
def country_of(text: str) -> str:
    """Return the code of the country that a cell names; "" when it names none."""
    written = text.strip()
    upper = written.upper()
    if len(written) > 80 or not written:
        return ""
    if upper in countries.codes():
        return upper
    if len(upper) == 3 and upper.isascii() and upper.isalpha() and (found := _of_three(upper)):
        return found
    return lands.named(written)


def _of_three(code: str) -> str:
    if code == "HKG":
        return countries.HONG_KONG
    aliases: list[str] = get_global("territory_aliases").get(code, [])
    known = [alias for alias in aliases if alias in countries.codes()]
    if known:
        return known[0]
    return code[:2] if code[2] in _ZONES and code[:2] in countries.codes() else ""
