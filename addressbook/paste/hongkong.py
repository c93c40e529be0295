"""Hong Kong addresses in English: areas, localities and the district they lie in, flat to street above them."""

from __future__ import annotations

import re
from dataclasses import replace

from addressbook import districts
from addressbook.paste import lands, people, places, roads, words
from addressbook.paste.cutting import Part
from addressbook.paste.reading import Reading

_ROAD_BEFORE = frozenset(["road", "rd", "street", "st", "avenue", "ave", "drive", "lane"])
_ZEROS = re.compile(r"(?<=[A-Za-z.]) (?:999077|0{3,6})$")  # in place of a postcode that Hong Kong has not
_ASIDE = re.compile(r" \([^()\d]{2,60}\)$")
_GLUED = "  "  # before what was cut from the end of a part, and goes back where it proves to be a line's
_LOT = re.compile(r"^\(?(?:D\.?D\.?|Lot)[ .]?\d", re.IGNORECASE)
_NO_POSTCODE = re.compile(r"^(?:999077|0{3,6}|n/?a)$", re.IGNORECASE)


def read(parts: list[Part], reading: Reading) -> people.Sorted:
    """Read the Latin parts of an address in Hong Kong: sets city, district and area; returns who and which lines."""
    for part in parts:
        aside = _ASIDE.search(part.text) if part.kind in {"", "address"} else None
        bare = part.text[: aside.start()] if aside else ""
        if aside and (_is_named(bare) or _only_places(bare)):
            part.text = bare  # "Central HK (no lift!)"
            reading.left_over.append(aside.group().strip(" ()"))
    parts = [piece for part in parts for piece in _unrolled(part)]
    rest, found, end, soft_end = [], [], -1, -1
    figures = [place for place, part in enumerate(parts) if _has_figure(part)]
    while len(figures) > 1 and _LOT.match(parts[figures[-1]].text):
        figures.pop()  # a lot's number in brackets, behind the area
    for at, part in enumerate(parts):
        text = part.text.strip(" .")
        place = places.in_english(text)
        is_outside = not figures or at < figures[0] or at > figures[-1]
        is_line = place is not None and (place.is_site or words.has_street(text))
        if is_line and any(places.in_english(later.text) for later in parts[at + 1 :]):
            is_outside = False  # an estate, a site or a street with a station above its locality is a line
            reading.doubt("lines", "part_of_lines")
            reading.doubt("city", "by_position")
        if _NO_POSTCODE.match(text) or part.kind == "postcode":
            reading.left_over.append(part.text)
        elif part.kind in {"name", "company", "first", "last"}:
            rest.append(part)
        elif (area := _area(text)) and not (area == districts.HONG_KONG and lands.named(text)):
            reading.set(state=area)
            end = len(rest) - 1
        elif lands.named(text) in {"HK", "CN"}:
            soft_end = len(rest) - 1
        elif (place and is_outside) or part.kind in {"city", "district"}:
            found.append((text, place))
            end = len(rest) - 1
        elif part.sep == _GLUED and rest and at and parts[at - 1] is rest[-1]:
            rest[-1].text += f" {part.text}"  # an estate above its locality, as it was written
            parts[at] = rest[-1]
        else:
            rest.append(part)
    _locate(found, rest, reading)
    return people.sort(rest, end=end, soft_end=soft_end, reading=reading)


def _has_figure(part: Part) -> bool:
    return part.kind in {"", "address"} and any(letter.isdigit() for letter in part.text)


def _area(text: str) -> str:
    found = districts.find_area(text) or districts.find_area(text.replace(".", "").replace(" ", ""))
    return found or ("Hong Kong" if places.bare(text) in {"hongkongisland", "hkisland", "hki"} else "")


def _unrolled(part: Part) -> list[Part]:
    """Part what was written without commas: "Ann Lee Flat 8 12/F Laguna City Lam Tin Kowloon"."""
    if part.kind not in {"", "address"}:
        return [part]
    text = part.text = _ZEROS.sub("", part.text)
    if not _has_figure(part) and (named := _only_places(text)):
        return [replace(part, text=name, sep=part.sep if at == 0 else ", ") for at, name in enumerate(named)]
    tail: list[Part] = []
    written, has_figure = text.split(" "), any(letter.isdigit() for letter in text)
    while len(written) > 2 and words.is_address(text):
        taken = next((count for count in (4, 3, 2, 1) if _is_tail(written, count)), 0)
        if not (taken and (has_figure or words.is_address(written[-taken - 1]))):
            break
        tail.insert(0, Part(" ".join(written[-taken:]), _GLUED, line=part.line))
        written = written[:-taken]
    head = " ".join(written)
    who, rest = words.head_of(head) if part.sep == "\n" else ("", head)
    if who:
        return [replace(part, text=who, kind=""), Part(rest, "\n", line=part.line), *tail]
    return [replace(part, text=head), *tail]


def _only_places(text: str) -> list[str]:
    """Part a text in which nothing but places and areas are named: "Kowloon Hong Kong", "Kwai Chung N.T."."""
    written, found = text.split(" "), list[str]()
    while written:
        count = next((n for n in (4, 3, 2, 1) if n <= len(written) and _is_named(" ".join(written[:n]))), 0)
        if not count:
            return []
        found.append(" ".join(written[:count]))
        written = written[count:]
    return found if len(found) > 1 and any(not places.in_english(name) for name in found) else []


def _is_named(text: str) -> bool:
    return bool(_area(text) or places.in_english(text) or lands.named(text) == "HK")


def _is_tail(written: list[str], count: int) -> bool:
    """Tell whether the last words name a place or an area, and not the end of a street's name, as in Road Central."""
    if count >= len(written):
        return False
    tail, before = " ".join(written[-count:]), written[-count - 1].casefold()
    if before in _ROAD_BEFORE and count == 1 and tail.casefold() in {"central", "east", "west"}:
        return False
    return bool(_area(tail) or places.in_english(tail))


def _locate(found: list[tuple[str, places.Place | None]], rest: list[Part], reading: Reading) -> None:
    """Set the district by the localities named, and the city to those that are no district."""
    known = [place for _text, place in found if place]
    whole = [place for place in known if len(place.districts) == 1 and place.english == place.districts[0].name]
    if not known:
        _guess(rest, reading)
    else:
        among = {place.districts for place in known}
        district = (whole or known)[-1].districts[0]
        if (len(known[-1].districts) > 1 and not whole) or len({one[0] for one in among}) > 1:
            reading.doubt("district", "several_districts")
        reading.set(district=district.name, state=district.area)
    city = ", ".join(text for text, place in found if place is None or place not in whole)
    reading.set(city=city)


def _guess(rest: list[Part], reading: Reading) -> None:
    """Look for a locality in the names of estates, buildings and streets; say that it is a guess."""
    for part in reversed(rest):
        road = roads.by_road(part.text) if part.kind in {"", "address"} else None
        if road and reading.details.state in {"", road.area}:
            reading.set(district=road.name, state=road.area)
            reading.doubt("district", "district_from_name")
            return
    for part in reversed(rest):
        place = places.within_english(part.text) if part.kind in {"", "address"} else None
        if place and reading.details.state in {"", place.districts[0].area}:
            district = place.districts[0]
            reading.set(district=district.name, state=district.area)
            reading.doubt("district", "district_from_name")
            return
    reading.doubt("district", "no_district")
