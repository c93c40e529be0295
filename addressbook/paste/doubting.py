"""What one may not be sure of when everything is read: fields that look odd, or stayed empty beside them."""

from __future__ import annotations

import re

from addressbook import addresses, countries
from addressbook.details import ContactDetails
from addressbook.paste import chinese, given, labels, places, vocabulary, words
from addressbook.paste.reading import Reading

# What names and towns do not have: a mark between two things, a figure, a stop behind two letters.
_ODD = re.compile(r" [-–·/|] |[:：|<>·]|\d(?!\d?$)|\d{3}|^\W|^[A-Za-z.]{1,3}$|[（(][A-Z][a-z]+[)）]$")
_ODD_LINE = re.compile(r"\.\.|[?!]| - |\b(?:sorry|I mean)\b")
_LATIN_WITHIN = re.compile(r"[\d號樓座室 ][A-Z]{3,} ?[\u3400-\u9fff]{2}")  # a firm's letters, or a building's
_NO_BUILDING = re.compile(r"^[^\da-zA-Z]{4,}(?<![廈厦樓楼邨村苑閣阁園园場场路街道徑里區区島岛灣湾城])$")
_DIGITS = re.compile(r"\d{8}|\d{3}[-. ]\d{3}[-. ]\d{4}|(?<!\d)\d{4}[ \-]\d{4}(?!\d)")
_ORDER = re.compile(r"[A-Z]{0,4}-?\d{6,}")  # the number of an order, and no line
# The parts of a Chinese address that have figures, and how a building is called that follows the number of its house.
_FIGURE = re.compile(
    r"[\dA-Za-z０-９一二三四五六七八九十百廿]+(?:[號号樓楼室座層层舖鋪铺期巷弄段]|字[樓楼])|地[下舖鋪铺]|[閣阁][樓楼]|天台|[高低後后前][層层座]"
    r"|\d[\dA-Za-z/\-–]*"
)
_BUILDING = re.compile(r".[廈厦樓楼邨村苑閣阁園园場场路街道徑里區区島灣湾城軒居府臺台廬宅舍墅庭峰坊匯站心店]$")
_BARE_NUMBER = re.compile(
    r"(?:(?:no|house|lot|flat|unit)\b\.? ?)?\d[\w/ -]{0,8}", re.IGNORECASE
)  # of a house, and no street
_HAN = re.compile(r"[\u3400-\u9fff]")
_NUMBERED = frozenset({"US", "CA", "AU", "NZ", "DE", "AT", "CH", "NL", "SE", "NO", "DK", "FI", "PL", "CZ"})
_FORM_WORDS = vocabulary.LEGAL | vocabulary.ADDRESS | vocabulary.TITLES


def doubt(reading: Reading, *, is_named: bool) -> None:
    """Say so in `reading`; `is_named`: a label said who it is.

    Where no person was found and a part fitted nowhere, that part may be the person. Without a country, or with the
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
    if details.name and not (is_named or given.is_known(details.name)):
        reading.doubt("name", "person_or_company")
        if not details.company or chinese.is_local(details.company):
            reading.doubt("company", "person_or_company")
    if details.name and details.local_name and not details.lines and not given.is_known(details.name):
        reading.doubt("name", "person_or_company")  # a Latin name beside another: it may be a shop's
    _doubt_empty(reading)
    _doubt_chinese(reading)
    _doubt_left_over(reading)
    is_bare = bool(details.lines) and all(_BARE_NUMBER.fullmatch(line) for line in details.lines)
    if details.city and (is_bare or ("," in details.city and words.has_street(details.city))):
        reading.doubt("city", "by_position")
        reading.doubt("lines", "part_of_lines")
    if any(_is_no_name(name) for name in (details.name, details.company)):
        reading.doubt("name", "person_or_company")
        reading.doubt("company", "person_or_company")
    if details.name and not details.company and _starts_with_words(details):
        reading.doubt("lines", "part_of_lines")
        reading.doubt("company", "part_of_lines")
    if details.lines and not details.company and words.is_department(details.lines[0]):
        reading.doubt("company", "part_of_lines")  # whose department it is
    if any(_DIGITS.search(line) for line in [*details.lines]):
        reading.doubt("lines", "part_of_lines")
        reading.doubt("phone", "not_a_number")
    if any(_ODD_LINE.search(line) or _ORDER.fullmatch(line) for line in details.lines):
        reading.doubt("lines", "part_of_lines")
    if any(_LATIN_WITHIN.search(line) for line in details.local_lines):
        reading.doubt("local_lines", "part_of_lines")
        reading.doubt("company", "person_or_company") if not details.company else None
    if not details.company and any(_is_nowhere(line) for line in details.local_lines):
        reading.doubt("local_lines", "part_of_lines")  # above or below an address stands who is there
        reading.doubt("company", "person_or_company")
    if not (details.name or details.company or details.local_name):
        reading.doubt("company", "no_name")
    if not (details.lines or details.local_lines):
        reading.doubt("local_lines", "no_address")
    if chinese.is_local(details.company) and details.name and not details.local_name and "company" in reading.doubts:
        reading.doubt("local_name", "person_or_company")  # beside a firm's Latin name
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


def _doubt_chinese(reading: Reading) -> None:
    """Doubt what stands before the place or behind the last figure of an address in Chinese, where a firm stands too,
    and a name that is no person's.
    """
    details = reading.details
    if details.country not in countries.CHINESE_SERVES:
        return
    if chinese.is_local(details.local_name) and not _is_called_so(details.local_name):
        reading.doubt("local_name", "person_or_company")
    address = "".join(details.local_lines)
    is_here = details.country == countries.HONG_KONG
    if (is_here and _has_more_before(address)) or _has_more_behind(address):
        reading.doubt("local_lines", "part_of_lines")
        for name in ("company", "local_name"):
            if not getattr(details, name):
                reading.doubt(name, "part_of_lines")


def _is_called_so(local_name: str) -> bool:
    """Tell whether a name in Chinese is a firm's or somebody's, or says who they are there."""
    if chinese.kind_of(local_name) in {chinese.Kind.COMPANY, chinese.Kind.ROLE} or chinese.is_whoever(local_name):
        return True
    return all(chinese.is_person(name) or chinese.is_whoever(name) for name in local_name.split())


def _has_more_before(address: str) -> bool:
    before = re.sub(r"^(?:中[國国]|香港)", "", places.before_place(address))
    return len(before) > 2 and _FIGURE.search(before) is None


def _has_more_behind(address: str) -> bool:
    figures = list(_FIGURE.finditer(address))
    behind = address[figures[-1].end() :].strip(" ，,、") if figures else ""
    is_house = bool(behind) and figures[-1].group()[-1] in "號号" and _BUILDING.search(behind) is not None
    is_room = is_house or chinese.is_building(behind) or chinese.kind_of(behind) is chinese.Kind.DEPARTMENT
    return len(_HAN.findall(behind)) > 2 and not is_room


def _doubt_left_over(reading: Reading) -> None:
    """Say of empty fields that what fitted nowhere may be theirs, where it is written as they are."""
    details = reading.details
    for text in reading.left_over:
        kind = chinese.kind_of(text) if chinese.is_local(text) else None
        if kind is chinese.Kind.PERSON:
            reading.doubt("local_name", "left_over")
        elif kind in {chinese.Kind.COMPANY, chinese.Kind.UNKNOWN} and len(text) > 2 and not details.company:
            reading.doubt("company", "left_over")
        elif kind is None and _may_be_called_so(text):
            for name in ("name", "company"):
                if not getattr(details, name):
                    reading.doubt(name, "left_over")
        if _DIGITS.search(text) and not details.fax and labels.find(text):
            reading.doubt("fax", "left_over")


def _may_be_called_so(text: str) -> bool:
    """Tell whether a Latin text that fitted nowhere can be a name: words with capitals, and nothing that is said."""
    is_said = labels.is_label(text) or words.is_greeting(text) or words.is_role(text)
    return (
        " " in text
        and text[:1].isupper()
        and not any(letter in ".:@" or letter.isdigit() for letter in text)
        and not is_said
    )


def _starts_with_words(details: ContactDetails) -> bool:
    """Tell whether an address begins with a line without a figure, where houses have numbers: "Hill Country Goods"."""
    first, *others = [any(letter.isdigit() for letter in line) for line in details.lines] or [True]
    return details.country in _NUMBERED and not first and any(others)


def _is_no_name(name: str) -> bool:
    """Tell whether a name has nothing but the words of forms, streets and titles: "Spett.le", "House Co., Ltd."."""
    written = words.words_of(name)
    return bool(written) and all(
        word in _FORM_WORDS or word.rstrip(".") in _FORM_WORDS or labels.is_label(word) for word in written
    )


def _is_firm(company: str) -> bool:
    """Tell whether nothing but a firm can be called so: what has a legal form, no figure and nothing odd."""
    has_digit = any(letter.isdigit() for letter in company)
    return words.is_legal(company) and not has_digit and _ODD.search(company) is None


def _is_nowhere(line: str) -> bool:
    """Tell whether a line in Chinese has no figure, does not end as places do, and is more than names of places."""
    known = "".join(mention.place.chinese for mention in places.in_chinese(line))
    return _NO_BUILDING.search(line) is not None and len(line) - len(known) > 2
