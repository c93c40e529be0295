"""Finding out what was uploaded, and opening it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from addressbook.imports.reading import cards, encodings, sheets, tables
from addressbook.imports.reading.rows import Beat, Kind, Row, Unusable

# First bytes of what is sent by mistake, and which mistake that is.
_MAGIC = (
    (b"\xd0\xcf\x11\xe0", "old_excel"),
    (b"%PDF", "wrong_kind"),
    (b"\x89PNG", "wrong_kind"),
    (b"\xff\xd8\xff", "wrong_kind"),
    (b"GIF8", "wrong_kind"),
    (b"\x1f\x8b", "packed"),
    (b"7z\xbc\xaf", "packed"),
    (b"Rar!", "packed"),
    (b"{\\rtf", "wrong_kind"),
    (b"\x7fELF", "wrong_kind"),
    (b"MZ\x90", "wrong_kind"),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


@dataclass(frozen=True)
class Options:
    """What a person says about a file; empty where it is to be found out."""

    encoding: str = ""
    delimiter: str = ""


@dataclass
class Source:
    """A file that is open. `rows` can be walked once; a vCard's rows have the columns `names`."""

    kind: Kind
    rows: Iterator[Row]
    encoding: str = ""
    delimiter: str = ""
    names: list[str] | None = None


def _is_in_no_hurry(row: int) -> None:
    pass


def open_source(data: bytes, options: Options | None = None, beat: Beat = _is_in_no_hurry) -> Source:
    """Open what was uploaded. Raises Unusable, also later, while the rows are walked.

    `beat` is called between rows that give nothing, of which there may be very many.
    """
    options = options or Options()
    for magic, code in _MAGIC:
        if data.startswith(magic):
            raise Unusable(code)
    if data.startswith(_ZIP):
        sheets.require_sound(data)
        return Source(Kind.XLSX, sheets.rows_of(data, beat))
    if not data.strip():
        raise Unusable("empty")
    text, encoding = encodings.decoded(data, options.encoding)
    if cards.is_cards(text):
        return Source(Kind.VCARD, cards.rows_of(text), encoding, names=cards.NAMES)
    if text.lstrip()[:1] == "<":
        raise Unusable("markup")
    delimiter = options.delimiter if options.delimiter in tables.DELIMITERS else tables.delimiter_of(text)
    return Source(Kind.CSV, tables.rows_of(text, delimiter), encoding, delimiter)
