"""Tables for spreadsheet programs, in which no cell is a formula whatever somebody once typed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

# A cell that begins with one of these is worked out by the program that opens it.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MARK = "\ufeff"  # by which Excel knows UTF-8


def neutral(value: object) -> str:
    """Return a cell's text, quoted by an apostrophe where a program would take it for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULAS) else text


def csv_of(head: Sequence[object], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file with a line of headings, in UTF-8."""
    written = StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([neutral(cell) for cell in head])
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return (MARK + written.getvalue()).encode()
