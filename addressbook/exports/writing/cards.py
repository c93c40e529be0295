"""vCards of version 4.0 (RFC 6350). What vCard has no property for stands in our own, such as X-ECSHIP-DISTRICT.

A property of our own also says what a standard one cannot say exactly: which field a town is, a tag with a comma.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from addressbook import columns, countries
from addressbook.columns import LINES, LOCAL_LINES
from addressbook.details import ContactDetails
from addressbook.exports.writing.formats import Format, flag
from addressbook.imports.reading.cards import OURS

_MOST_OCTETS = 75  # of a line, without its break (RFC 6350, 3.2)
_ESCAPED = re.compile(r"([\\,;])")
_PARTS_TAGS = re.compile(r'[,，、;；"]|:::')


def _piece(contacts: Sequence[ContactDetails], _first: int) -> str:
    return "".join(f"{_folded(line)}\r\n" for details in contacts for line in _card(details))


def _whole(pieces: Iterable[str], _language: str, _has_mark: bool) -> bytes:
    return "".join(pieces).encode("utf-8", "replace")


def _card(details: ContactDetails) -> Iterator[str]:
    town = details.city or details.district
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    yield f"FN:{_plain(details.name or details.company or details.local_name)}"
    if details.name:
        yield f"N:{_plain(details.name)};;;;"
    yield from _said({"ORG": details.company, "EMAIL": details.email, "TEL;TYPE=voice": details.phone})
    yield from _said({"TEL;TYPE=fax": details.fax})
    street = "\n".join(details.lines or details.local_lines)
    place = [street, town, details.state, details.postcode, countries.name(details.country, "en")]
    yield "ADR:;;" + ";".join(_plain(part) for part in place)
    yield from _said({"NOTE": details.notes})
    if details.tags:
        yield "CATEGORIES:" + ",".join(_plain(tag) for tag in details.tags)
    yield from _own(details, town)
    yield "END:VCARD"


def _own(details: ContactDetails, town: str) -> Iterator[str]:
    """Yield what the standard properties leave open, or say otherwise; a card of ours always has the last three."""
    own = {
        "DISTRICT": details.district,
        "LOCAL-NAME": details.local_name,
        **{_own_name(name): line for name, line in zip(LOCAL_LINES, details.local_lines, strict=False)},
    }
    if any(_PARTS_TAGS.search(tag) for tag in details.tags):
        own["TAGS"] = columns.tags_as_text(details.tags)
    yield from _said({OURS + name: value for name, value in own.items()})
    if not details.lines:  # the street is the local one, which stands in its own fields
        yield from (f"{OURS}{_own_name(line)}:" for line, _ in zip(LINES, details.local_lines, strict=False))
    if not details.name:
        yield f"{OURS}NAME:"
    if town != details.city:
        yield f"{OURS}CITY:"
    yield f"{OURS}COUNTRY:{details.country}"
    yield f"{OURS}CAN-SEND:{flag(on=details.can_send)}"
    yield f"{OURS}CAN-RECEIVE:{flag(on=details.can_receive)}"


def _own_name(column: str) -> str:
    return column.upper().replace("_", "-")


def _said(values: dict[str, str]) -> Iterator[str]:
    for name, value in values.items():
        if value:
            yield f"{name}:{_plain(value)}"


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\\\1", text).replace("\n", "\\n")


def _folded(line: str) -> str:
    """Break a long line between characters; each further part begins with a blank."""
    if len(line) * 4 <= _MOST_OCTETS or len(line.encode("utf-8", "replace")) <= _MOST_OCTETS:
        return line
    parts, octets = [""], 0
    for letter in line:
        more = len(letter.encode("utf-8", "replace"))
        if octets + more > _MOST_OCTETS:
            parts.append(" ")
            octets = 1
        parts[-1] += letter
        octets += more
    return "\r\n".join(parts)


FORMAT = Format(_piece, _whole, media_type="text/vcard; charset=utf-8", suffix="vcf")
