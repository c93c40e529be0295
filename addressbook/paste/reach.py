"""Telephone and fax numbers, e-mail addresses and pages of the web in a line of text."""

from __future__ import annotations

import re
from typing import NamedTuple

from addressbook import addresses, phones

EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}(?<![.-])")
WEB = re.compile(r"(?<![\w@.])(?:https?://|www\.)[^\s,，|]{3,200}", re.IGNORECASE)
# A run of digits as long as a number may be; a zero in brackets behind a country's code is no part of it.
_NUMBER = re.compile(
    r"(?<![\w#/@-])(?:[（(]?0\d{2,5}[）)]? ?/ ?)?[+＋]?[（(]?\d(?:[ .\-–()（）]{0,3}\d){4,17}"
    r"(?:,? ?(?:extension|extn|ext|x|內線|内线|分機|分机|轉|转)[.:：]? ?\d{1,5})?(?![\w@-])"
)
_ABROAD = re.compile(r"(?<![\w#/@-])(?:[+＋]|00)(?!852)[1-9]\d{0,2}(?:[ .\-–()]{0,3}\d){6,13}(?![\w@-])")
_HONG_KONG = re.compile(
    r"(?<![\w#/@-])(?:[(（]?(?:[+＋]|00)?852[)）]?[ .\-]{0,2})?[2-9]\d{3}[ .\-]?\d{4}"
    r"(?:,? ?(?:extension|extn|ext|x|內線|内线|分機|分机|轉|转)[.:：]? ?\d{1,5})?(?![\w-])"
)
_MAINLAND = re.compile(r"(?<![\d+-])1[3-9]\d{9}(?!\d)")  # a mobile in one piece
_COUNTED = re.compile(r"(?:box|lot|no|nos|dd|nummer|number|nr|nº|n°|ref|信箱|第|號|地段)[. ]{0,2}$", re.IGNORECASE)
_LEAST_DIGITS, _MOST_DIGITS, _MOST_TRIED = 7, 15, 40


class Number(NamedTuple):
    """A number in a text: how it is written there, and as people abroad write it, or None where it is none."""

    written: str
    normal: str | None
    start: int
    end: int


def numbers(text: str, *, country: str, labelled: bool) -> list[Number]:
    """Return the telephone numbers in a text, as they are dialled in `country`.

    Behind a label every run of digits is taken for one, right or wrong; elsewhere it must be a number of that country,
    written as numbers are, or have its own country's code.
    """
    found: list[Number] = []
    patterns = {"HK": (_ABROAD, _HONG_KONG, _NUMBER), "CN": (_MAINLAND, _NUMBER)}.get(country, (_NUMBER,))
    for pattern in patterns:
        for match in list(pattern.finditer(text))[:_MOST_TRIED]:
            number = _number(match, country=country, labelled=labelled)
            if number and not any(number.start < other.end and other.start < number.end for other in found):
                found.append(number)
    return sorted(found, key=lambda number: number.start)


def _number(match: re.Match[str], *, country: str, labelled: bool) -> Number | None:
    written = match.group().strip(" .-–")
    digits = sum(letter.isdigit() for letter in written)
    if not _LEAST_DIGITS <= digits <= _MOST_DIGITS or addresses.postcode_of(country, written):
        return None
    normal = phones.normalise(_dialled(written), country=country)
    counted = _COUNTED.search(match.string[: match.start()][-12:])
    if counted and not labelled and country != "HK" and written.replace("-", "").isdigit():
        return None
    # Eight digits that no operator has are taken for a number mistyped, unless a box, a lot or a house is before them.
    is_likely = normal is not None or (
        not counted and (match.re is _HONG_KONG or (country != "HK" and written[0] in "0+(" and digits > 8))
    )
    is_whole = match.string.strip() == written and digits > _LEAST_DIGITS + 1 and normal is not None
    if not labelled and not (is_likely and (is_whole or _looks_dialled(written, country=country))):
        return None
    return Number(written, normal, match.start(), match.start() + len(match.group().rstrip(" .-–")))


def _dialled(written: str) -> str:
    """Write a number as it is dialled: "+44 (0)20 ..." and "(852) 2123 ..." as the library reads them."""
    plain = written.replace("＋", "+").replace("（", "(").replace("）", ")").replace("(0)", " ")
    plain = re.sub(r"(?:內線|内线|分機|分机|轉|转)[:：]?", " ext. ", plain)
    match = re.match(r"\(?(?:\+|00)?(852|853)\)?[ .\-]{0,2}(?=\d{4}[ .\-]?\d{4}(?:\D.*)?$)", plain)
    return f"+{match.group(1)} {plain[match.end() :]}" if match else plain


def _looks_dialled(written: str, *, country: str) -> bool:
    """Tell whether digits without a label are written as a number is, and not as a house, a box or a code."""
    digits = "".join(letter for letter in written if letter.isdigit())
    if written[0] in "+＋(（" or digits.startswith("0"):
        return True
    groups = re.findall(r"\d+", written)
    if country in {"HK", "MO"}:
        return [len(group) for group in groups[-2:]] == [4, 4] or len(groups[-1]) == 8
    return len(digits) >= 8 and (len(digits) >= 10 or max(map(len, groups)) >= 4)
