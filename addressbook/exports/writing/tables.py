"""CSV as RFC 4180 has it, in UTF-8, with commas; no cell is a formula, and each is read back as it was."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from addressbook import columns
from addressbook.details import ContactDetails
from addressbook.exports.writing.formats import Format, cells_of
from addressbook.imports.quoting import quoted
from security.spreadsheets import MARK


def _piece(contacts: Sequence[ContactDetails], _first: int) -> str:
    return _rows([quoted(cell) for cell in cells_of(details)] for details in contacts)


def _whole(pieces: Iterable[str], language: str, has_mark: bool) -> bytes:
    mark = MARK if has_mark else ""
    return "".join([mark, _rows([columns.headings(language)]), *pieces]).encode("utf-8", "replace")


def _rows(rows: Iterable[Sequence[str]]) -> str:
    written = StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue()


FORMAT = Format(_piece, _whole, media_type="text/csv; charset=utf-8", suffix="csv")
