"""What one may not be sure of when everything is read: fields that look odd, or stayed empty beside them."""

from __future__ import annotations

import re

from addressbook import addresses
from addressbook.paste import places, words
from addressbook.paste.reading import Reading

# What names and towns do not have: a mark between two things, a figure, a stop behind two letters.
_ODD = re.compile(r" [-–·/|] |[:：|<>·]|\d(?!\d?$)|\d{3}|^\W|^[A-Za-z.]{1,3}$|[（(][A-Z][a-z]+[)）]$")
_ODD_LINE = re.compile(r"\.\.|[?!]| - |\b(?:sorry|I mean)\b")
_LATIN_WITHIN = re.compile(r"[\d號樓座室 ][A-Z]{3,} ?[\u3400-\u9fff]{2}")  # a firm's letters, or a building's
_NO_BUILDING = re.compile(r"^[^\da-zA-Z]{4,}(?<![廈厦樓楼邨村苑閣阁園园場场路街道徑里區区島岛灣湾城])$")
_DIGITS = re.compile(r"\d{8}|(?<!\d)\d{4}[ \-]\d{4}(?!\d)")


def doubt(reading: Reading) -> None:
    """Where no person was found and a part fitted nowhere, that part may be the person. Without a country, or with the
    country alone, the lines may hold its town.
    """
    details = reading.details
    for name in ("name", "company", "city", "district"):
        if _ODD.search(getattr(details, name)):
            reading.doubt(name, "part_of_lines" if name in {"name", "company"} else "by_position")
            if name == "company" and not details.name:
                reading.doubt("name", "person_or_company")
    if reading.doubts.get("company") == "person_or_company" and _is_firm(details.company):
        del reading.doubts["company"]
    if details.name and details.local_name and not details.lines and not words.has_title(details.name):
        reading.doubt("name", "person_or_company")  # a Latin name beside another: it may be a shop's
    _doubt_empty(reading)
    if any(_DIGITS.search(line) for line in [*details.lines]):
        reading.doubt("lines", "part_of_lines")
        reading.doubt("phone", "not_a_number")
    if any(_ODD_LINE.search(line) for line in details.lines):
        reading.doubt("lines", "part_of_lines")
    if any(_LATIN_WITHIN.search(line) for line in details.local_lines):
        reading.doubt("local_lines", "part_of_lines")
        reading.doubt("company", "person_or_company") if not details.company else None
    if not details.company and any(_is_nowhere(line) for line in details.local_lines):
        reading.doubt("local_lines", "part_of_lines")  # above or below an address stands who is there
        reading.doubt("company", "person_or_company")
    if "country" in reading.doubts and not (details.city or details.district or details.local_lines):
        reading.doubt("lines", "part_of_lines")
    if reading.left_over and not (details.name or details.local_name):
        reading.doubt("name", "left_over")
        reading.doubt("local_name", "left_over")


def _doubt_empty(reading: Reading) -> None:
    """Say of fields that stayed empty what was said of those which may hold their text."""
    details, doubts = reading.details, reading.doubts
    for name, other in (("name", "company"), ("company", "name")):
        if doubts.get(name) == "person_or_company" and not getattr(details, other):
            reading.doubt(other, "person_or_company")
    if doubts.get("country") == "no_country" and not (details.district or details.postcode):
        for name in ("city", "state", "postcode", "phone"):
            if not getattr(details, name):
                reading.doubt(name, "no_country")
    if doubts.get("lines") == "part_of_lines" and not details.city and addresses.has_part(details.country, "city"):
        reading.doubt("city", "by_position")


def _is_firm(company: str) -> bool:
    """Tell whether nothing but a firm can be called so: what has a legal form, no figure and nothing odd."""
    has_digit = any(letter.isdigit() for letter in company)
    return words.is_legal(company) and not has_digit and _ODD.search(company) is None


def _is_nowhere(line: str) -> bool:
    """Tell whether a line in Chinese has no figure, does not end as places do, and is more than names of places."""
    known = "".join(mention.place.chinese for mention in places.in_chinese(line))
    return _NO_BUILDING.search(line) is not None and len(line) - len(known) > 2
