"""Rows as PostgreSQL's COPY reads them, from the models' own fields and defaults."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_AS_TEXT: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "\\N",
    bool: lambda value: "t" if value else "f",
    int: str,
    float: str,
    Decimal: str,
    UUID: str,
    date: lambda value: value.isoformat(),
    datetime: lambda value: value.isoformat(),
    bytes: lambda value: "\\\\x" + value.hex(),
    str: lambda value: value.translate(_ESCAPES),
}


class Table:
    """One table: its columns, and lines for COPY. What a row does not give is the field's default."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = [field for field in model._meta.local_concrete_fields if not isinstance(field, models.AutoField)]
        self.name = model._meta.db_table
        self.columns = [field.column for field in fields]
        self._defaults = {
            field.column: _text(field.get_default())
            for field in fields
            if (field.null or field.blank if not field.has_default() else not callable(field.default))
        }

    def line(self, row: dict[str, Any]) -> str:
        """Return one line for COPY. Raises KeyError for a column with neither value nor default."""
        texts = [_text(row[column]) if column in row else self._defaults[column] for column in self.columns]
        return "\t".join(texts) + "\n"


def _text(value: Any) -> str:
    if convert := _AS_TEXT.get(type(value)):
        return convert(value)
    return _AS_TEXT[str](str(value))
