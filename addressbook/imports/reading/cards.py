"""vCards of the versions 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350), as rows of the columns in `addressbook.columns`.

The lines are walked by code of our own: the library for vCards knows no version 4 and says of a broken card only that
the file is broken. Pictures, sounds and keys are dropped as they come by: contacts have none. A card within a card
(an agent) is left out.
"""

from __future__ import annotations

import quopri
import re
from binascii import Error as BinasciiError
from collections.abc import Iterator
from dataclasses import dataclass, field

from addressbook.columns import COLUMNS, LINES, LOCAL_LINES, MORE
from addressbook.imports.quoting import doubled
from addressbook.imports.reading.encodings import REPLACED
from addressbook.imports.reading.rows import Row, Unusable

# What a card of another program has nothing for stands last: its row ends before.
FURTHER = "further"  # lines for the notes, of what a contact has no field for, or has one where a card has several
_LOCAL = ["local_name", *LOCAL_LINES, "local_address"]
_PLAIN = [column.name for column in (*COLUMNS, *MORE) if column.name not in _LOCAL] + [FURTHER]
NAMES = [*_PLAIN, *_LOCAL]
OURS = "X-ECSHIP-"  # what vCard has no property for: X-ECSHIP-DISTRICT and so on
_DROPPED = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
_START = re.compile(r"\s*BEGIN[ \t]*:[ \t]*VCARD", re.IGNORECASE)
_MOST_PROPERTIES = 500  # of one card
_MOST_DEPTH = 8
_BREAK = re.compile(r"\r\n|\r|\n")
_CODECS = {"UTF-8": "utf-8", "BIG5": "big5hkscs", "GBK": "gb18030", "GB2312": "gb18030", "ISO-8859-1": "cp1252"}
_ADDRESS = 7  # parts: PO box, extended, street, town, region, postcode, country


@dataclass
class _Property:
    name: str
    types: set[str]
    value: str
    is_preferred: bool = False


@dataclass
class _Card:
    number: int
    properties: list[_Property] = field(default_factory=list)
    flaws: list[tuple[int, str]] = field(default_factory=list)


def is_cards(text: str) -> bool:
    """Tell whether a text begins as vCards do."""
    return _START.match(text) is not None


def rows_of(text: str) -> Iterator[Row]:
    """Yield one row for each card. Raises Unusable for cards in cards without end."""
    for card in _cards(text):
        yield _row(card)


# Lines ----------------------------------------------------------------


def _cards(text: str) -> Iterator[_Card]:
    card: _Card | None = None
    depth = number = 0
    for line in _unfolded(text):
        upper = line[:40].upper().replace(" ", "").replace("\t", "")
        if upper.startswith("BEGIN:VCARD"):
            depth += 1
            if depth > _MOST_DEPTH:
                raise Unusable("nested_cards", number)
            if depth == 1:
                number += 1
                card = _Card(number)
        elif upper.startswith("END:VCARD"):
            depth = max(depth - 1, 0)
            if depth == 0 and card is not None:
                yield card
                card = None
        elif card is not None and depth == 1:
            _take(card, line)
    if card is not None:
        card.flaws.append((-1, "open_card"))
        yield card


def _unfolded(text: str) -> Iterator[str]:
    """Yield whole lines: one that begins with a blank goes on with the one before; so does soft-broken quoted text."""
    parts: list[str] = []
    soft = False
    for line in _lines(text):
        if parts and (line[:1] in {" ", "\t"} or soft):
            parts.append(line if soft else line[1:])
        else:
            if parts:
                yield "".join(parts)
            parts = [line]
        soft = line.endswith("=") and "QUOTED-PRINTABLE" in parts[0][:200].partition(":")[0].upper()
        if soft:
            parts[-1] = parts[-1][:-1]
    if parts:
        yield "".join(parts)


def _lines(text: str) -> Iterator[str]:
    at = 0
    for found in _BREAK.finditer(text):
        yield text[at : found.start()]
        at = found.end()
    yield text[at:]


def _take(card: _Card, line: str) -> None:
    head, colon, value = _parted(line)
    if not colon:
        if line.strip() and not card.flaws and not _is_leftover(line):
            card.flaws.append((-1, "broken_line"))
        return
    name, *parameters = _split(head, ";", quotes=True)
    name = name.rpartition(".")[2].strip().upper()
    if name in _DROPPED or len(card.properties) >= _MOST_PROPERTIES:
        return
    card.properties.append(_property(name, parameters, value))


def _is_leftover(line: str) -> bool:
    """Tell whether a line may be base64 of a picture, which version 2.1 does not indent."""
    return re.fullmatch(r"[A-Za-z0-9+/=]+", line.strip()) is not None


def _parted(line: str) -> tuple[str, str, str]:
    """Part a line at its first colon outside of quotation marks."""
    quoted = False
    for at, letter in enumerate(line[:2_000]):
        if letter == '"':
            quoted = not quoted
        elif letter == ":" and not quoted:
            return line[:at], ":", line[at + 1 :]
    return line, "", ""


def _property(name: str, parameters: list[str], value: str) -> _Property:
    types: set[str] = set()
    encoding, charset = "", "utf-8"
    preferred = False
    for parameter in parameters:
        key, equals, said = parameter.partition("=")
        key = key.strip().upper()
        words = {word.strip().strip('"').lower() for word in said.replace('"', "").split(",")} if equals else set()
        if not equals or key == "TYPE":
            types |= words or {key.lower()}
        if key == "ENCODING" or key == "QUOTED-PRINTABLE":
            encoding = said.strip().upper() or key
        if key == "CHARSET":
            charset = _CODECS.get(said.strip().strip('"').upper(), "utf-8")
        preferred = preferred or (key == "PREF" and bool(said))
    if encoding == "QUOTED-PRINTABLE":
        value = _unquoted(value, charset)
    return _Property(name, types, value, preferred or "pref" in types)


def _unquoted(value: str, charset: str) -> str:
    try:
        return quopri.decodestring(value.encode("ascii", "ignore")).decode(charset, errors="replace")
    except (ValueError, BinasciiError):
        return value


def _split(text: str, at: str, *, quotes: bool = False) -> list[str]:
    """Split at a letter that no backslash (or, with `quotes`, no pair of quotation marks) protects."""
    parts, start, skip, quoted = [], 0, False, False
    for place, letter in enumerate(text):
        if skip:
            skip = False
        elif letter == "\\" and not quotes:
            skip = True
        elif letter == '"' and quotes:
            quoted = not quoted
        elif letter == at and not quoted:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


_ESCAPED = re.compile(r"\\([nN\\,;:])")


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


# A card as a row ----------------------------------------------------------------


def _row(card: _Card) -> Row:
    values: dict[str, str] = {}
    taken: list[_Property] = []
    for name, take in _TAKERS.items():
        if found := [one for one in card.properties if one.name == name]:
            best = max(found, key=lambda one: one.is_preferred)
            take(best, values)
            taken.append(best)
    taken += _take_phones([one for one in card.properties if one.name == "TEL"], values)
    values[FURTHER] = "\n".join(_further(card.properties, taken))
    street = [values.get(line, "") for line in LINES]
    for one in card.properties:
        if one.name.startswith(OURS) and (column := one.name.removeprefix(OURS).lower().replace("-", "_")) in NAMES:
            values[column] = _plain(one.value)
    is_ours = any(one.name.startswith(OURS) for one in card.properties)
    if any(street) and any(values.get(line) for line in LOCAL_LINES) and not any(values.get(line) for line in LINES):
        values.update(zip(LOCAL_LINES, street, strict=False))  # the same, or what another program made of it
    # Rows are read as those of tables are: there an apostrophe may only keep a cell from being worked out.
    cells = [doubled(values.get(name, "")) for name in (NAMES if is_ours else _PLAIN)]
    flaws = [*card.flaws, *((place, "undecodable") for place, cell in enumerate(cells) if REPLACED in cell)]
    return Row(card.number, cells, flaws)


def _take_name(one: _Property, values: dict[str, str]) -> None:
    values["name"] = _plain(one.value)


def _take_parts_of_name(one: _Property, values: dict[str, str]) -> None:
    if values.get("name"):
        return
    parts = [_plain(part) for part in _split(one.value, ";")]
    values.update(zip(("family_name", "given_name", "middle_name"), parts, strict=False))


def _take_company(one: _Property, values: dict[str, str]) -> None:
    values["company"] = _plain(_split(one.value, ";")[0])


def _take_email(one: _Property, values: dict[str, str]) -> None:
    values["email"] = _without(_plain(one.value), "mailto:")


def _without(text: str, scheme: str) -> str:
    return text[len(scheme) :] if text[: len(scheme)].lower() == scheme else text


def _take_address(one: _Property, values: dict[str, str]) -> None:
    parts = [_plain(part) for part in _split(one.value, ";")[:_ADDRESS]]
    box, extended, street, city, state, postcode, country = [*parts, *[""] * (_ADDRESS - len(parts))]
    lines = [line.strip() for part in (box, extended, street) for line in part.split("\n") if line.strip()]
    if len(lines) > len(LINES):
        lines = [*lines[: len(LINES) - 1], ", ".join(lines[len(LINES) - 1 :])]
    values.update(zip(LINES, lines, strict=False))
    values.update(city=city, state=state, postcode=postcode, country=country)


def _take_notes(one: _Property, values: dict[str, str]) -> None:
    values["notes"] = _plain(one.value)


def _take_tags(one: _Property, values: dict[str, str]) -> None:
    values["tags"] = "; ".join(_plain(part) for part in _split(one.value, ","))


_TAKERS = {
    "FN": _take_name,
    "N": _take_parts_of_name,
    "ORG": _take_company,
    "EMAIL": _take_email,
    "ADR": _take_address,
    "NOTE": _take_notes,
    "CATEGORIES": _take_tags,
}


def _take_phones(found: list[_Property], values: dict[str, str]) -> list[_Property]:
    """Take one number and one of a fax: what is preferred, then mobiles, then whatever comes first."""
    faxes = [one for one in found if "fax" in one.types]
    taken = []
    phones = [one for one in found if one not in faxes and not one.types & {"pager", "modem", "isdn"}]
    for name, numbers in (("phone", phones), ("fax", faxes)):
        if numbers:
            best = max(numbers, key=lambda one: (one.is_preferred, "cell" in one.types))
            values[name] = _number(best)
            taken.append(best)
    return taken


def _number(one: _Property) -> str:
    return _without(_plain(one.value), "tel:").partition(";")[0]


# What becomes of the rest: lines for the notes, with these words before them.
_LABELS = {
    "EMAIL": "E-mail", "TEL": "Telephone", "ADR": "Address", "ORG": "Company", "NOTE": "Note", "TITLE": "Title",
    "ROLE": "Role", "NICKNAME": "Nickname", "URL": "Web page", "BDAY": "Birthday", "IMPP": "Messages", "FN": "Name",
    "CATEGORIES": "Tags",
}  # fmt: skip
_KINDS = {"work": "work", "home": "home", "cell": "mobile", "fax": "fax", "pager": "pager"}


def _further(found: list[_Property], taken: list[_Property]) -> Iterator[str]:
    """Yield what of a card went into no field, a line each."""
    for one in found:
        is_taken = any(one is other for other in taken)
        if one.name == "ORG" and is_taken:
            for unit in _split(one.value, ";")[1:]:
                if text := _plain(unit):
                    yield f"Department: {text}"
        elif one.name in _LABELS and not is_taken and (text := _said(one)):
            kinds = ", ".join(word for kind, word in _KINDS.items() if kind in one.types)
            yield f"{_LABELS[one.name]} ({kinds}): {text}" if kinds else f"{_LABELS[one.name]}: {text}"


def _said(one: _Property) -> str:
    if one.name in {"ADR", "ORG"}:
        return ", ".join(text for part in _split(one.value, ";") if (text := ", ".join(_plain(part).splitlines())))
    return _number(one) if one.name == "TEL" else _without(_plain(one.value), "mailto:")
