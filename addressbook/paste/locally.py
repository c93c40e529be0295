"""Addresses in a local script: Chinese (Hong Kong, Macao, Taiwan, the Mainland), Japanese, Korean, Thai."""

from __future__ import annotations

import re
from dataclasses import replace

from addressbook import addresses, countries, districts
from addressbook.details import LENGTHS, MAX_LINES
from addressbook.paste import chinese, places, roads
from addressbook.paste.chinese import Kind
from addressbook.paste.cutting import Part
from addressbook.paste.reading import Reading

_POSTCODE = re.compile(r"^[〒(（]?(\d{3}-?\d{2,4}|\d{3})[)）]?$")
_POSTCODE_BEFORE = re.compile(r"^[〒(（](\d{3}-?\d{4}|\d{5})[)）]? ?|^(\d{3}|\d{5,6})(?=[\u3400-\u9fff])")


def read(parts: list[Part], reading: Reading, *, country: str) -> list[str]:
    """Read the parts in a local script: sets the local name, the local lines and what they tell of district, state and
    postcode; returns the names of companies found.
    """
    parts = _without_postcode(parts, reading, country=country)
    if country in {"JP", "KR", "TH"}:
        names, lines, companies = _by_lines(parts, country)
    else:
        names, lines, companies = _by_words(parts, reading)
    _keep_lines(lines, reading)
    text = " ".join(part.text for part in lines)
    if country == countries.HONG_KONG:
        _locate(text, reading)
    else:
        _state(text, reading, country=country)
    _keep_names(names, reading)
    return companies


def _without_postcode(parts: list[Part], reading: Reading, *, country: str) -> list[Part]:
    if not addresses.has_part(country, "postcode"):
        return parts
    rest = []
    for place, part in enumerate(parts):
        match = _POSTCODE.match(part.text)
        is_alone = match and (part.kind == "postcode" or part.sep != " " or _is_start(parts, place))
        code = addresses.postcode_of(country, match.group(1)) if match and is_alone else None
        if not code and part.is_local and (match := _POSTCODE_BEFORE.match(part.text)):
            code = addresses.postcode_of(country, match.group(1) or match.group(2))
            is_known = bool(code) and code == reading.details.postcode
            is_taken = is_known or (bool(code) and not reading.details.postcode)
            rest.append(Part(part.text[match.end() :], part.sep, part.kind, part.line) if is_taken else part)
        elif not code or reading.details.postcode:
            rest.append(part)
        if code and not reading.details.postcode:
            reading.set(postcode=code)
    return [part for part in rest if part.text]


def _is_start(parts: list[Part], place: int) -> bool:
    """Tell whether a part begins or ends its line."""
    return (
        place in {0, len(parts) - 1}
        or parts[place - 1].line != parts[place].line
        or (
            parts[place + 1].line != parts[place].line
            or parts[place + 1].sep != " "
            or parts[place + 1].kind != parts[place].kind
            or not chinese.is_local(parts[place + 1].text)
            or chinese.kind_of(parts[place + 1].text) is not Kind.ADDRESS
        )
    )


# Japanese, Korean, Thai: words behind the last one of the address are names -------------------------------------


def _by_lines(parts: list[Part], country: str) -> tuple[list[Part], list[Part], list[str]]:
    names: list[Part] = []
    lines: list[Part] = []
    for number in dict.fromkeys(part.line for part in parts):
        here = [part for part in parts if part.line == number]
        last = max((place for place, part in enumerate(here) if _is_part_of_address(part, country)), default=-1)
        lines += here[: last + 1]
        names += here[last + 1 :]
    return names, lines, []


def _is_part_of_address(part: Part, country: str) -> bool:
    if part.kind in {"name", "company"}:
        return False
    has_digit = any(letter.isdigit() for letter in part.text)
    is_state = any(part.text.startswith(state) for state in addresses.local_states(country))
    return part.kind == "address" or part.text[0] in "(（" or has_digit or is_state or chinese.is_building(part.text)


# Chinese: each word tells what it is ----------------------------------------------------------------------------


def _by_words(parts: list[Part], reading: Reading) -> tuple[list[Part], list[Part], list[str]]:
    names: list[Part] = []
    lines: list[Part] = []
    companies: list[str] = []
    unknown: list[Part] = []
    departments: list[Part] = []
    roles: list[Part] = []
    previous = Kind.UNKNOWN
    for place, part in enumerate(parts):
        text = chinese.without_received(part.text)
        kind = _kind(part, text, previous)
        if kind is Kind.PERSON and _is_road(parts, place, previous):
            kind = Kind.ADDRESS
        if kind is Kind.UNKNOWN and previous is Kind.ADDRESS and _is_within(parts, place):
            kind = Kind.ADDRESS
            reading.doubt("local_lines", "part_of_lines")
        if kind is Kind.DEPARTMENT:
            departments.append(replace(part, text=text))  # behind the address, wherever it stands: large to small
        elif kind is Kind.ADDRESS:
            lines.append(part)
        elif kind is Kind.PERSON:
            names.append(Part(text, part.sep, part.kind, part.line))
        elif kind is Kind.COMPANY:
            companies.append(text)
        elif kind is Kind.NEUTRAL and names and previous is Kind.PERSON and text.startswith(("(", "（")):
            names.append(part)
            kind = Kind.PERSON
        elif kind is Kind.ROLE:
            roles.append(replace(part, text=text))
        elif kind in {Kind.COURTESY, Kind.NEUTRAL}:
            reading.left_over.append(part.text)
        else:
            unknown.append(part)
        previous = kind
    if roles and not (names or reading.details.name):
        names.append(roles.pop())  # nobody else is named
        reading.doubt("local_name", "person_or_company")
    reading.left_over += [part.text for part in roles]
    if len(names) > 1:  # "老闆 蘇先生"
        reading.left_over += [part.text for part in names if chinese.is_whoever(part.text)]
        names = [part for part in names if not chinese.is_whoever(part.text)] or names[:1]
    _place_unknown(unknown, names, companies, reading)
    return names, [*lines, *departments], companies


def _is_within(parts: list[Part], place: int) -> bool:
    """Tell whether a word that is no firm for certain stands within an address, on one line, before its figures."""
    part, following = parts[place], parts[place + 1 : place + 2]
    if part.kind in {"name", "company"} or part.text.endswith(("公司", "集團", "集团")) or not following:
        return False
    beside = following[0]
    has_figure = any(letter.isdigit() for letter in beside.text)
    return (
        beside.line == part.line and beside.sep == " " and has_figure and chinese.kind_of(beside.text) is Kind.ADDRESS
    )


def _is_road(parts: list[Part], place: int, previous: Kind) -> bool:
    """Tell whether what could be a name is a road's, between two parts of an address: 文三路 478 號."""
    part, following = parts[place], parts[place + 1 : place + 2]
    return (
        part.kind != "name"
        and part.text[-1] in "路街道巷里村邨"
        and (previous is Kind.ADDRESS or bool(following and following[0].text[0].isdigit()))
    )


def _kind(part: Part, text: str, previous: Kind) -> Kind:
    kind = chinese.kind_of(text)
    if part.kind == "name":
        return Kind.COMPANY if kind is Kind.COMPANY else Kind.PERSON
    if part.kind == "company":
        return Kind.COMPANY
    if part.kind in {"address", "city", "district", "state"} and part.sep != ", ":
        return Kind.ADDRESS
    if kind is Kind.NEUTRAL and previous is Kind.ADDRESS and part.sep in {" ", ", "}:
        return Kind.ADDRESS
    if kind is Kind.UNKNOWN and part.kind == "address":
        return Kind.ADDRESS
    return kind


def _place_unknown(unknown: list[Part], names: list[Part], companies: list[str], reading: Reading) -> None:
    """A word that tells nothing is a company's name if there is none yet: said to be a guess."""
    for part in unknown:
        if companies:
            reading.left_over.append(part.text)
            continue
        companies.append(part.text)
        reading.doubt("company", "person_or_company")
        if not names:
            reading.doubt("local_name", "person_or_company")
        reading.doubt("local_lines", "part_of_lines")


# What was found -------------------------------------------------------------------------------------------------


def _keep_lines(parts: list[Part], reading: Reading) -> None:
    lines: list[str] = []
    line = -1
    for part in parts:
        if lines and part.line == line:
            comma = "，" if "\u3400" <= part.text[0] <= "\u9fff" else ", "
            lines[-1] += (comma if part.sep == ", " else " ") + part.text
        else:
            lines.append(part.text)
        line = part.line
    while len(lines) > MAX_LINES and len(lines[-2]) + len(lines[-1]) < LENGTHS["local_lines"]:
        lines[-2:] = [f"{lines[-2]} {lines[-1]}"]
    kept = [line for line in lines if len(line) <= LENGTHS["local_lines"]][:MAX_LINES]
    if kept != lines:
        reading.left_over += [line for line in lines if line not in kept]
        reading.doubt("local_lines", "too_long")
    reading.set(local_lines=kept)


def _keep_names(parts: list[Part], reading: Reading) -> None:
    text = ""
    for part in parts:
        is_another = part.sep == ", " and text and part.kind != "name" and chinese.is_person(part.text)
        text += (" / " if is_another and chinese.is_person(text) else " " if text else "") + part.text
    if len(parts) > 1 and not any(part.kind == "name" for part in parts) and len({part.line for part in parts}) > 1:
        reading.doubt("local_name", "person_or_company")
    reading.set(local_name=text)


def _locate(text: str, reading: Reading) -> None:
    """Set the district by the first locality named; what only names a road or a building counts least."""
    if not text or reading.details.district:
        return
    mentions = places.in_chinese(text)
    strong = [mention.place for mention in mentions if not mention.is_weak]
    if not strong:
        strong = [mention.place for mention in mentions]
        reading.doubt("district", "district_from_name" if strong else "no_district")
    if not strong or not any(not mention.is_weak for mention in mentions):
        road = roads.by_road(text)
        if road:
            reading.set(district=road.name, state=road.area)
            del reading.doubts["district"]
            reading.doubt("district", "district_from_name")
            return
    if not strong:
        _area(text, reading)
        return
    whole = [place for place in strong if place.chinese == place.districts[0].traditional]
    chosen = (whole or strong)[0]
    sure = {place.districts[0] for place in strong if len(place.districts) == 1}
    if len(sure) > 1 or (len(chosen.districts) > 1 and not whole):
        reading.doubt("district", "several_districts")
    reading.set(district=chosen.districts[0].name, state=chosen.districts[0].area)


def _area(text: str, reading: Reading) -> None:
    known = places.traditional(text)
    for area, (spelling, _simplified) in reversed(districts.AREAS.items()):
        if spelling in known:
            reading.set(state=area)
            return


def _state(text: str, reading: Reading, *, country: str) -> None:
    known = places.traditional(text)
    found = [
        (known.index(places.traditional(spelling)), -len(spelling), state)
        for spelling, state in addresses.local_states(country).items()
        if places.traditional(spelling) in known
    ]
    if found:
        reading.set(state=min(found)[2])
