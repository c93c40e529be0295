"""Sorting the Latin parts of an address: who it is for, which lines it has, what belongs to neither."""

from __future__ import annotations

import re
from typing import NamedTuple

from addressbook.details import LENGTHS, MAX_LINES
from addressbook.paste import places, words
from addressbook.paste.cutting import Part
from addressbook.paste.reading import Reading

_WIDTHS = (40, 55, 75, LENGTHS["lines"])  # letters of a line: as short as four lines allow

_DEPARTMENT_AND_FIRM = re.compile(r"(.{2,40}\b(?:dept|department|division)\b\.?)[ ,]+(.{4,})$", re.IGNORECASE)
_HOUSES_HAVE_NAMES = frozenset({"GB", "IE", "FR", "IT", "ES", "PT", "IN", "LK", "MT", "AE"})


_ROOMS = frozenset({"library", "laboratory", "clinic", "canteen", "museum", "pharmacy", "gallery"})


class _Where(NamedTuple):
    """Where a part stands: whether the text has a street or a tail at all, and whether the part is within or above."""

    has_street: bool
    has_tail: bool
    is_inside: bool
    is_before: bool


class Sorted:
    """Names, companies and lines, as they are found."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.companies: list[str] = []
        self.lines: list[Part] = []
        self.above = 0  # how many lines stood behind the address, and belong above it
        self.named_on = -1  # the line on which a label names somebody
        self.is_named_below = False  # a label names somebody behind the first part


def sort(parts: list[Part], *, end: int, soft_end: int, reading: Reading) -> Sorted:
    """Sort parts into names, companies and lines.

    `end` is the place of the last part that belongs to the address; behind it stand a name or a company at most.
    `soft_end` is that of the last one before the country: a name may still stand there, where none stands above.
    """
    found = Sorted()
    rest = _labelled(parts, found)
    if rest and words.may_be_surname(rest[0][1].text) and len(rest) > 1 and not found.names:
        found.names.append(rest.pop(0)[1].text)
        reading.doubt("name", "person_or_company")
        reading.doubt("lines", "part_of_lines")
    if _starts_with_firm(rest, found):
        firm = rest.pop(0)[1].text
        found.companies.append(firm)
        if not words.is_body(firm):
            reading.doubt("company", "person_or_company")
        if not words.has_trade(firm) and "&" not in firm:
            reading.doubt("lines", "part_of_lines")
    first = next((place for place, part in rest if _is_address(part.text)), None)
    addresses = [place for place, part in rest if _is_address(part.text) and not words.is_care_of(part.text)]
    last = max(addresses, default=end)
    last = max(last, end)
    if found.names or found.companies or any(place < (first or 0) for place, _part in rest):
        last = max(last, soft_end)
    after_greeting = False
    for place, part in rest:
        if after_greeting and found.names and len(part.text.split()) < 4 and not words.is_address(part.text):
            reading.left_over.append(part.text)  # "thanks, Jean"
            continue
        if after_greeting and any(later.text.startswith(f"{part.text} ") for at, later in rest if at > place):
            reading.left_over.append(part.text)  # "Best, Timothy", and below it the whole name
            continue
        after_greeting = words.is_greeting(part.text)
        is_title = words.has_title(part.text) and not found.names
        where = _Where(
            has_street=first is not None,
            has_tail=max(end, soft_end) >= 0,
            is_inside=first is not None and first <= place <= last and not is_title,
            is_before=first is None or place < first,
        )
        _place(part, found, reading, where)
    _take_whole_for_room(found)
    _doubt_lines(found, reading)
    return found


def _take_whole_for_room(found: Sorted) -> None:
    """Take the school, and not the library above it, for whom it is: "The Library, Westbrook College"."""
    whole = next((part for part in found.lines if _is_body(part.text) and " " in part.text), None)
    if whole and found.companies and found.companies[0].casefold().removeprefix("the ") in _ROOMS:
        found.companies[0], whole.text = whole.text, found.companies[0]


def _doubt_lines(found: Sorted, reading: Reading) -> None:
    """Say so where a line looks like what was not found elsewhere: a person, a locality."""
    ends = [found.lines[0].text, found.lines[-1].text] if found.lines else []
    if any(
        not words.is_address(text) and not words.is_care_of(text) and not words.is_department(text) for text in ends
    ):
        reading.doubt("lines", "part_of_lines")
    # Within an address it is a building: "Tower 2, Grand Promenade, 38 Tai Hong Street".
    sought = ends if found.names else [part.text for part in found.lines]
    looks = [text for text in sought if words.is_person(text) and not _is_address(text)]
    if looks and not (found.names and found.companies):
        reading.doubt("lines", "part_of_lines")
        reading.doubt("name", "person_or_company") if not found.names else None
    if any(places.in_english(part.text) for part in found.lines):
        reading.doubt("lines", "part_of_lines")
        reading.doubt("city", "by_position")


def _labelled(parts: list[Part], found: Sorted) -> list[tuple[int, Part]]:
    """Take what a label named; return the rest, each with its place."""
    rest = []
    given: list[str] = []
    for place, part in enumerate(parts):
        if part.kind == "name":
            found.is_named_below, found.named_on = place > 0, part.line if part.sep == "\n" else -1
            (found.companies if _is_firm(part.text) else found.names).append(part.text)
        elif part.kind == "company":
            found.companies.append(part.text)
        elif part.kind in {"first", "last"}:
            given.append(part.text)
        else:
            rest.append((place, part))
    if given:
        found.names.insert(0, " ".join(given))
    return rest


def _starts_with_firm(rest: list[tuple[int, Part]], found: Sorted) -> bool:
    """Tell whether the first part is a firm: it looks like one, or stands above a flat and a street, and is nobody."""
    if len(rest) < 2 or found.companies:
        return False
    text, below = rest[0][1].text, [part.text for _place, part in rest[1:]]
    if not found.names and words.looks_like_a_firm(text):
        return True
    is_above_flat = words.is_unit(below[0]) and not words.is_company(below[0])
    if not is_above_flat or not any(words.has_street(later) for later in below):
        return False
    speaks = (
        words.is_unit(text)
        or words.is_care_of(text)
        or words.is_department(text)
        or words.is_role(text)
        or words.is_greeting(text)
        or words.has_title(text)
        or words.is_legal(text)
    )
    if speaks or any(letter.isdigit() for letter in text) or places.in_english(text):
        return False
    return words.has_trade(text) or (bool(found.names) and not words.is_address(text))


def _is_firm(text: str) -> bool:
    """Tell whether what is behind "Attention:" is a firm, and neither somebody nor a department of one."""
    return words.is_company(text) and not words.has_title(text) and not words.is_department(text)


def _is_body(text: str) -> bool:
    """Tell whether a line is the name of a school, a hospital and the like, and not what an address is beside."""
    return words.is_institution(text) and not words.is_beside(text) and not words.is_care_of(text)


def _is_shop(text: str, found: Sorted) -> bool:
    """Tell whether a part looks like a firm's name; below somebody's, "The Old Forge" is a house."""
    is_house = text.startswith("The ") and bool(found.names) and not found.lines and not words.has_trade(text)
    return words.looks_like_a_firm(text) and not is_house


def _is_address(text: str) -> bool:
    speaks = words.is_legal(text) or words.has_title(text) or words.is_greeting(text) or words.ends_with_role(text)
    return (words.is_address(text) or words.is_care_of(text)) and not speaks


def _place(part: Part, found: Sorted, reading: Reading, where: _Where) -> None:
    text = part.text
    if (match := _DEPARTMENT_AND_FIRM.match(text)) and words.is_legal(match.group(2)) and not found.companies:
        found.lines.insert(0, Part(match.group(1), "\n"))  # "SHIPPING DEPT. ASIA PEARL LTD"
        found.companies.append(match.group(2))
        reading.doubt("company", "person_or_company")
        reading.doubt("lines", "part_of_lines")
    elif words.is_greeting(text):
        reading.left_over.append(text)
    elif words.is_department(text) or words.is_care_of(text):
        is_behind = bool(found.lines) and not (where.is_inside or where.is_before)
        found.lines.insert(found.above if is_behind else len(found.lines), part)  # small to large
        found.above += is_behind
    elif words.is_role(text) and text.startswith("The ") and not found.names:
        found.names.append(text)
    elif words.is_role(text) and not where.is_inside:
        reading.left_over.append(text)
    elif where.is_inside and not found.companies and part.sep == "\n" and _is_body(text):
        found.companies.append(text)  # between its department and its street
        reading.doubt("lines", "part_of_lines")
    elif words.is_legal(text) or (words.is_company(text) and not (where.is_inside and _after_unit(found))):
        _company(part, found, reading)
    elif where.is_inside:
        speaks = any(letter.isdigit() for letter in text) or words.is_unit(text) or words.has_street(text)
        if not found.lines and not speaks:
            # Addresses begin with a flat or a number; what begins with a name may begin with a company's.
            reading.doubt("lines", "part_of_lines")
            reading.doubt("company", "person_or_company")
        found.lines.append(part)
    elif not where.is_inside and not found.companies and _is_shop(text, found):
        found.companies.append(text)
        reading.doubt("company", "person_or_company")
    elif not found.names and words.is_person(text):
        found.names.append(text)
        if words.may_be_thing(text) and not found.companies:
            reading.doubt("name", "person_or_company")
            reading.doubt("company", "person_or_company")
        if places.within_english(text) or "hong kong" in text.casefold():
            reading.doubt("name", "person_or_company")  # "Hong Kong Animal Friends"
            reading.doubt("company", "person_or_company")
    elif not where.has_street and (found.names or found.companies or where.has_tail):
        # No part has a figure or a word of an address: lines, for what they are worth.
        found.lines.append(part)
        reading.doubt("lines", "part_of_lines")
    elif not where.has_street:
        reading.left_over.append(text)
    else:
        _unclear(part, found, reading, is_before=where.is_before)


def _after_unit(found: Sorted) -> bool:
    """Tell whether a flat, a floor or a number has been read: what follows is a building then, and no company."""
    return any(any(letter.isdigit() for letter in part.text) for part in found.lines)


def _company(part: Part, found: Sorted, reading: Reading) -> None:
    is_whole = words.is_legal(part.text) or (words.is_institution(part.text) and words.is_faculty(found.companies[:1]))
    if found.companies and is_whole and not words.is_legal(found.companies[0]):
        # A laboratory, a shop or a hotel, and the firm that has it.
        found.lines.insert(0, Part(found.companies[0], "\n"))
        found.companies[0] = part.text
        reading.doubt("company", "person_or_company")
        reading.doubt("lines", "part_of_lines")
    elif found.companies:
        found.lines.append(part)
        reading.doubt("company", "person_or_company")
        reading.doubt("lines", "part_of_lines")
    else:
        found.companies.append(part.text)
        if not (words.is_legal(part.text) or words.is_body(part.text)):
            reading.doubt("company", "person_or_company")


def _unclear(part: Part, found: Sorted, reading: Reading, *, is_before: bool) -> None:
    """Place what could be a person, a company or a part of the address, and say so."""
    if part.line == found.named_on and part.text.isalpha():
        found.names[0] += f" / {part.text}"  # "Attn: Accounts / Yvonne"
        return
    if words.has_title(part.text) and found.names and not (words.has_title(found.names[0]) or found.companies):
        # Who has a title is the person; what was taken for one is a firm.
        found.companies.append(found.names[0])
        found.names[0] = part.text
        reading.doubt("name", "person_or_company")
        reading.doubt("company", "person_or_company")
        return
    is_first = is_before and not (found.lines or found.companies)
    if is_first and found.names and found.is_named_below and not places.within_english(part.text):
        found.companies.append(part.text)  # above "Attention: ..."
        reading.doubt("company", "person_or_company")
        reading.doubt("lines", "part_of_lines")
    elif is_first and found.names and _is_line_of_firm(part, reading):
        found.companies.append(part.text)
        reading.doubt("company", "person_or_company")
        reading.doubt("lines", "part_of_lines")
    elif is_before and found.names and not found.lines:
        found.lines.append(part)
        reading.doubt("lines", "part_of_lines")
        reading.doubt("company", "person_or_company")
    elif not found.names:
        found.names.append(part.text)
        reading.doubt("name", "person_or_company")
        reading.doubt("company", "person_or_company")
        reading.doubt("lines", "part_of_lines")
    elif not found.companies and not is_before:
        found.companies.append(part.text)
        reading.doubt("company", "person_or_company")
    elif is_before:
        found.lines.append(part)
        reading.doubt("lines", "part_of_lines")
    else:
        reading.left_over.append(part.text)


def _is_line_of_firm(part: Part, reading: Reading) -> bool:
    """Tell whether a line below somebody's name is a firm's: where houses have numbers, and no names of their own."""
    is_place = words.is_address(part.text) or places.within_english(part.text) is not None
    return part.sep == "\n" and not is_place and reading.details.country not in _HOUSES_HAVE_NAMES


def packed(parts: list[Part], reading: Reading) -> list[str]:
    """Return parts as at most four lines: as they stood where that fits, else as few as are needed."""
    standing: list[str] = []
    for part in parts:
        if part.sep == "\n" or not standing:
            standing.append(part.text)
        else:
            standing[-1] += f"{part.sep}{part.text}"
    if 1 < len(standing) <= MAX_LINES and all(len(line) <= _WIDTHS[1] for line in standing):
        return standing
    for width in _WIDTHS:
        lines = _filled([part.text for part in parts], width)
        if len(lines) <= MAX_LINES and all(len(line) <= LENGTHS["lines"] for line in lines):
            return lines
    kept = [line for line in lines if len(line) <= LENGTHS["lines"]][:MAX_LINES]
    reading.left_over += [line for line in lines if line not in kept]
    reading.doubt("lines", "too_long")
    return kept


def _filled(texts: list[str], width: int) -> list[str]:
    lines: list[str] = []
    for text in texts:
        if lines and len(lines[-1]) + 2 + len(text) <= width:
            lines[-1] += f", {text}"
        else:
            lines.append(text)
    return lines
