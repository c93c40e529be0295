"""Where heads go outside the database: an append-only file, and the log stream.

Each is written first and remembered in the database afterwards: after a crash a head may come twice, never not at all.
Whoever keeps these out of reach of the database's owner can tell a chain that was cut, put back or written anew.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import connections, transaction

from security import alarms
from security.chain import proof, tables
from security.chain.models import SealedBatch, SealSink
from security.chain.sealer import ALIAS, as_proof

log = logging.getLogger("security.trail")
AT_ONCE = 500
_TAIL = 8_192  # bytes, longer than any head's line
_ALARM_EVERY = timedelta(hours=1)
_alarmed: dict[tuple[str, str], datetime] = {}


class Sink(Protocol):
    name: str

    def newest(self) -> proof.Batch | None:
        """Return the newest head that lies there; None where one cannot look."""

    def write(self, batches: Sequence[proof.Batch]) -> None: ...


class LogSink:
    """One line of the log for each head. What collects the logs keeps them; nobody can look back from here."""

    name = "log"

    def newest(self) -> proof.Batch | None:
        return None

    def write(self, batches: Sequence[proof.Batch]) -> None:
        for batch in batches:
            log.info("trail head", extra={"head": batch.as_json()})


class FileSink:
    """One line of JSON for each head, in a file for each month; with TRAIL_ROWS the rows' texts in another."""

    name = "file"

    def __init__(self, folder: Path, *, with_rows: bool = False) -> None:
        self.folder, self.with_rows = folder, with_rows

    def newest(self) -> proof.Batch | None:
        files = proof.heads_of(self.folder) if self.folder.is_dir() else []
        if not files:
            return None
        with files[-1].open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            heads = list(proof.read_heads(file.read().splitlines()))
        return heads[-1] if heads else None

    def write(self, batches: Sequence[proof.Batch]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        for month, some in groupby(batches, key=lambda batch: batch.made_at[:7]):
            listed = list(some)
            if self.with_rows:
                self._append(f"rows-{month}.jsonl", (line for batch in listed for line in row_lines(batch)))
            self._append(f"heads-{month}.jsonl", (batch.as_json() for batch in listed))

    def _append(self, name: str, lines: Iterable[str]) -> None:
        path = self.folder / name
        with path.open("ab") as file:
            if file.tell() and not _ends_whole(path):
                file.write(b"\n")  # a crash cut the last line off; it follows again, whole
            for line in lines:
                file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def sinks() -> list[Sink]:
    return [FileSink(Path(settings.TRAIL_FOLDER), with_rows=settings.TRAIL_ROWS), LogSink()]


def row_lines(batch: proof.Batch) -> Iterator[str]:
    """Return the rows of a batch as they stand now, each as a line with its place and its text."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(
            tables.rows_between(batch.format, with_text=True),
            {"after": batch.after, "upto": batch.upto, "most": 2 * batch.count + 1000},
        )
        for pos, _code, _month, _id, _digest, text in cursor.fetchall():
            yield proof.plain({"pos": pos, "row": text})


def give_out(*, now: datetime, to: Sequence[Sink] | None = None) -> int:
    """Give each sink the heads that it has not got; return how many were given in all. One failing stops no other."""
    return sum(_give(sink, now=now) for sink in (sinks() if to is None else to))


def _give(sink: Sink, *, now: datetime) -> int:
    given = 0
    try:
        while batches := _next_for(sink, now=now):
            sink.write(batches)
            SealSink.objects.using(ALIAS).update_or_create(
                name=sink.name, defaults={"number": batches[-1].number, "at": now}
            )
            given += len(batches)
    except OSError as error:
        log.error("trail heads not given out", extra={"table": sink.name, "error": type(error).__name__})
        _alarm("trail_sink", sink, now=now)
    return given


def _alarm(kind: str, sink: Sink, *, now: datetime) -> None:
    """Raise an alarm, once an hour and not at every pass."""
    if now - _alarmed.get((kind, sink.name), now - _ALARM_EVERY) >= _ALARM_EVERY:
        _alarmed[kind, sink.name] = now
        alarms.raise_alarm(kind, table=sink.name)


def _next_for(sink: Sink, *, now: datetime) -> list[proof.Batch]:
    """Return the next heads for a sink, none where what lies there does not fit the chain."""
    remembered = SealSink.objects.using(ALIAS).filter(name=sink.name).first()
    number, there = remembered.number if remembered else 0, sink.newest()
    if there is not None and not _fits(there):
        _alarm("trail_rolled_back", sink, now=now)
        return []
    if there is not None or isinstance(sink, FileSink):
        seen = there.number if there is not None else 0
        if seen < number:  # the file was cut or lost: what it lacks follows, and somebody must know
            _alarm("trail_file_cut", sink, now=now)
        number = seen
    found = SealedBatch.objects.using(ALIAS).filter(number__gt=number).defer("leaves").order_by("number")[:AT_ONCE]
    return [as_proof(batch) for batch in found]


def _fits(there: proof.Batch) -> bool:
    """Tell whether a head that was given out is the chain's own."""
    batch = SealedBatch.objects.using(ALIAS).filter(number=there.number).only("head").first()
    return batch is not None and bytes(batch.head).hex() == there.head


def given_out() -> int:
    """Return the number up to which every sink has been given the heads; 0 where one has none."""
    with transaction.atomic(using=ALIAS):
        known = dict(SealSink.objects.using(ALIAS).values_list("name", "number"))
    return min((known.get(sink.name, 0) for sink in sinks()), default=0)
