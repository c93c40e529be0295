"""How alike two names are. One letter makes another given name of a short one, so short words must be the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from itertools import permutations
from typing import NamedTuple

from rapidfuzz.distance import OSA

from addressbook.folding import folded


class Alike(IntEnum):
    OTHER = 0
    CLOSE = 1  # a letter apart where a letter makes another name: only strong evidence makes one person of them
    NEAR = 2  # initials, short forms, a mistake in a long word, a name more
    SAME = 3


TITLES = {
    "mr", "mister", "mrs", "ms", "miss", "mx", "dr", "doctor", "prof", "professor", "sir", "madam", "herr", "frau",
    "attn", "attention", "co", "care",
}  # fmt: skip
HAN_TITLES = ("先生", "小姐", "女士", "太太", "博士", "医生", "教授", "经理", "老师", "夫人", "收")
MALE, FEMALE = {"mr", "mister", "herr", "先生"}, {"mrs", "ms", "miss", "madam", "frau", "小姐", "女士", "太太", "夫人"}
RANKS = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "2", "iii": "3"}
FORMS = {
    "ltd", "limited", "co", "company", "inc", "incorporated", "llc", "llp", "gmbh", "plc", "corp", "corporation", "pte",
    "pty", "sarl", "sa", "sas", "ag", "kk", "kg", "bv", "nv", "the",
}  # fmt: skip
HAN_FORMS = re.compile(r"(股份)?(有限)?(责任)?有?公司$|株式会社|^株|株$|^香港|集团$")
SPELT = {"intl": "international", "mfg": "manufacturing", "eng": "engineering", "trdg": "trading", "svcs": "services",
         "svc": "service", "assoc": "associates", "bros": "brothers", "dept": "department"}  # fmt: skip
_WORDS = re.compile(r"[a-z0-9]+")
_HAN = re.compile(r"[㐀-鿿豈-﫿぀-ヿ가-힣]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_INNER = re.compile(r"['’`]")  # O'Brien
# Letters that do not come apart into a plain one and its accent.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_SPELT_OUT = re.compile(r"([aou])e")  # of ä, ö and ü where keyboards have none of them
MOST_TOKENS = 6
Known = dict[tuple[str, str], Alike]  # how alike two words are


class Name(NamedTuple):
    """A person's name or an organisation's, taken apart. `latin` has its words, `han` its characters, folded."""

    latin: tuple[str, ...] = ()
    han: str = ""
    rank: str = ""  # junior or senior, second or third
    sex: str = ""  # as the title says

    def __bool__(self) -> bool:
        return bool(self.latin or self.han)


def person(*texts: str) -> Name:
    """Take a person's name apart; it may be written in two fields, or in two scripts in one."""
    latin, han = _parts(texts)
    titles = {word for word in latin if word in TITLES}
    rank = next((RANKS[word] for word in latin if word in RANKS), "")
    sexes = titles | {title for title in HAN_TITLES if title in han}
    words = tuple(word for word in latin if word not in TITLES and word not in RANKS)
    for title in HAN_TITLES:
        han = han.removesuffix(title)
    return Name(words, han, rank, "m" if sexes & MALE else "f" if sexes & FEMALE else "")


def organisation(*texts: str) -> Name:
    """Take an organisation's name apart, without its legal form."""
    latin, han = _parts(texts)
    words = tuple(SPELT.get(word, word) for word in latin if word not in FORMS)
    return Name(words or tuple(latin), HAN_FORMS.sub("", han) or han)


def _parts(texts: Iterable[str]) -> tuple[list[str], str]:
    latin: list[str] = []
    han = ""
    for text in texts:
        plain = folded(_INNER.sub("", _HUMP.sub(" ", text))).translate(_PLAIN)
        words = [
            _SPELT_OUT.sub(r"\1", word) if len(word) > 3 else word
            for word in _WORDS.findall(plain.replace("&", " and "))
        ]
        latin += [word for word in words if word not in latin or len(word) < 3]
        found = "".join(_HAN.findall(plain))
        han = han if found in han else han + found
    return latin, han


def alike(one: Name, other: Name) -> Alike | None:
    """Compare two persons' names; None where they are in different scripts, or one has none."""
    if one.rank != other.rank or (one.sex and other.sex and one.sex != other.sex):
        return Alike.OTHER
    latin = latin_alike(one.latin, other.latin) if one.latin and other.latin else None
    han = han_alike(one.han, other.han) if one.han and other.han else None
    return _together(latin, han)


def same(one: Name, other: Name) -> bool:
    """Tell whether two names are the same, in any order of their words."""
    if one.han and other.han:
        return one.han == other.han
    return bool(one.latin and other.latin) and (
        sorted(one.latin) == sorted(other.latin) or _joined_same(one.latin, other.latin)
    )


def _together(latin: Alike | None, han: Alike | None) -> Alike | None:
    """Two scripts bear each other out. Who has an English name beside the Chinese one is written with either."""
    if latin is None or han is None:
        return han if latin is None else latin
    if han == Alike.OTHER:
        return Alike.OTHER
    if han == Alike.SAME:
        return Alike.NEAR if latin < Alike.NEAR else Alike.SAME
    return Alike(min(latin, han)) if latin < Alike.SAME else Alike.NEAR


def organisations_alike(one: Name, other: Name) -> Alike | None:
    """Compare two organisations' names; None where they are in different scripts, or one has none."""
    latin = _words_alike(one.latin, other.latin) if one.latin and other.latin else None
    han = _long_alike(one.han, other.han) if one.han and other.han else None
    if latin is None or han is None:
        return han if latin is None else latin
    return Alike(max(latin, han)) if min(latin, han) > Alike.OTHER else Alike.OTHER


def latin_alike(one: tuple[str, ...], other: tuple[str, ...]) -> Alike:
    short, long = sorted((one[:MOST_TOKENS], other[:MOST_TOKENS]), key=len)
    if sorted(short) == sorted(long) or _joined_same(short, long):
        return Alike.SAME
    if set(short).isdisjoint(long):  # at least one word is the same
        return _joined_close(short, long)
    best = Alike.OTHER
    known: Known = {}  # the same words meet in many orders
    for turned in _orders(long, len(short)):
        best = max(best, _aligned(short, turned, known, more=len(long) - len(short)))
        if best == Alike.NEAR:
            return best
    return max(best, _joined_close(short, long))


def _orders(words: tuple[str, ...], count: int) -> Iterable[tuple[str, ...]]:
    return permutations(words, count) if len(words) <= 4 else (words[at:] + words[:at] for at in range(len(words)))


def _turns(words: tuple[str, ...]) -> set[str]:
    """The name in one word, with the surname first and last."""
    return {"".join(words[at:] + words[:at]) for at in range(len(words))}


def _joined_same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return sum(map(len, one)) == sum(map(len, other)) and not _turns(one).isdisjoint(_turns(other))


def _joined_close(one: tuple[str, ...], other: tuple[str, ...]) -> Alike:
    """Words joined and mistyped at once, as in “Chan Taimna”."""
    joined = "".join(one)
    if len(one) == len(other) or len(joined) < 8:
        return Alike.OTHER
    return (
        Alike.CLOSE if any(OSA.distance(joined, turn, score_cutoff=1) <= 1 for turn in _turns(other)) else Alike.OTHER
    )


def _aligned(short: tuple[str, ...], long: tuple[str, ...], known: Known, *, more: int) -> Alike:
    """Compare word by word, in this order; `more` words of the longer name stand beside."""
    exact, least = 0, Alike.SAME
    for word, other in zip(short, long, strict=False):
        how = known.get((word, other))
        if how is None:
            how = known[word, other] = _word_alike(word, other)
        exact += how == Alike.SAME
        least = min(least, how)
        if how == Alike.OTHER:
            return how
    if not exact:
        return Alike.OTHER
    if more:
        return Alike.NEAR if least == Alike.SAME and exact >= 2 else Alike.CLOSE
    return Alike.NEAR if least >= Alike.NEAR else Alike.CLOSE


def _word_alike(one: str, other: str) -> Alike:
    if one == other:
        return Alike.SAME
    short, long = sorted((one, other), key=len)
    if long.startswith(short) and (len(short) == 1 or (len(short) >= 3 and len(long) >= len(short) + 2)):
        return Alike.NEAR  # an initial, a short form
    apart = OSA.distance(short, long, score_cutoff=2)
    if short[0] == long[0] and apart <= (2 if len(short) >= 8 else 1 if len(short) >= 5 else 0):
        return Alike.NEAR  # who mistypes a name seldom does so at its first letter
    return Alike.CLOSE if apart <= 1 else Alike.OTHER


def han_alike(one: str, other: str) -> Alike:
    if one == other:
        return Alike.SAME
    short, long = sorted((one, other), key=len)
    if len(short) >= 2 and short in long:
        return Alike.NEAR
    return Alike.CLOSE if len(long) >= 3 and OSA.distance(short, long, score_cutoff=1) <= 1 else Alike.OTHER


def _words_alike(one: tuple[str, ...], other: tuple[str, ...]) -> Alike:
    """Compare organisations' words: all of the shorter name must be in the longer."""
    if sorted(one) == sorted(other) or "".join(one) == "".join(other):
        return Alike.SAME
    short, long = sorted((list(one), list(other)), key=len)
    mistakes = 0
    for word in short:
        found = max(long, key=lambda each: _word_alike(word, each), default="")
        how = _word_alike(word, found) if found else Alike.OTHER
        if how < Alike.NEAR or len(word) == 1:
            return _initials(one, other)
        mistakes += how != Alike.SAME
        long = [each for each in long if each is not found]
    return Alike.NEAR if not long else Alike.CLOSE


def _initials(one: tuple[str, ...], other: tuple[str, ...]) -> Alike:
    """HSBC and its four words."""
    short, long = sorted((one, other), key=len)
    made = "".join(word[0] for word in long)
    return Alike.NEAR if len(short) == 1 and len(made) >= 3 and short[0] == made else Alike.OTHER


def _long_alike(one: str, other: str) -> Alike:
    if one == other:
        return Alike.SAME
    short, long = sorted((one, other), key=len)
    if len(short) >= 3 and short in long:
        return Alike.CLOSE
    return Alike.NEAR if len(short) >= 5 and OSA.distance(short, long, score_cutoff=1) <= 1 else Alike.OTHER
