"""Files of contacts that the tests make themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl

HEADINGS = ["Name", "Address line 1", "District", "Country", "E-mail", "Telephone"]
ANN = ["Ann Lee", "8 Nathan Road", "Yau Tsim Mong", "Hong Kong", "ann@example.com", "9123 4567"]
BEN = ["Ben Ho", "18 Sample Street", "Sha Tin", "HK", "ben@example.com", "2345 6789"]
LOST = ["Cat Ng", "", "Sha Tin", "HK", "no e-mail", ""]


def csv_file(rows: Iterable[Sequence[str]], *, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """Return a table; a cell with the delimiter, a break or a quotation mark stands in quotation marks."""
    return "".join(delimiter.join(_cell(cell, delimiter) for cell in row) + "\r\n" for row in rows).encode(encoding)


def _cell(cell: str, delimiter: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if set(cell) & {delimiter, '"', "\n", "\r"} else cell


def xlsx_file(rows: Iterable[Sequence[Any]], formats: dict[str, str] | None = None) -> bytes:
    """Return a workbook; `formats`: number formats of cells, by their places."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for place, number_format in (formats or {}).items():
        sheet[place].number_format = number_format
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def changed_xlsx(data: bytes, part: str, change: Any) -> bytes:
    """Return a workbook with one of its parts changed, or added."""
    written = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(written, "w", ZIP_DEFLATED) as new:
        names = old.namelist()
        for name in [*names, *([] if part in names else [part])]:
            content = old.read(name) if name in names else b""
            new.writestr(name, change(content) if name == part else content)
    return written.getvalue()


def card(*lines: str, version: str = "4.0") -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])
