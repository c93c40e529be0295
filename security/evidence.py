"""The evidence bundle: a signed ZIP with an exposure report, the entries behind it, and proof that they are genuine.

`proof.py`, which lies in it, checks it without the site: that no file was changed, that each entry is in a signed
batch, and that the report follows from the entries. Ids only; no personal data but the addresses of requests.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, RawIOBase, TextIOWrapper
from tempfile import TemporaryFile
from typing import IO, Any, Protocol, cast

from django.db import connections, transaction
from django.db.models import Max, Min

from security import exposure
from security.chain import export, keys, proof, sealer, tables
from security.chain.models import SealedBatch

ALIAS = exposure.ALIAS
ENTRIES = "security_accessentry"
AT_ONCE = 20  # batches held in memory
README = """\
What this is

An evidence bundle of ECShip. It tells whose data was given out to the actors, from the sources and by the techniques
named in report.json, in the time named there, and carries the proof.

  report.json, report.csv   the report: accounts, objects and kinds of fields, by their ids; first, last, how often
  report.pdf                the same to be read and printed, where it was asked for; long ones end with the first lines
  rows.jsonl                the entries of the access log behind it, each with its place in the chain
  batches.jsonl             the sealed batches in which these entries stand, with a hash of every entry in them
  heads.jsonl               the heads of these batches, and the newest head of the chain
  about.json                what the tables are called, and the public keys that came along
  manifest.json             the SHA-256 of every file here; manifest.sig: its signature (Ed25519)
  proof.py                  the script that checks all this

How to check it

You need Python 3.11 or later and the package "cryptography", and nothing else. Take proof.py from a place that you
trust, rather than from here, and the public key from the operator by another way than this file came:

  python proof.py BUNDLE.zip --key PUBLIC_KEY [--heads heads-YYYY-MM.jsonl ...]

It ends with 0 where everything fits, and names whatever does not. --heads compares with heads that were given out while
the log was written; whoever keeps those need not trust the operator.

What it does not say

That these are all entries: for that, the whole trail is checked (manage.py verify_audit, or export_trail and proof.py).
Names and addresses of people are not in here.
"""

WAIT_SECONDS = 30  # an ordinary transaction is over long before


class NotSealedYet(Exception):
    """Some of the entries are in no batch yet; in a moment they will be."""


@dataclass(frozen=True)
class Made:
    """What went into a bundle."""

    rows: int
    batches: int
    summary: exposure.Summary


class Drawing(exposure.Writer, Protocol):
    """A writer of the report whose work is a whole file."""

    def drawn(self) -> bytes: ...


# Told which step it is at, and how much of how much is done in it; what it raises ends the work.
Tell = Callable[[str, int, int], None]
TOLD_EVERY = 5_000  # objects or entries


def _nobody(step: str, done: int, total: int) -> None:
    """Tell nobody."""


def make(
    question: exposure.Question, file: IO[bytes], *, now: datetime, drawing: Drawing | None = None, tell: Tell = _nobody
) -> Made:
    """Write the bundle; waits up to WAIT_SECONDS for what is being written now, to seal behind it.

    `drawing` sets the report to be read. `tell` hears how far it is. Raises NotSealedYet, and ValueError for a time
    that is not over yet.
    """
    if question.until > now:
        raise ValueError("The time is not over yet.")
    tell("seal", 0, 0)
    horizon = sealer.Horizon()
    horizon.advance(patience=WAIT_SECONDS)
    list(sealer.seal(horizon, now=now))
    bundle = _Bundle(file)
    with _one_moment(), bundle.zip:
        with TemporaryFile("w+", newline="") as as_csv:
            with bundle.text("report.json") as as_json:
                counting = _Counting(tell)
                writers: list[exposure.Writer] = [counting, exposure.JsonWriter(as_json), exposure.CsvWriter(as_csv)]
                if drawing:
                    writers.append(drawing)
                summary = exposure.write(question, *writers, now=now)
            as_csv.seek(0)
            bundle.put("report.csv", as_csv)
        if drawing:
            bundle.put_bytes("report.pdf", drawing.drawn())
        with bundle.text("rows.jsonl") as rows:
            entries, numbers = _write_entries(question, rows, lambda done: tell("entries", done, counting.acts))
        tell("sign", 0, 0)
        bundle.put("batches.jsonl", (f"{one.as_json(with_leaves=True)}\n" for one in _batches(numbers, leaves=True)))
        newest = sealer.last_batch()
        heads = numbers if newest is None or newest.number in numbers[-1:] else [*numbers, newest.number]
        bundle.put("heads.jsonl", (f"{one.as_json()}\n" for one in _batches(heads, leaves=False)))
        about = {**export.about(now=now, partly=True), "question": question.as_json()}
        bundle.put("about.json", [json.dumps(about, indent=1)])
        bundle.put("proof.py", [export.script()])
        bundle.put("README.txt", [README])
        bundle.sign(now=now)
    return Made(entries, len(numbers), summary)


class _Counting:
    """Tells how many objects have gone by, of at most how many, and knows how many entries there are."""

    def __init__(self, tell: Tell) -> None:
        self._tell, self._done, self._most, self.acts = tell, 0, 0, 0

    def begin(self, question: exposure.Question, known: exposure.How, *, now: datetime) -> None:
        self._most = sum(one.objects for one in known.techniques)
        self.acts = sum(one.acts for one in known.techniques)
        self._tell("report", 0, self._most)

    def add(self, one: exposure.Exposed) -> None:
        self._done += 1
        if not self._done % TOLD_EVERY:
            self._tell("report", self._done, self._most)

    def end(self, summary: exposure.Summary) -> None:
        pass


class _Bundle:
    """A ZIP that is written one file after the other, each hashed on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self.zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        self._hashes: dict[str, Any] = {}

    @contextmanager
    def text(self, name: str) -> Iterator[IO[str]]:
        self._hashes[name] = hashed = hashlib.sha256()
        with self.zip.open(name, "w", force_zip64=True) as raw:
            file = TextIOWrapper(cast("BytesIO", _Hashing(raw, hashed)), encoding="utf-8", newline="")
            yield file
            file.flush()
            file.detach()

    def put(self, name: str, parts: Iterable[str]) -> None:
        with self.text(name) as file:
            file.writelines(parts)

    def put_bytes(self, name: str, data: bytes) -> None:
        self._hashes[name] = hashlib.sha256(data)
        self.zip.writestr(name, data)

    def sign(self, *, now: datetime) -> None:
        """Write the list of what there is, and the signature over it."""
        digests = {name: hashed.hexdigest() for name, hashed in sorted(self._hashes.items())}
        manifest, signer = json.dumps({"made_at": exposure.moment(now), "files": digests}, indent=1), keys.signer()
        signature = b64encode(signer.sign(proof.BUNDLE_PURPOSE + manifest.encode())).decode()
        self.put("manifest.json", [manifest])
        self.put("manifest.sig", [proof.plain({"key": signer.key_id, "signature": signature})])


class _Hashing(RawIOBase):
    """Hashes what it hands on."""

    def __init__(self, into: IO[bytes], hashed: Any) -> None:
        self._into, self._hashed = into, hashed

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._hashed.update(data)
        return self._into.write(data)


@contextmanager
def _one_moment() -> Iterator[None]:
    """See the database as it is now in every question: report, entries and batches belong together."""
    with transaction.atomic(using=ALIAS):
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT set_config('cursor_tuple_fraction', '1', true)")
        yield


def _write_entries(question: exposure.Question, file: IO[str], tell: Callable[[int], None]) -> tuple[int, list[int]]:
    """Write the entries in the order of the chain; return how many, and the numbers of their batches.

    Raises NotSealedYet.
    """
    count, numbers, upto = 0, list[int](), 0
    for pos, text in _entries(question):
        if pos > upto:
            batch = (
                SealedBatch.objects.using(ALIAS).filter(after__lt=pos).order_by("-after").only("number", "upto").first()
            )
            if batch is None or batch.upto < pos:
                raise NotSealedYet
            numbers.append(batch.number)
            upto = batch.upto
        file.write(proof.plain({"pos": pos, "row": text}) + "\n")
        if not count % TOLD_EVERY:
            tell(count)
        count += 1
    return count, numbers


def _entries(question: exposure.Question) -> Iterator[tuple[int, str]]:
    """Go through the entries by place, each with its text in the format of its batch."""
    condition, values = question.condition()
    formats = SealedBatch.objects.using(ALIAS).values("format").annotate(after=Min("after"), upto=Max("upto"))
    parts = list(formats.order_by("format")) or [{"format": tables.newest_format(), "after": 0, "upto": 0}]
    for part in parts:
        [table] = [table for table in tables.tables_of(part["format"]) if table.name == ENTRIES]
        # What is not sealed yet comes last, and is refused by whoever looks for its batch.
        last = "" if part is parts[-1] else "AND e.pos <= %(upto)s"
        sql = f"""
            SELECT e.pos, {table.text()} FROM {ENTRIES} e
            WHERE {condition} AND e.pos > %(after)s {last} ORDER BY e.pos
        """  # noqa: S608  (all names are ours)
        with connections[ALIAS].chunked_cursor() as cursor:
            cursor.execute(sql, {**values, "after": part["after"], "upto": part["upto"]})
            while rows := cursor.fetchmany(exposure.CHUNK):
                yield from rows


def _batches(numbers: Sequence[int], *, leaves: bool) -> Iterator[proof.Batch]:
    for start in range(0, len(numbers), AT_ONCE):
        found = SealedBatch.objects.using(ALIAS).filter(number__in=numbers[start : start + AT_ONCE]).order_by("number")
        for batch in found if leaves else found.defer("leaves"):
            yield sealer.as_proof(batch, with_leaves=leaves)
