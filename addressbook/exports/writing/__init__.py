"""Contacts as files. Nothing here touches the database.

A file is made in pieces, each the text of some contacts; at the end they are put together. What is written is read by
`addressbook.imports.reading` to the same contacts.
"""

from __future__ import annotations

from addressbook.exports.models import Kind
from addressbook.exports.writing import cards, sheets, tables
from addressbook.exports.writing.formats import Format

FORMATS: dict[str, Format] = {Kind.CSV: tables.FORMAT, Kind.XLSX: sheets.FORMAT, Kind.VCARD: cards.FORMAT}

__all__ = ["FORMATS", "Format"]
