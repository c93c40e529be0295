"""What every reader gives: rows of text, each with its number and perhaps a flaw; and why a file cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _

MOST_ROWS = 50_000  # of contacts in one file; a book has room for as many
MOST_COLUMNS = 200  # Outlook's own export has 92
MOST_SHEET_ROWS = 1_048_576  # of a sheet, blank ones included: as many as Excel has
Beat = Callable[[int], None]  # called now and then with the row at which a reader is; what it raises ends the reading


class Kind(models.TextChoices):
    """What a file turned out to be."""

    CSV = "csv", _("Text with delimiters (CSV)")
    XLSX = "xlsx", _("Excel workbook (XLSX)")
    VCARD = "vcard", _("vCard")


@dataclass(frozen=True)
class Row:
    """A row: the number that a person finds it by, its cells as text, and codes of what is wrong with it by itself.

    `flaws`: (the cell's place or -1 for the row, code); the sentences stand in `addressbook.imports.words`.
    """

    number: int
    cells: list[str]
    flaws: list[tuple[int, str]] = field(default_factory=list)


class Unusable(Exception):
    """The file cannot be read as a whole; `code` says why, `at` the row where that was found (0: nowhere)."""

    def __init__(self, code: str, at: int = 0) -> None:
        super().__init__(code)
        self.code, self.at = code, at
