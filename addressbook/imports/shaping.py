"""A row as a contact: its cells put together, countries and districts recognised, nothing guessed without a word."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from addressbook import addresses, columns, countries, districts
from addressbook.columns import LINES, LOCAL_LINES
from addressbook.details import LENGTHS, MAX_LINES, ContactDetails
from addressbook.imports import lands
from addressbook.imports.quoting import unquoted
from addressbook.paste import places

# What spreadsheet programs make of long numbers; the digits are gone.
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+]?\d+")
# Whatever has all of these was written by us: nothing in it is guessed, split or left out.
_OURS = frozenset(column.name for column in columns.COLUMNS)
_DIGITS_MATTER = ("phone", "fax", "postcode")
_REACHES = ("email", "phone", "fax")
_GOOGLE = ":::"  # between several values in one cell
_OF_SEVERAL = {"tags", "notes", "further"}  # which take all of them
_OF_ADDRESS = (*LINES, "address", "city", "district", "state", "postcode", "country")
_HEADINGS = {column.name: column.english for column in columns.TARGETS}
_GOOGLE_OWN = {"mycontacts", "starred"}
_YES = {"yes", "y", "true", "1", "x", "on", "是", "有", "✓"}
_NO = {"no", "n", "false", "0", "off", "否", "無", "无"}
_MOST_CELL = 4_000  # characters of a cell that are looked at: more fits no field


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a row, or (`is_doubt`) should be looked at: the column it is about, and a code."""

    column: str
    code: str
    is_doubt: bool = False


@dataclass
class Shaped:
    """A contact as a row has it, not yet checked."""

    details: ContactDetails
    flaws: list[Flaw] = field(default_factory=list)


def shaped(
    cells: Sequence[str], chosen: Sequence[str], *, country: str, flaws: Sequence[tuple[int, str]] = ()
) -> Shaped:
    """Make a contact of a row. `chosen`: the column of each cell; `country` is taken where the row names none."""
    values = {name: _text(cell) for cell, name in zip(cells, chosen, strict=False) if name}
    found = [_flaw_of(place, code, chosen) for place, code in flaws if place < 0 or _is_used(place, chosen)]
    if len(cells) > len(chosen) and any(cell.strip() for cell in cells[len(chosen) :]):
        found.append(Flaw("", "extra_cells"))
    is_ours = values.keys() >= _OURS
    further = [] if is_ours else [*_parted(values), *_beside(values, found)]
    further += values.get("further", "").splitlines()
    found += [Flaw(name, "scientific") for name in _DIGITS_MATTER if _SCIENTIFIC.fullmatch(values.get(name, ""))]
    code = _country(values, country, found)
    details = ContactDetails(
        country=code,
        name=_name(values),
        company=values.get("company", ""),
        **{name: text for name in _REACHES if (text := values.get(name))},
        lines=_lines(values, LINES, "address"),
        city=values.get("city", ""),
        district=values.get("district", ""),
        state=values.get("state", ""),
        postcode=values.get("postcode", ""),
        local_name=values.get("local_name", ""),
        local_lines=_lines(values, LOCAL_LINES, "local_address"),
        tags=columns.tags_in(values["tags"]) if is_ours else _tags(values.get("tags", "")),
        notes=_noted(values.get("notes", ""), further, found),
        can_send=_flag(values, "can_send", found, default=False),
        can_receive=_flag(values, "can_receive", found, default=True),
    )
    if not is_ours:
        details = _located(_in_its_script(details, set(values)), found)
    return Shaped(details, found)


def _text(cell: str) -> str:
    return unquoted(cell[:_MOST_CELL].strip())


def _is_used(place: int, chosen: Sequence[str]) -> bool:
    return place < len(chosen) and bool(chosen[place])


def _flaw_of(place: int, code: str, chosen: Sequence[str]) -> Flaw:
    return Flaw("" if place < 0 else chosen[place], code)


def _country(values: dict[str, str], default: str, found: list[Flaw]) -> str:
    written = values.get("country", "")
    if not written:
        return default
    code = lands.country_of(written)
    if not code:
        found.append(Flaw("country", "unknown_country"))
    return code or default


def _name(values: dict[str, str]) -> str:
    if values.get("name"):
        return values["name"]
    parts = [values.get(name, "") for name in ("given_name", "middle_name", "family_name")]
    if _is_local("".join(parts)):
        return "".join([parts[2], parts[0], parts[1]])  # Chinese, Japanese and Korean: the family first, no blanks
    return " ".join(part for part in parts if part)


def _lines(values: dict[str, str], names: Sequence[str], whole: str) -> list[str]:
    lines = [line for name in names for line in values.get(name, "").splitlines() if line.strip()]
    if not lines:
        lines = [line.strip() for line in values.get(whole, "").splitlines() if line.strip()]
    if len(lines) == 1 and len(lines[0]) > LENGTHS["lines"]:
        lines = _broken(lines[0])
    if len(lines) > MAX_LINES:
        lines = [*lines[: MAX_LINES - 1], ", ".join(lines[MAX_LINES - 1 :])]
    return lines


def _broken(text: str) -> list[str]:
    """Break one long line at its commas into lines that fit."""
    lines = [""]
    for part in re.split(r"(?<=[,，、])\s*", text):
        longer = f"{lines[-1]} {part}".strip()
        if len(longer) > LENGTHS["lines"]:
            lines.append(part)
        else:
            lines[-1] = longer
    return [line for line in lines if line]


def _parted(values: dict[str, str]) -> list[str]:
    """Leave in each cell the first of several values that Google puts there; return the others as lines for the notes.

    The parts of an address belong together: its second street to its second town.
    """
    further, addresses_beside = [], defaultdict[int, list[str]](list)
    for name, text in values.items():
        if _GOOGLE not in text or name in _OF_SEVERAL:
            continue
        first, *rest = [part.strip() for part in text.split(_GOOGLE)]
        values[name] = first
        for at, part in enumerate(rest):
            if part and name in _OF_ADDRESS:
                addresses_beside[at].append(_in_one_line(part))
            elif part:
                further.append(f"{_HEADINGS[name]}: {_in_one_line(part)}")
    return [*further, *(f"Address: {', '.join(parts)}" for _at, parts in sorted(addresses_beside.items()))]


def _beside(values: dict[str, str], found: list[Flaw]) -> list[str]:
    """Put nickname and other address where a row has no name and no address; else return them as lines for notes."""
    further = []
    if nickname := values.get("nickname"):
        if _name(values) or values.get("company") or values.get("local_name"):
            further.append(f"Nickname: {_in_one_line(nickname)}")
        else:
            values["name"] = nickname
    before = columns.OTHER_ADDRESS
    other = {name: values[before + name] for name in _OF_ADDRESS if values.get(before + name)}
    if not other.keys() & {"line1", "line2", "line3", "address"}:
        return further  # a country alone is no address
    if any(values.get(name) for name in (*LINES, "address", *LOCAL_LINES, "local_address")):
        return [*further, f"Other address: {', '.join(_in_one_line(part) for part in other.values())}"]
    found.append(Flaw("line1", "other_address", is_doubt=True))
    values.update({name: other.get(name, "") for name in _OF_ADDRESS if name in values or name in other})
    return further


def _in_one_line(text: str) -> str:
    return ", ".join(line.strip() for line in text.splitlines() if line.strip())


def _noted(notes: str, further: Sequence[str], found: list[Flaw]) -> str:
    """Add lines to notes while there is room, and say where there is none."""
    is_full = False
    for line in further:
        longer = f"{notes}\n{line}" if notes else line
        if len(longer) > LENGTHS["notes"]:
            is_full = True
        else:
            notes = longer
    if is_full:
        found.append(Flaw("notes", "no_room", is_doubt=True))
    return notes


def _tags(text: str) -> list[str]:
    found = [part.removeprefix("* ").strip() for part in columns.tags_in(text)]
    return [tag for tag in found if tag and tag.replace(" ", "").casefold() not in _GOOGLE_OWN]


def _flag(values: dict[str, str], name: str, found: list[Flaw], *, default: bool) -> bool:
    written = values.get(name, "").casefold()
    if not written:
        return default
    if written not in _YES | _NO:
        found.append(Flaw(name, "no_flag"))
    return written in _YES


def _is_local(text: str) -> bool:
    return not text.isascii() and not addresses.is_latin(text)


def _in_its_script(details: ContactDetails, given: set[str]) -> ContactDetails:
    """Put what is not in Latin letters where it belongs, in a file without columns for it.

    A name goes with its address: above one in English it stays, as many in Hong Kong write it. Abroad a label needs
    Latin letters: there the row is in error, in the words for that.
    """
    if details.country not in countries.CHINESE_SERVES:
        return details
    if not given & {*LOCAL_LINES, "local_address"} and _is_local(" ".join(details.lines)):
        details = replace(details, lines=[], local_lines=details.lines)
    if "local_name" not in given and _is_local(details.name) and not details.lines:
        details = replace(details, name="", local_name=details.name)
    return details


def _located(details: ContactDetails, found: list[Flaw]) -> ContactDetails:
    """Find the district of a place in Hong Kong where the row has none, and say so. A district that is none stays."""
    if details.country != countries.HONG_KONG:
        return details
    if details.district and not districts.find(details.district):
        return _by_its_district(details, found)
    if not details.lines or details.district or districts.find_area(details.state):
        return details
    if area := districts.find_area(details.city):
        return replace(details, state=area, city="")
    for text in (details.city, *reversed(details.lines)):
        place = places.in_english(text) if text == details.city else places.within_english(text)
        if place:
            found.append(Flaw("district", "district_from_place", is_doubt=True))
            return replace(details, district=place.districts[0].name)
    return details


def _by_its_district(details: ContactDetails, found: list[Flaw]) -> ContactDetails:
    """Read what stands as a district and is none: an area, a place in a district, or something that we do not know."""
    if area := districts.find_area(details.district):
        if details.state and districts.find_area(details.state) != area:
            found.append(Flaw("district", "unknown_district", is_doubt=True))
            return details
        return replace(details, district="", state=area)
    place = places.in_english(details.district) or places.all_chinese(details.district)
    if place is None:
        found.append(Flaw("district", "unknown_district", is_doubt=True))
        return details
    found.append(Flaw("district", "district_from_place", is_doubt=True))
    return _with_place(replace(details, district=place.districts[0].name), details.district, place)


def _with_place(details: ContactDetails, written: str, place: places.Place) -> ContactDetails:
    """Keep the name of a place that stood as the district: as the town, or in Chinese lines."""
    if not written.isascii() and not details.lines:
        known = places.traditional("".join(details.local_lines))
        lines = details.local_lines if place.chinese in known else [written, *details.local_lines]
        return replace(details, local_lines=lines)
    town = written if written.isascii() else place.english
    return replace(details, city=", ".join(dict.fromkeys(filter(None, (details.city, town)))))
