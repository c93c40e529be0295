"""Imports as they stand, made without the worker."""

from __future__ import annotations

from datetime import datetime

from addressbook.imports.items import ADDED, Item
from addressbook.imports.models import Import, ImportBatch, ImportFile, State
from addressbook.models import AddressBook


def upload_read(book: AddressBook, word: str, now: datetime, *, is_done: bool = False) -> Import:
    """Make an import of two rows, one of which has no address; with `is_done` the other stands in the book."""
    run = Import(book=book, state=State.READY, kind="csv", size=100, rows=2, good=1, bad=1, created_at=now)
    run.file_name, run.headings, run.chosen = f"{word}.csv", [f"{word} 1", f"{word} 2", word], ["name", "line1", ""]
    run.samples, run.encoding, run.delimiter = [[word], [word], []], "utf-8", ","
    if is_done:
        run.state, run.started_at, run.finished_at, run.added = State.DONE, now, now, 1
    run.save(force_insert=True)
    if not is_done:
        ImportFile.keep(run, f"{word} 1,{word} 2,{word}\n{word},{word},\n".encode())
    details = {"name": word, "lines": [word], "district": "Sha Tin"}
    good = Item(2, details=details) if not is_done else Item(2, act=ADDED, contact=str(book.pk))
    bad = Item(3, cells=[word, "", word], flaws=[("line1", "required")])
    batch = ImportBatch(run=run, number=0, bad=1, told=1, is_done=is_done)
    batch.items = [good.plain(), bad.plain()]
    batch.save(force_insert=True)
    return run
