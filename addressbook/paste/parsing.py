"""Reading a pasted text from end to end: the country, the parts, each script, and the numbers; see the package."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import phonenumbers

from addressbook import addresses, countries, phones
from addressbook.details import LENGTHS, ContactDetails
from addressbook.paste import abroad, chinese, doubting, hongkong, lands, locally, people, places, words
from addressbook.paste.cutting import Cut, Part, cut, lines_of
from addressbook.paste.reading import Reading

# Where addresses are written in a script of their own, and figures stand among its words.
_WRITE_LOCALLY = countries.CHINESE_SERVES | {"JP", "KR", "TH"}
_COUNTRY_BEFORE = re.compile(r"(?:台灣|臺灣|台湾|中國|中国|日本|大韓民國|대한민국 ?|한국 ?)(?=.{2})(?!省)")


def parse(text: str, *, country: str = countries.HONG_KONG) -> Reading:
    """Read a pasted text, of which the first 2,000 characters count; `country` is taken where the text names none."""
    reading = Reading()
    lines = lines_of(text)
    code, is_sure = _country(lines, country)
    reading.set(country=code)
    if not is_sure:
        reading.doubt("country", "no_country")
    found = cut(lines, country=code)
    reading.left_over += found.left_over
    _read_parts(found.parts, reading, country=code)
    _read_reach(found, reading)
    _shorten(reading)
    doubting.doubt(reading, is_named=any(part.kind in {"name", "first", "last"} for part in found.parts))
    if reading.left_over:
        reading.left_over = list(dict.fromkeys(reading.left_over))
    return reading


def _country(lines: list[str], assumed: str) -> tuple[str, bool]:
    """Return the country that the text is about, and whether it says so."""
    parts = cut(lines, country=assumed)
    texts = [
        part.text
        for part in parts.parts
        if part.kind not in {"name", "company"} and not (part.sep == " " and len(part.text) < 4 and part.text.isascii())
    ]
    labelled = next((lands.named(part.text) for part in parts.parts if part.kind == "country"), "")
    if labelled:
        is_here = labelled == "CN" and any(lands.named(text) == "HK" for text in texts)  # "Country: China, Hong Kong"
        return ("HK" if is_here else labelled), True
    in_hong_kong = lands.is_hong_kong(texts)
    if code := _named(texts, skip_places=in_hong_kong):
        return ("HK", True) if in_hong_kong and _dials_home(parts) else (code, True)
    if code := lands.by_writing(lines):
        return code, True
    if in_hong_kong:
        return "HK", True
    if code := lands.by_habit([*lines, *texts]):
        return code, False
    return _dialled(parts) or assumed, False


def _dialled(parts: Cut) -> str:
    """Return the country of a telephone number written with its code, or nothing."""
    for written, normal in parts.phones:
        number = phones.parse(normal, country="HK") if normal and written.startswith(("+", "00", "(+")) else None
        region = phonenumbers.region_code_for_number(number) if number else None
        if region in countries.codes():
            return region
    return ""


def _dials_home(parts: Cut) -> bool:
    return any(normal and normal.startswith("+852") for _written, normal in parts.phones)


def _named(texts: list[str], *, skip_places: bool) -> str:
    """Return the country named last; one that is also a place of Hong Kong ("Jordan") does not count beside others."""
    for place, text in reversed([*enumerate(texts)]):
        if skip_places and places.in_english(text):
            continue
        if text == "CI" and any(lands.is_channel_island(other) for other in texts):
            continue
        is_end = bool(lands.named_at_end(text)[0])  # "MA 02143 USA"
        if not is_end and lands.is_state_code(text, " ".join(texts[place + 1 : place + 2])):
            continue
        if code := lands.named(text):
            return "HK" if code == "CN" and any(lands.named(other) == "HK" for other in texts) else code
        code, _before = lands.named_at_end(text)
        if not code and (words := text.split(" ")) and len(words) > 1 and words[-1].isdigit():
            before = " ".join(words[:-1])
            code = lands.named(before) or lands.named_at_end(before)[0]  # "Singapore 560123"
        if code:
            return "HK" if code == "CN" and any(lands.named(other) == "HK" for other in texts) else code
    return ""


def _read_parts(parts: list[Part], reading: Reading, *, country: str) -> None:
    """Read the parts in the local script, then the Latin ones, and put the two together."""
    unknown = [part.text for part in parts if part.kind == "country" and not lands.named(part.text)]
    if unknown:
        reading.left_over += unknown
        reading.doubt("country", "no_country")
    parts = [part for part in parts if part.kind != "country"]
    _note_twins(parts)
    local: list[Part] = []
    if any(part.is_local for part in parts):
        is_there = country == "TH" or any(_is_local_address(part) for part in parts)
        local = [
            part
            for place, part in enumerate(parts)
            if part.is_local or (is_there and _is_figure(parts, place, country=country))
        ]
    latin = [part for part in parts if not any(part is other for other in local)]
    # A country's own name tells nothing more; Hong Kong's stands at the head of many a line.
    local = [part for part in local if country == countries.HONG_KONG or lands.named(part.text) != country]
    local = [_without_country(part, country) for part in local]
    companies = locally.read(local, reading, country=country) if local else []
    before = reading.details
    found = _read_latin(latin, reading, country=country)
    if before.local_lines:
        _keep_what_local_lines_told(reading, before, has_latin_lines=bool(found.lines))
    local_name = reading.details.local_name
    if reading.details.local_lines and not found.names and (not local_name or chinese.is_whoever(local_name)):
        _take_given_name(found, reading)
    _keep(found, companies, reading, country=country)


def _note_twins(parts: list[Part]) -> None:
    """Take a name in the local script, right behind a firm's in Latin letters and above all figures, for the same firm:
    "Evergreen Home for the Elderly 長青護老院".
    """
    for before, part in pairwise(parts):
        if before.line == part.line and before.is_local and not part.is_local and words.may_be_thing(part.text):
            is_firm = before.is_free and part.is_free and chinese.kind_of(before.text) is chinese.Kind.COMPANY
            if is_firm:
                before.kind = part.kind = "company"  # 陳記單車 Chan Kee Bicycles
    for before, part in pairwise(parts):
        if any(letter.isdigit() for letter in before.text + part.text) or before.is_local:
            return
        is_firm = words.is_company(before.text) or words.is_body(before.text) or words.looks_like_a_firm(before.text)
        is_name = len(part.text) > 3 and not (chinese.is_person(part.text) or lands.named(part.text))
        if is_firm and part.is_local and part.is_free and is_name and not _is_place(part.text):
            part.kind = "company"
            return


def _is_place(text: str) -> bool:
    """Tell whether a text in Chinese is an area, a district or a street."""
    return text[-1] in "區区路街道邨村苑" or (len(text) < 6 and bool(places.in_chinese(text)))


def _take_given_name(found: people.Sorted, reading: Reading) -> None:
    """Take a lone Latin word beside an address in the local script for somebody's given name."""
    given = next((text for text in reading.left_over if re.fullmatch(r"[A-Z][a-z]{2,15}", text)), "")
    if given:
        reading.left_over.remove(given)
        reading.left_over += [reading.details.local_name] if reading.details.local_name else []
        reading.set(local_name="")
        found.names.append(given)
        reading.doubt("name", "person_or_company")


def _without_country(part: Part, country: str) -> Part:
    """Take the country's name from before its first province: 台灣台南市 ..."""
    name = _COUNTRY_BEFORE.match(part.text)
    if country in {"TW", "CN", "JP", "KR"} and name and lands.named(name.group()) == country:
        return replace(part, text=part.text[name.end() :])
    return part


def _read_latin(parts: list[Part], reading: Reading, *, country: str) -> people.Sorted:
    if country == countries.HONG_KONG:
        return hongkong.read(parts, reading)
    if reading.details.local_lines and not any(letter.isdigit() for part in parts for letter in part.text):
        # The address stands in the local script: these are names.
        named = [part for part in parts if lands.named(part.text) != country]
        return people.sort(named, end=-1, soft_end=-1, reading=reading)
    return abroad.read(parts, reading, country=country)


def _keep_what_local_lines_told(reading: Reading, before: ContactDetails, *, has_latin_lines: bool) -> None:
    """Let district, state and postcode of the local lines stand where the Latin ones say none."""
    after = reading.details
    if not after.district:
        reading.set(district=before.district, state=before.state or after.state)
    reading.set(state=reading.details.state or before.state, postcode=after.postcode or before.postcode)
    for name in ("city", "state", "postcode", "district"):
        is_told = bool(getattr(reading.details, name)) if has_latin_lines else True
        if is_told and reading.doubts.get(name) in {"by_position", "no_postcode", "no_district"}:
            del reading.doubts[name]


def _is_local_address(part: Part) -> bool:
    """Tell whether a part in a local script is one of an address, and not only a name beside a Latin one."""
    has_digit = any(letter.isdigit() for letter in part.text)
    return part.is_local and (has_digit or chinese.kind_of(part.text) is chinese.Kind.ADDRESS)


def _is_figure(parts: list[Part], place: int, *, country: str) -> bool:
    """Tell whether a part without letters of a local script belongs to one: a number, a code, a word among others."""
    part = parts[place]
    if part.text.strip("〒()（）").replace("-", "").isdigit():
        return country in _WRITE_LOCALLY
    if part.sep != " " or place == 0 or parts[place - 1].line != part.line:
        return False
    if part.text[0] in "(（":
        return True
    if " " in part.text:  # "WE GO MALL", before the floor that it has
        before, behind = parts[place - 1], parts[place + 1 : place + 2]
        within = before.is_local and bool(behind) and behind[0].is_local and behind[0].line == part.line
        return within and words.is_address(part.text) and chinese.kind_of(behind[0].text) is chinese.Kind.ADDRESS
    following = parts[place + 1] if place + 1 < len(parts) and parts[place + 1].line == part.line else None
    has_digit = any(letter.isdigit() for letter in part.text)
    return has_digit or (following is not None and (following.is_local or following.text[0].isdigit()))


def _keep(found: people.Sorted, companies: list[str], reading: Reading, *, country: str) -> None:
    """Write names, companies and lines into the contact; second ones are left over."""
    lines = people.packed(found.lines, reading)
    name, *more_names = found.names or [""]
    company, *more = found.companies or [""]
    local = [reading.details.local_name] if reading.details.local_name else []
    if company or country not in countries.CHINESE_SERVES:
        local = [*companies, *local]
    elif companies:
        company, *more = companies
    reading.set(name=name, company=company, lines=lines, local_name=" ".join(local))
    reading.left_over += [*more_names, *more]
    if more_names:
        reading.doubt("name", "person_or_company")
    if more:
        reading.doubt("company", "person_or_company")
    if not (name or company or reading.details.local_name):
        reading.doubt("name", "no_name")
        reading.doubt("lines", "part_of_lines")
        if reading.details.local_lines:
            reading.doubt("local_name", "no_name")
            reading.doubt("company", "no_name")
            reading.doubt("local_lines", "part_of_lines")
    if any(letter.isdigit() for letter in company):
        reading.doubt("company", "person_or_company")
    if not lines and not reading.details.local_lines:
        reading.doubt("lines", "no_address")


def _read_reach(found: Cut, reading: Reading) -> None:
    for name, many, numbers in (("phone", "several_numbers", found.phones), ("fax", "several_numbers", found.faxes)):
        for place, (written, normal) in enumerate(numbers):
            if place == 0:
                reading.set(**{name: normal or written})
                if normal is None:
                    reading.doubt(name, "not_a_number")
            elif normal != getattr(reading.details, name) or normal is None:
                reading.left_over.append(written)
                reading.doubt(name, many)
    emails = list(dict.fromkeys(found.emails))
    reading.set(email=emails[0] if emails else "")
    if len(emails) > 1:
        reading.left_over += emails[1:]
        reading.doubt("email", "several_emails")


def _shorten(reading: Reading) -> None:
    """Move what no field of a contact can hold to what is left over."""
    for name in ("name", "company", "city", "district", "state", "postcode", "local_name", "phone", "fax", "email"):
        value = getattr(reading.details, name)
        if len(value) > LENGTHS[name]:
            reading.left_over.append(value)
            reading.set(**{name: ""})
            reading.doubt(name, "too_long")
    if not addresses.has_part(reading.details.country, "district") and reading.details.country != countries.HONG_KONG:
        reading.set(district="")
