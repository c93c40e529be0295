"""Excel workbooks, streamed by openpyxl; but first the archive is looked at without believing anything that it says.

zipfile gives out no more of a part than its directory announces, so what the directory announces is a bound. A part
that declares entities, is in another encoding than UTF-8, or nests archives is refused before an XML parser sees it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from io import BytesIO
from typing import IO, Any, Self
from zipfile import BadZipFile, ZipFile

from addressbook.imports.reading.rows import MOST_COLUMNS, MOST_SHEET_ROWS, Beat, Row, Unusable

MOST_PARTS = 2_000
MOST_UNPACKED = 150_000_000  # bytes of all parts together
MOST_STRINGS = 40_000_000  # bytes of the shared strings, which are held in memory
LONG_RUN = 10_000  # rows with formats alone, before it is found out whether there is any value behind them
MOST_BLANK = 100_000  # such rows of all sheets
MOST_TAGS = 1_000_000  # of formats, of the list of sheets and the like, closing ones included, held in memory as wholes
MOST_OF_ROW = 8_000_000  # bytes of a sheet that give no row: one is held in memory as a whole
BEAT_ROWS = 2_000  # rows of a sheet, blank ones included, in a second at most
_HELD = {"[content_types].xml", "xl/workbook.xml", "xl/styles.xml"}
_PIECE = 1 << 20
_OVERLAP = 64
_LONGEST_TAG = 10_000
_DIGITS = 15  # Excel keeps no more of a number: what is longer has been rounded
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_ZEROS = re.compile(r"0{2,20}")
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)[\"']")
_EMPTY_FORMULA = re.compile(rb"(?:</f>|<f[^>]*/>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")
_ROW_OR_VALUE = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:(row)\b([^>]*)|v|is)[\s/>]")
_ROW_NUMBER = re.compile(rb"\sr\s*=\s*[\"'](\d{1,9})")
_LIBRARY = (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, EOFError, SyntaxError, OverflowError)

Source = Callable[[], IO[bytes]]  # opens a sheet's part


def require_sound(data: bytes) -> None:
    """Raise Unusable for an archive that is no workbook, or that one had better not open."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            names = {part.filename.lower() for part in archive.infolist()}
            if any("vbaproject" in name for name in names):
                raise Unusable("macros")
            if "xl/workbook.bin" in names:
                raise Unusable("binary_workbook")
            if "xl/workbook.xml" not in names:
                raise Unusable("not_a_workbook")
            _require_small(archive)
            for part in archive.infolist():
                if part.filename.lower().endswith((".xml", ".rels")):
                    _require_plain(archive, part.filename)
    except (BadZipFile, NotImplementedError, RuntimeError, *_LIBRARY) as error:
        raise Unusable("broken_workbook") from error


def _require_small(archive: ZipFile) -> None:
    parts = archive.infolist()
    strings = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
    if len(parts) > MOST_PARTS or strings > MOST_STRINGS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unusable("unpacks_too_large")


def _require_plain(archive: ZipFile, name: str) -> None:
    tail, is_first, tags = b"", True, 0
    is_held = name.lower() in _HELD or name.lower().endswith(".rels")
    with archive.open(name) as part:
        while piece := part.read(_PIECE):
            tags += piece.count(b"<") if is_held else 0
            if tags > MOST_TAGS:
                raise Unusable("unpacks_too_large")
            seen = tail + piece
            if is_first:
                said = _ENCODING.search(seen[:400])
                if b"\0" in seen[:400] or (said and said[1].lower() not in {b"utf-8", b"utf8", b"us-ascii", b"ascii"}):
                    raise Unusable("strange_xml")
            if _DECLARED.search(seen):
                raise Unusable("strange_xml")
            if "worksheets/" in name and _EMPTY_FORMULA.search(seen):
                raise Unusable("uncalculated")
            tail, is_first = seen[-_OVERLAP:], False


def rows_of(data: bytes, beat: Beat) -> Iterator[Row]:
    """Yield the rows of the first sheet that has any, of a workbook that is sound. Raises Unusable."""
    import openpyxl
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

    ReadOnlyWorksheet._get_size = _leave_unsized
    try:
        book = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except (BadZipFile, *_LIBRARY) as error:
        raise Unusable("broken_workbook") from error
    blanks = _Blanks(beat)
    try:
        for sheet in book.worksheets:
            is_empty = True
            for row in _rows_of_sheet(sheet, blanks):
                is_empty = False
                yield row
            if not is_empty:
                return
    except (BadZipFile, *_LIBRARY) as error:
        raise Unusable("broken_workbook") from error
    finally:
        book.close()


def _leave_unsized(sheet: Any) -> None:
    """Leave the size of a sheet open, in place of openpyxl's own way to find it out, which nobody here asks for.

    It would parse a sheet that does not say its size as a whole, a minute and more, before the first row is given.
    """
    sheet.reset_dimensions()


class _Blanks:
    """Rows of a file that hold formats and no value: some programs write them down to the last row that there can be.

    Those below the last value are not read. Others are, within a bound.
    """

    def __init__(self, beat: Beat) -> None:
        self.beat = beat
        self._seen = self._run = self._last = 0

    def begin_sheet(self) -> None:
        self._run = self._last = 0

    def end_run(self) -> None:
        self._run = 0

    def is_last(self, source: Source, number: int) -> bool:
        """Note one more, and tell whether no value stands behind it. Raises Unusable."""
        self._seen += 1
        self._run += 1
        if self._seen > MOST_BLANK:
            raise Unusable("too_many_blanks", number)
        if self._run == LONG_RUN and not self._last:
            with source() as part:
                self._last = _last_row_with_value(part, self.beat) or -1
        return bool(self._last) and number >= self._last


class _Measured:
    """A part that is read; what comes of it is held in memory until it has given a row. Raises Unusable."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part = part
        self.since = 0  # bytes, since the last row

    def read(self, size: int = -1) -> bytes:
        piece = self._part.read(min(size, _PIECE) if size >= 0 else _PIECE)
        self.since += len(piece)
        if self.since > MOST_OF_ROW:
            raise Unusable("unpacks_too_large")
        return piece

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._part.close()


def _last_row_with_value(part: IO[bytes], beat: Beat) -> int:
    """Return the number of the last row of a sheet that has a value, as openpyxl counts, or a later one."""
    tail = b""
    row = highest = last = 0
    while piece := part.read(_PIECE):
        beat(last)
        seen = tail + piece
        cut = seen.rfind(b"<")  # a tag that is cut off comes with the next piece
        for found in _ROW_OR_VALUE.finditer(seen, 0, max(cut, 0)):
            if found[1]:
                said = _ROW_NUMBER.search(found[2])
                row = int(said[1]) if said else row + 1
                highest = max(highest, row)
            else:
                last = highest
        tail = seen[cut:] if 0 <= len(seen) - cut <= _LONGEST_TAG else b""
    return last


def _rows_of_sheet(sheet: Any, blanks: _Blanks) -> Iterator[Row]:
    sheet.reset_dimensions()  # a sheet may claim to have a billion cells
    blanks.begin_sheet()
    source: Source = sheet._get_source
    measured = _Measured(source())
    sheet._get_source = lambda: measured
    empty: Any = None  # openpyxl gives one and the same for each row that is not in the file
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
        measured.since = 0
        if number > MOST_SHEET_ROWS:
            raise Unusable("too_many_rows", number)
        if number % BEAT_ROWS == 0:
            blanks.beat(number)
        if cells is empty:
            continue
        row = _row(number, cells)
        if row is not None:
            blanks.end_run()
            yield row
            continue
        if all(cell is cells[0] for cell in cells):
            empty = cells
        if blanks.is_last(source, number):
            return


def _row(number: int, cells: Any) -> Row | None:
    """Return a row as text; None where it has no value."""
    if all(cell.value is None for cell in cells):
        return None
    texts: list[str] = []
    flaws: list[tuple[int, str]] = []
    for place, cell in enumerate(cells):
        text, flaw = _text_of(cell)
        texts.append(text)
        if flaw:
            flaws.append((place, flaw))
    while texts and not texts[-1]:
        texts.pop()
    if len(texts) > MOST_COLUMNS:
        flaws.append((-1, "too_many_cells"))
    return Row(number, texts, flaws) if texts else None


def _text_of(cell: Any) -> tuple[str, str]:
    """Return a cell as a person sees it, and what is wrong with it."""
    value = cell.value
    if value is None:
        return "", ""
    if isinstance(value, str):
        return _unescaped(value), "cell_error" if cell.data_type == "e" else ""
    if isinstance(value, bool):
        return "yes" if value else "no", ""
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format or ""))
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat(), ""
    return (value.isoformat() if isinstance(value, date | time) else str(value)), ""


def _unescaped(text: str) -> str:
    """Put characters in the place of a workbook's escapes, which openpyxl leaves alone."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _number(value: float, number_format: str) -> tuple[str, str]:
    """Write a number in full. Zeros before it stand in its format; beyond 15 digits Excel has lost what was typed."""
    if value != value or value in {float("inf"), float("-inf")}:
        return "", "cell_error"
    if isinstance(value, float) and not value.is_integer():
        return repr(value), ""
    whole = str(int(value))
    if len(whole.lstrip("-")) > _DIGITS:
        return whole, "rounded"
    return whole.zfill(len(number_format)) if _ZEROS.fullmatch(number_format) else whole, ""
