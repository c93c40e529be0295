"""Files of contacts as rows of text. Nothing here knows what a contact is, or touches the database.

What a file claims to be is not believed: its first bytes decide. Everything is bounded: the size of what was uploaded,
what it may unpack to, rows, columns, and the time that the worker gives it.
"""

from __future__ import annotations

from addressbook.imports.reading.opening import Options, Source, open_source
from addressbook.imports.reading.rows import MOST_COLUMNS, MOST_ROWS, Kind, Row, Unusable

__all__ = ["MOST_COLUMNS", "MOST_ROWS", "Kind", "Options", "Row", "Source", "Unusable", "open_source"]
