"""Excel workbooks (ECMA-376) of one sheet, in which every cell is text and stays text when somebody edits it.

Written by code of our own: openpyxl lays a sheet down in a file on the disk, unsealed, and needs all rows at once; a
sheet of text alone is five small parts and one row after the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from addressbook import columns
from addressbook.columns import COLUMNS
from addressbook.details import ContactDetails
from addressbook.exports.writing.formats import Format, cells_of
from addressbook.imports.quoting import doubled

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REFERS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_REFERS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_REFERS}"><sheets><sheet name="Contacts" sheetId="1" r:id="rId1"/>'
        "</sheets></workbook>"
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_REFERS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_REFERS}/styles" Target="styles.xml"/></Relationships>'
    ),
    # Style 1 is text (number format 49), style 2 the same in bold, for the headings.
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}
_SHEET = (
    f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    f'<cols><col min="1" max="{len(COLUMNS)}" width="22" style="1" customWidth="1"/></cols><sheetData>'
)
_END = "</sheetData></worksheet>"
_LETTERS = [chr(ord("A") + place) for place in range(len(COLUMNS))]  # as long as there are no more than 26
# What XML 1.0 cannot hold at all, and what reads like the escape that a workbook has for such characters.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LIKE_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_TEXT, _BOLD = 1, 2


def _piece(contacts: Sequence[ContactDetails], first: int) -> str:
    return "".join(
        _row(number, [doubled(cell) for cell in cells_of(details)], _TEXT)
        for number, details in enumerate(contacts, start=first + 2)  # behind the headings, counted from 1
    )


def _whole(pieces: Iterable[str], language: str, _has_mark: bool) -> bytes:
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name, part in _PARTS.items():
            archive.writestr(name, _HEAD + part)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write((_HEAD + _SHEET + _row(1, columns.headings(language), _BOLD)).encode())
            for piece in pieces:
                sheet.write(piece.encode())
            sheet.write(_END.encode())
    return written.getvalue()


def _row(number: int, cells: Sequence[str], style: int) -> str:
    made = "".join(
        f'<c r="{letter}{number}" s="{style}" t="inlineStr"><is><t>{_text(cell)}</t></is></c>'
        for letter, cell in zip(_LETTERS, cells, strict=True)
        if cell
    )
    return f'<row r="{number}">{made}</row>'


def _text(cell: str) -> str:
    return escape(_LIKE_ESCAPED.sub("_x005F_", _NO_XML.sub("", cell)), quote=False)


FORMAT = Format(
    _piece, _whole, media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", suffix="xlsx"
)
