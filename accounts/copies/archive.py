"""The file of a copy: a ZIP with a JSON file for each section, a CSV beside those that are tables, and three READMEs.

It is written piece by piece: what is in memory is a piece, and the packed file.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import translation

from accounts.copies import sections
from accounts.copies.models import AccountCopy
from accounts.copies.sections import Section
from security.spreadsheets import MARK, neutral

READMES = {"en": "README.txt", "zh-hant": "README.zh-hant.txt", "zh-hans": "README.zh-hans.txt"}


def text_of(rows: Iterable[dict[str, Any]]) -> str:
    """Return rows as JSON, a line each, without the brackets around all of them."""
    return ",\n".join(json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False) for row in rows)


def table_of(lines: Iterable[Sequence[object]]) -> str:
    """Return lines of a CSV, in which no cell is a formula."""
    written = StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([neutral(cell) for cell in line] for line in lines)
    return written.getvalue()


def made(run: AccountCopy) -> bytes:
    """Return the file of a copy, all of whose pieces are there."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as packed:
        for language, name in READMES.items():
            _write(packed, run, name, [_readme(run, language)])
        for section in sections.everything():
            _write(packed, run, f"{section.name}.json", _json(run, section))
            if section.head is not None:
                _write(packed, run, f"{section.name}.csv", _csv(run, section))
    return file.getvalue()


def _json(run: AccountCopy, section: Section) -> Iterable[str]:
    yield "[\n"
    for place, text in enumerate(_pieces(run, section, "text")):
        yield f",\n{text}" if place else text
    yield "\n]\n"


def _csv(run: AccountCopy, section: Section) -> Iterable[str]:
    assert section.head is not None
    yield MARK + table_of([section.head()])
    yield from _pieces(run, section, "table")


def _pieces(run: AccountCopy, section: Section, part: str) -> Iterable[str]:
    for piece in run.pieces.filter(section=section.name).order_by("number").iterator(chunk_size=4):
        if text := getattr(piece, part):
            yield text


def _write(packed: ZipFile, run: AccountCopy, name: str, parts: Iterable[str]) -> None:
    entry = ZipInfo(name, date_time=run.created_at.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    with packed.open(entry, "w") as opened:
        for part in parts:
            opened.write(part.encode("utf-8", "replace"))


def _readme(run: AccountCopy, language: str) -> str:
    with translation.override(language):
        context = {"run": run, "sections": sections.everything(), "site": settings.SITE_ADDRESS}
        return render_to_string("accounts/copy/readme.txt", context).strip() + "\n"
