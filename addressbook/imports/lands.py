"""Countries as files write them: codes of two and three letters, EC-Ship's own, and names in any of our languages."""

from __future__ import annotations

from functools import lru_cache

from babel.core import get_global

from addressbook import countries
from addressbook.paste import lands

# EC-Ship writes ISO's two letters and an A, as GBA; these countries it splits into zones, or knows by an older code.
_ZONES = {
    **{f"CN{zone}": "CN" for zone in "ABCDEFGHIJ"},
    **{f"AU{zone}": "AU" for zone in "AB"},
    **{f"MY{zone}": "MY" for zone in "ABC"},
    **{f"US{zone}": "US" for zone in "ABC"},
    "HKG": "HK", "TAA": "SH", "TPA": "TL",
}  # fmt: skip


@lru_cache(maxsize=2048)
def country_of(text: str) -> str:
    """Return the code of the country that a cell names; "" when it names none."""
    written = text.strip()
    upper = written.upper()
    if len(written) > 80 or not written:
        return ""
    if upper in countries.codes():
        return upper
    return lands.named(written) or _of_three(upper)


def _of_three(code: str) -> str:
    """Return whose code of three letters this is. Of a code that several countries came from, as SUN, none is it."""
    if code in _ZONES:
        return _ZONES[code]
    heirs: list[str] = get_global("territory_aliases").get(code, [])
    if len(code) == 3 and len(heirs) == 1 and heirs[0] in countries.codes():
        return heirs[0]
    return code[:2] if len(code) == 3 and code[2] == "A" and code[:2] in countries.codes() else ""
