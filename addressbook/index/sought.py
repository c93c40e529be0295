"""What a search looks for in a contact's row: its words, and what the places among them are called otherwise.

A district or an area of Hong Kong is looked for in either script, whichever it is typed in, and an area as the one
that a contact's district lies in, too; another country as the contact's own. Hong Kong is the contact's country where
it ends what is typed, as on a label; by itself its name stands in too many rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from addressbook import countries, districts
from addressbook.folding import folded

TAG = "\x02"  # around each tag of a row
LAND = "\x03"  # before a row's country and area, in capitals, as no word that is sought has them
MOST_PLACES, _LONGEST = 8, 7  # places of a search that are looked for otherwise too; words of a place's name
_STREET = 3  # characters of a street in Chinese, at least: 九龍灣 and 香港仔 are no area and a street
_NO_DIGITS = re.compile(r"\D+")
_NOTHING = dict.fromkeys(map(ord, "'’‘`´"), None)
_PARTING = dict.fromkeys(map(ord, ",，、;；"), " ")  # between words that are typed
_JOINING = {"of", "the", "and", "&"}  # before a name that is a part of another one: "Bank of Hong Kong"

Part = list[list[bytes]]  # of what must be in a row: any of these, and of that all


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; `query` is a search within names, addresses, phones, e-mails and tags."""

    query: str = ""
    tag: str = ""
    country: str = ""
    use: str = ""  # "sender" or "recipient"
    favourites: bool = False  # of whoever acts: a layout does not know them (`addressbook.favourites.among`)


def plain(text: str) -> str:
    """Fold words as they are searched: O'Brien is found as obrien, too."""
    return folded(text).translate(_NOTHING)


def digits(text: str) -> str:
    return _NO_DIGITS.sub("", text)


def land(country: str, district: str, area: str) -> str:
    """Return what says in a row which country a contact is in, and which area of Hong Kong."""
    if country != countries.HONG_KONG:
        return f"{LAND}{country}"
    found = districts.find(district) if district else None
    return _in_area(found.area if found else districts.find_area(area) or "")


def parts(filters: Filters) -> list[Part]:
    """Return what a row must have: each word or place, or the number where only digits are typed, and the tag."""
    tag = [[[f"{TAG}{folded(filters.tag)}{TAG}"]]] if filters.tag else []
    words = _words(filters.query)
    number = "" if any(letter.isalpha() for letter in filters.query) else digits(filters.query)
    found = [[words, [number]]] if number and [number] != words else _places(words)
    return [[[needle.encode("utf-8", "surrogatepass") for needle in way] for way in ways] for ways in (*found, *tag)]


def _words(text: str) -> list[str]:
    return plain(text).translate(_PARTING).split()


def _places(words: list[str]) -> list[list[list[str]]]:
    """Return the words one by one, and each place among them as it is typed and as it is called otherwise."""
    found: list[list[list[str]]] = []
    at = places = 0
    while at < len(words):
        end, others = at + 1, list[list[str]]()
        if places < MOST_PLACES:
            ends = range(min(at + _LONGEST, len(words)), at, -1)
            end, others = next(((end, others) for end in ends if (others := _others(words, at, end))), (end, []))
        places += bool(others)
        found.append([words[at:end], *others])
        at = end
    return found


def _others(words: list[str], at: int, end: int) -> list[list[str]]:
    """Return what else the place is called that some words name, if they name one."""
    named = " ".join(words[at:end])
    found = [_words(name) for name in districts.other_names(named.replace(".", ""))]
    area, lands = districts.find_area(named.replace(".", "")), countries.named(named)
    if at == 0 or words[at - 1] not in _JOINING:
        found += [[_in_area(area)]] if area else []
        if at > 0 and end == len(words) and (area == districts.HONG_KONG or countries.HONG_KONG in lands):
            found.append([_in_area("")])
    found += [[f"{LAND}{country}"] for country in lands if country != countries.HONG_KONG]
    if end - at == 1 and not found:
        found = _apart(named)
    return [other for other in found if other != words[at:end]]


def _apart(word: str) -> list[list[str]]:
    """Return what an address is that Chinese writes in one, from the area on: 香港九龍彌敦道8號, 新界沙田."""
    area, rest = "", word
    while begun := next((name for name in _areas() if rest.startswith(name)), ""):
        area, rest = _areas()[begun], rest.removeprefix(begun)
    if not area or not (len(rest) >= _STREET or districts.find(rest)):
        return []
    where = _in_area("" if area == districts.HONG_KONG else area)
    named = [(name, district) for name, district in _in_chinese() if rest.startswith(name)]
    ways = [[*_words(district), *_words(rest.removeprefix(name))] for name, district in named[:1]]
    return [[where, *way] for way in ([rest], *ways)]


@cache
def _areas() -> dict[str, str]:
    return {plain(names[0]): area for area, names in districts.AREAS.items()}


@cache
def _in_chinese() -> list[tuple[str, str]]:
    """Return districts as they begin an address, the longer form first: 沙田區 and 沙田, but 北區 alone."""
    names = [(plain(one.traditional), one.name) for one in districts.DISTRICTS]
    return [*names, *((name[:-1], district) for name, district in names if len(name) > 2)]


def _in_area(area: str) -> str:
    """Return what says that a contact is in Hong Kong, and where an area is given, in which."""
    return f"{LAND}{countries.HONG_KONG}{area[:1]}"
