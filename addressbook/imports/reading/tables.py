"""Text with delimiters. Python's csv module reads it; here it is found out what parts its cells, where it breaks."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO
from math import sqrt

from addressbook.imports.reading.encodings import REPLACED
from addressbook.imports.reading.rows import MOST_COLUMNS, Row, Unusable

# In the order in which they win where several part a file equally well.
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", "^": "caret", "~": "tilde", ":": "colon"}
MOST_CELL = 100_000  # characters; the longest field of a contact has 2,000
_SAMPLE_LINES = 60
# What spreadsheet programs write so that a cell stays text: ="0123".
_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"')
_SEP = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
csv.field_size_limit(MOST_CELL)


def delimiter_of(text: str) -> str:
    """Return the delimiter that parts the first lines into equally many cells, the more the better."""
    if said := _SEP.match(text):
        return said[1]
    lines = [line for line in StringIO(text[:100_000], newline="").readlines()[:_SAMPLE_LINES] if line.strip()]
    scores = {one: _score(lines, one) for one in DELIMITERS}
    best = max(scores, key=lambda one: scores[one])
    return best if scores[best] > 0 else ","


def _score(lines: list[str], delimiter: str) -> float:
    try:
        counts = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells]
    except csv.Error:
        return 0.0
    if not counts or counts[0] < 2:
        return 0.0
    alike = sum(count == counts[0] for count in counts) / len(counts)
    return alike * alike * sqrt(min(counts[0], 50))


def rows_of(text: str, delimiter: str) -> Iterator[Row]:
    """Yield the rows of a text. Raises Unusable where the file breaks off in the middle of a cell, or has too much."""
    if said := _SEP.match(text):
        text = text[said.end() :]
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    number = 0
    while True:
        lines.taken.clear()
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # Only a quotation mark that nobody closes makes a cell of many lines.
            raise Unusable("open_quote" if lines.has_quote else "long_cell", number) from error
        if _is_open(lines.taken, delimiter):
            raise Unusable("open_quote", number)
        if any(cell.strip() for cell in cells):
            yield _row(number, cells)


class _Lines:
    """Hands lines to the reader and keeps those of the present row."""

    def __init__(self, text: str) -> None:
        self.rest = StringIO(text, newline="")
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self.rest)
        self.taken.append(line)
        return line

    @property
    def has_quote(self) -> bool:
        return any('"' in line for line in self.taken)


def _is_open(taken: list[str], delimiter: str) -> bool:
    """Tell whether the text ends within a quoted cell: the csv module says so only when it is strict."""
    if sum(line.count('"') for line in taken) % 2 == 0:
        return False
    try:
        list(csv.reader(taken, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _row(number: int, cells: list[str]) -> Row:
    while len(cells) > MOST_COLUMNS and not cells[-1].strip():
        cells.pop()
    flaws = [(-1, "too_many_cells")] if len(cells) > MOST_COLUMNS else []
    flaws += [(place, "undecodable") for place, cell in enumerate(cells) if REPLACED in cell]
    return Row(number, [_plain(cell) for cell in cells], flaws)


def _plain(cell: str) -> str:
    if cell.startswith('="') and (found := _AS_TEXT.fullmatch(cell)):
        return found[1].replace('""', '"')
    return cell
