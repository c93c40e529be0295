"""How alike two addresses are. Their numbers say which door it is, and must not contradict; words may vary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from rapidfuzz import fuzz

from addressbook.folding import folded


class Where(IntEnum):
    OTHER = 0
    UNKNOWN = 1  # one of them has none, or they are in different scripts and their numbers say too little
    NUMBERS = 2  # in different scripts, with the same numbers
    NEAR = 3  # the same but for a part that one leaves out, or mistakes in words
    SAME = 4


LIKE, ALIKE = 78, 92  # of 100, how alike words are
_SPELT = {
    "rd": "road", "st": "street", "str": "street", "ave": "avenue", "av": "avenue", "bldg": "building",
    "bld": "building",
    "ctr": "centre", "center": "centre", "hse": "house", "est": "estate", "blk": "block", "twr": "tower", "ln": "lane",
    "dr": "drive", "sq": "square", "pl": "place", "ter": "terrace", "blvd": "boulevard", "hwy": "highway",
    "gdn": "garden", "gdns": "garden", "gardens": "garden", "mans": "mansion", "mansions": "mansion",
    "ind": "industrial",
    "crt": "court", "ct": "court", "cres": "crescent", "pk": "park", "mt": "mount", "comm": "commercial",
    "saint": "street", "strasse": "street", "kln": "kowloon", "nt": "territories",
}  # fmt: skip
_IDLE = {
    "flat", "unit", "room", "rm", "apt", "apartment", "suite", "ste", "shop", "floor", "flr", "fl", "f", "level", "no",
    "number", "block", "phase", "hong", "kong", "hk", "the", "and", "of", "new", "territories", "kowloon",
}  # fmt: skip
_HAN_IDLE = re.compile(r"[室楼层座号栋幢单位铺第期之]|字楼|香港|九龙|新界|台湾|中国|[路街道]段")
_HAN_NUMBER = re.compile(r"[〇零一二三四五六七八九十百]+(?=[室楼层座号期栋幢段巷弄])")
_HAN_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {"零": 0}
_NUMBER = re.compile(r"\d+[a-z]?(?![a-z])|(?<![a-z0-9])[a-z](?![a-z])")
_FLOOR = re.compile(r"\b(\d+)\s*/\s*f\b|\b(\d+)(?:st|nd|rd|th)\b")
_GROUND = re.compile(r"\b(?:g/f|ground floor|地下|地面)\b|地下")
_LETTERED = re.compile(r"\b(?:flat|unit|room|rm|apt)\s+([a-z])\b[,\s]+(\d+)\b(?=\s*(?:/f|floor|f\b))")
_SPLIT_UNIT = re.compile(r"\b(\d+)\s+([a-z])\b(?!\S)")
_WORD = re.compile(r"[a-z]{2,}")
_HAN = re.compile(r"[㐀-鿿豈-﫿぀-ヿ가-힣]+")


class Written(NamedTuple):
    """An address in one script: its numbers and single letters in order, its words."""

    numbers: tuple[str, ...] = ()
    words: str = ""
    is_han: bool = False

    def __bool__(self) -> bool:
        return bool(self.numbers or self.words)


class Place(NamedTuple):
    country: str
    postcode: str
    written: tuple[Written, ...]


def place(
    lines: Sequence[str], local_lines: Sequence[str], *, country: str, postcode: str, around: Iterable[str] = ()
) -> Place:
    """Take an address apart; `around` are the names of districts and towns, which one often leaves out."""
    left_out = {word for name in around for word in _WORD.findall(folded(name))}
    made = [one for text in (" , ".join(lines), " , ".join(local_lines)) for one in _written(text, left_out)]
    return Place(country, re.sub(r"\W", "", folded(postcode)), tuple(made))


def _written(text: str, left_out: set[str]) -> list[Written]:
    plain = _GROUND.sub(" 0 ", folded(text.replace("'", "").replace("’", "")))
    is_han = bool(_HAN.search(plain))
    plain = _HAN_NUMBER.sub(lambda found: f" {_number(found.group())} ", plain) if is_han else plain
    plain = _FLOOR.sub(lambda found: f" {found.group(1) or found.group(2)} ", plain)
    numbers = tuple(number.lstrip("0") or "0" for number in _NUMBER.findall(plain))
    if is_han:
        words = _HAN_IDLE.sub("", "".join(_HAN.findall(plain)))
    else:
        spelt = [_SPELT.get(word, word) for word in _WORD.findall(plain)]
        words = " ".join(sorted({word for word in spelt if word not in _IDLE and word not in left_out}))
    made = Written(numbers, words, is_han)
    return [made] if made else []


def _number(text: str) -> int:
    """Read a Chinese number below a thousand."""
    if not set(text) & {"十", "百"}:
        return int("".join(str(_HAN_DIGITS[character]) for character in text))
    hundreds, _hundred, rest = text.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    value = (_HAN_DIGITS.get(hundreds, 1) if _hundred else 0) * 100
    value += (_HAN_DIGITS.get(tens.lstrip("零") or "一", 1) if ten else 0) * 10
    return value + _HAN_DIGITS.get(ones.lstrip("零"), 0)


def alike(one: Place, other: Place) -> Where:
    """Compare two addresses by whichever of their spellings fit best."""
    if one.country and other.country and one.country != other.country:
        return Where.OTHER
    codes = {one.postcode, other.postcode}
    one, other = (_without(here, codes) for here in (one, other))
    if not one.written or not other.written:
        return Where.UNKNOWN
    best = max(
        (_alike(a, b) for a in one.written for b in other.written if a.is_han == b.is_han), default=Where.UNKNOWN
    )
    if best == Where.UNKNOWN:
        best = max(_across(a, b) for a in one.written for b in other.written)
    if one.postcode and other.postcode and one.postcode != other.postcode and best < Where.SAME:
        return Where.OTHER
    return best


def _without(here: Place, codes: set[str]) -> Place:
    """Return a place without postcodes that were typed among its lines."""
    written = [each._replace(numbers=tuple(one for one in each.numbers if one not in codes)) for each in here.written]
    return here._replace(written=tuple(written))


def _alike(one: Written, other: Written) -> Where:
    numbers = _numbers_alike(one.numbers, other.numbers)
    if numbers == Where.OTHER:
        return Where.OTHER
    if not one.words or not other.words:
        return Where.NEAR if numbers == Where.SAME and one.numbers else Where.UNKNOWN
    score, within = _words_alike(one, other)
    if numbers == Where.SAME and score >= ALIKE:
        return Where.SAME
    if max(score, within) >= (LIKE if numbers == Where.SAME else ALIKE):
        return Where.NEAR
    return Where.OTHER


def _words_alike(one: Written, other: Written) -> tuple[float, float]:
    """Return how alike words are, and how alike the shorter ones are to their like within the longer ones."""
    if not one.is_han:
        return fuzz.token_sort_ratio(one.words, other.words), fuzz.token_set_ratio(one.words, other.words)
    turned = fuzz.ratio("".join(sorted(one.words)), "".join(sorted(other.words)))  # the building first, or the street
    return fuzz.ratio(one.words, other.words), max(fuzz.partial_ratio(one.words, other.words), turned)


def _numbers_alike(one: Sequence[str], other: Sequence[str]) -> Where:
    """The same ones; or those of one within the other's; or not."""
    first, second = sorted((_split(one), _split(other)), key=len)
    if sorted(first) == sorted(second):
        return Where.SAME
    rest = list(second)
    for number in first:
        if number not in rest:
            return Where.OTHER
        rest.remove(number)
    return Where.NEAR


def _split(numbers: Sequence[str]) -> list[str]:
    """Flat 5 B and Flat 5B are one; floors and flats may stand in either order."""
    return [part for number in numbers for part in (re.findall(r"\d+|[a-z]", number))]


def bits(here: Place) -> int:
    """Return 64 bits that stand for the numbers of an address; 0 where there are none, or two spellings."""
    if len(here.written) != 1 or not here.written[0].numbers:
        return 0
    written = here.written[0]
    kind = _BITS_OF_KIND * (1 + 2 * written.is_han + 4 * bool(here.postcode))
    found = 0
    for part in _split([number for number in written.numbers if number != here.postcode]):
        found |= 1 << hash(part) % _BITS
    return found | kind


def are_elsewhere(one: int, other: int) -> bool:
    """Tell by the bits of two addresses that they are not alike: each has a number that the other has not.

    Addresses in two scripts, or of which one has a postcode, are not told apart by them.
    """
    return one // _BITS_OF_KIND == other // _BITS_OF_KIND and one & other not in {one, other}


_BITS = 60
_BITS_OF_KIND = 1 << _BITS


def _across(one: Written, other: Written) -> Where:
    """In different scripts the numbers alone speak."""
    if len(one.numbers) < 2 or len(other.numbers) < 2:
        return Where.UNKNOWN
    return Where.NUMBERS if _numbers_alike(one.numbers, other.numbers) == Where.SAME else Where.UNKNOWN
