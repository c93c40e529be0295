#!/usr/bin/env python3
"""Check a trail that was taken out of the database, or an evidence bundle, without the site.

    python proof.py TRAIL [--heads FILE ...] [--key BASE64 ...]

TRAIL is a folder made by `manage.py export_trail`, or a ZIP made by `manage.py exposure_report --bundle`. `--heads`
names files of heads that were given out while the trail was written: without them, a trail that was cut off at its end,
or put back to an earlier day, cannot be told from one that was always so. `--key` names public keys that you trust;
without it, those inside TRAIL are used, and whoever made it could have made them.

This one file needs Python 3.11 and the package `cryptography`, and nothing of the site, whose own command uses it too.

A batch covers the rows of some places in order. Its leaves are one for each row: table, month, id and SHA-256 of the
row's text. Its digest is the SHA-256 of the leaves; its head is the SHA-256 of a JSON text that names the digest, the
places and the head before; the head is signed with Ed25519. So whatever is changed, taken away, put in or moved, in
rows or in batches, is seen, and which row it was.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import struct
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LEAF = struct.Struct(">HH16s32s")  # table, month (year * 12 + month - 1), id, SHA-256 of the row's text
RETIRED = "security_retiredpartition"
NO_HEAD = "00" * 32  # before the first batch
PURPOSE = b"ecship trail head\n"
BUNDLE_PURPOSE = b"ecship evidence bundle\n"
MONTHS_KEPT_AT_LEAST = 3  # as in the database's function that retires a month
HEAD_FIELDS = ("after", "count", "digest", "format", "key", "made_at", "number", "previous", "upto")


class Finding(NamedTuple):
    """Something that is not as it was sealed: a word for what, the batch (0: none), and a sentence."""

    what: str
    batch: int
    text: str


class Row(NamedTuple):
    """A row as the trail has it now."""

    pos: int
    leaf: bytes

    @classmethod
    def of(cls, pos: int, table: int, month: int, row_id: UUID, digest: bytes) -> Row:
        return cls(pos, LEAF.pack(table, month, row_id.bytes, digest))


@dataclass(frozen=True)
class Batch:
    """One link of the chain, as it stands now."""

    number: int
    format: int
    after: int
    upto: int
    count: int
    digest: str
    previous: str
    made_at: str
    key: str
    head: str = ""
    signature: bytes = b""
    leaves: bytes = field(default=b"", repr=False)

    def text(self) -> str:
        """The JSON text that the head is the hash of, and that is signed."""
        return plain({name: getattr(self, name) for name in HEAD_FIELDS})

    def signed_text(self) -> bytes:
        return PURPOSE + self.text().encode()

    def expected_head(self) -> str:
        return sha256(self.text().encode())

    def as_json(self, *, with_leaves: bool = False) -> str:
        """One line for a file of heads or of batches."""
        shown = {**{name: getattr(self, name) for name in HEAD_FIELDS}, "head": self.head}
        shown["signature"] = base64.b64encode(self.signature).decode()
        if with_leaves:
            shown["leaves"] = base64.b64encode(self.leaves).decode()
        return plain(shown)

    @classmethod
    def from_json(cls, line: str | bytes) -> Batch:
        """Raises ValueError for what is no batch."""
        try:
            parts = json.loads(line)
            signature, leaves = (base64.b64decode(parts.get(name, "")) for name in ("signature", "leaves"))
            fields = {name: parts[name] for name in HEAD_FIELDS}
            return cls(**fields, head=parts["head"], signature=signature, leaves=leaves)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("not a batch") from error


def plain(value: Any) -> str:
    """The one JSON text of plain values: sorted, without spaces, in ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def key_id(public: bytes) -> str:
    return sha256(public)[:16]


def month_of(moment: str | datetime) -> int:
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return at.year * 12 + at.month - 1


def month_name(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02}"


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# The chain -----------------------------------------------------------------------------------------------------------


@dataclass
class Verifier:
    """Checks batches in their order, each with the rows that now stand at its places; keeps one batch in memory."""

    keys: Mapping[str, bytes]
    outside: Iterator[Batch] = field(default_factory=lambda: iter(()))
    retired: Mapping[tuple[int, int], str] = field(default_factory=dict)  # (table, month): when it was dropped
    names: Mapping[int, str] = field(default_factory=dict)
    batches: int = 0
    rows: int = 0
    retired_rows: Counter[tuple[int, int]] = field(default_factory=Counter)
    _last: Batch | None = None
    _given: Batch | None = None
    _newest_given: Batch | None = None
    _lost_given: bool = False

    def batch(self, batch: Batch) -> Iterator[Finding]:
        """Check the link itself and its place in the chain."""
        number, last = batch.number, self._last
        if last is not None and number != last.number + 1:
            gone = f"{last.number + 1}" if number == last.number + 2 else f"{last.number + 1} to {number - 1}"
            yield Finding("batch missing", number, f"Batch {gone} is missing before batch {number}.")
        elif last is None and number != 1:
            yield Finding("batch missing", number, f"The chain begins with batch {number}; all before it are missing.")
        elif batch.previous != (last.head if last else NO_HEAD):
            yield Finding("chain broken", number, f"Batch {number} does not follow the batch before it.")
        elif batch.after != (last.upto if last else 0):
            yield Finding("chain broken", number, f"Batch {number} does not begin where the batch before it ended.")
        yield from self._link(batch)
        yield from self._compare(batch)
        self._last = batch
        self.batches += 1

    def _link(self, batch: Batch) -> Iterator[Finding]:
        number = batch.number
        if batch.head != batch.expected_head():
            yield Finding("batch edited", number, f"The record of batch {number} was edited: its head does not fit.")
        public = self.keys.get(batch.key)
        if public is None:
            yield Finding(
                "unknown key", number, f"Batch {number} is signed with the key {batch.key}, which is unknown."
            )
        elif not is_signed(public, batch.signature, batch.signed_text()):
            yield Finding("signature", number, f"The signature of batch {number} is wrong.")
        if sha256(batch.leaves) != batch.digest or len(batch.leaves) != batch.count * LEAF.size:
            yield Finding("batch edited", number, f"The list of rows of batch {number} was edited.")

    def _compare(self, batch: Batch) -> Iterator[Finding]:
        """Compare with what was given out: both come in the order of their numbers."""
        while (given := self._next_given(batch.number)) is not None:
            if given.number == batch.number and given.head != batch.head:
                text = f"Batch {batch.number} is another one than the head that was given out"
                doubt = (
                    "" if self._is_genuine(given) else ", which is not signed by a known key: the file may be edited"
                )
                yield Finding("other head", batch.number, f"{text}{doubt}.")
            elif given.number < batch.number and self._last is not None and given.number <= self._last.number:
                if self._lost_given:
                    continue
                self._lost_given = True
                yield Finding(
                    "heads unordered", given.number, f"The heads go back to {given.number}; the rest is skipped."
                )

    def _is_genuine(self, given: Batch) -> bool:
        public = self.keys.get(given.key)
        return public is not None and is_signed(public, given.signature, given.signed_text())

    def _next_given(self, upto: int) -> Batch | None:
        """Return the next head given out up to a number, and hold back the first one beyond it."""
        given = self._given or next(self.outside, None)
        self._given = None
        if given is None:
            return None
        if self._newest_given is None or given.number > self._newest_given.number:
            self._newest_given = given
        if given.number > upto:
            self._given = given
            return None
        return given

    def check_rows(self, batch: Batch, rows: Sequence[Row], *, partly: bool = False) -> Iterator[Finding]:
        """Compare the rows at a batch's places with its leaves. `partly`: only some rows are there, rightly."""
        self.rows += len(rows)
        found = [row.leaf for row in rows]
        if b"".join(found) == batch.leaves:
            return
        sealed = [batch.leaves[start : start + LEAF.size] for start in range(0, len(batch.leaves), LEAF.size)]
        before, now = {_id(leaf): leaf for leaf in sealed}, {_id(leaf): leaf for leaf in found}
        yield from self._missing(batch, before, now, partly=partly)
        for row_id, leaf in now.items():
            if row_id not in before:
                yield Finding("inserted", batch.number, f"{self._row(leaf)} was put in among batch {batch.number}.")
            elif leaf != before[row_id]:
                yield Finding("edited", batch.number, f"{self._row(leaf)} of batch {batch.number} was edited.")
        for row_id, times in Counter(map(_id, found)).items():
            if times > 1:
                yield Finding("inserted", batch.number, f"{self._row(now[row_id])} stands in the trail {times} times.")
        kept = [_id(leaf) for leaf in found if _id(leaf) in before]
        order = [_id(leaf) for leaf in sealed if _id(leaf) in now]
        if kept != order and len(kept) == len(order):
            moved = [place for place, (one, other) in enumerate(zip(kept, order, strict=True)) if one != other]
            first, last = now[kept[moved[0]]], now[kept[moved[-1]]]
            text = f"Rows of batch {batch.number} were reordered, from {self._row(first)} to {self._row(last)}."
            yield Finding("reordered", batch.number, text)

    def _missing(
        self, batch: Batch, before: Mapping[bytes, bytes], now: Mapping[bytes, bytes], *, partly: bool
    ) -> Iterator[Finding]:
        gone = []
        for row_id, leaf in before.items():
            if row_id in now or partly:
                continue
            place = LEAF.unpack(leaf)[:2]
            if place in self.retired:
                self.retired_rows[place] += 1
            else:
                gone.append(leaf)
        if len(gone) == batch.count > 1:
            yield Finding("truncated", batch.number, f"All {batch.count} rows of batch {batch.number} are gone.")
            return
        for leaf in gone:
            yield Finding("deleted", batch.number, f"{self._row(leaf)} of batch {batch.number} was deleted.")

    def _row(self, leaf: bytes) -> str:
        table, month, row_id, _digest = LEAF.unpack(leaf)
        return f"{self.names.get(table, f'table {table}')} row {UUID(bytes=row_id)} ({month_name(month)})"

    def end(self) -> Iterator[Finding]:
        """Look at what was given out beyond the last batch, and at months that were dropped too soon."""
        last = self._last.number if self._last else 0
        for given in [self._given] if self._given else []:
            self._newest_given = given
        for given in self.outside:
            if self._newest_given is None or given.number > self._newest_given.number:
                self._newest_given = given
        if self._newest_given is not None and self._newest_given.number > last:
            newest = self._newest_given
            text = (
                f"The chain ends with batch {last}, but heads up to {newest.number} ({newest.made_at}) were given out."
            )
            yield Finding("chain cut", last, text)
        for (table, month), at in self.retired.items():
            if month_of(at) - month < MONTHS_KEPT_AT_LEAST:
                name = self.names.get(table, f"table {table}")
                yield Finding("retired early", 0, f"{month_name(month)} of {name} was dropped on {at[:10]}, too soon.")


def _id(leaf: bytes) -> bytes:
    return leaf[4:20]


def read_heads(lines: Iterable[str | bytes]) -> Iterator[Batch]:
    """Read heads line by line. What is no head (a line cut off by a crash) is passed over: its head follows again."""
    for line in lines:
        if line.strip():
            try:
                yield Batch.from_json(line)
            except ValueError:
                continue


def gaps(heads: Iterable[Batch]) -> Iterator[Finding]:
    """Find numbers that a file of heads leaves out."""
    last = 0
    for given in heads:
        if last and given.number > last + 1:
            yield Finding(
                "heads missing", given.number, f"The heads {last + 1} to {given.number - 1} were not given out."
            )
        last = max(last, given.number)


def heads_of(path: Path) -> list[Path]:
    """Return the files of a folder of heads in order, or the file itself."""
    return sorted(path.glob("heads-*.jsonl")) if path.is_dir() else [path]


def lines_of(paths: Iterable[Path]) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as file:
            yield from file


# Files ---------------------------------------------------------------------------------------------------------------


class Taken:
    """A trail outside the database: a folder, or a ZIP, with `about.json`, `batches.jsonl` and `rows.jsonl`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.zip = zipfile.ZipFile(path) if path.is_file() else None

    def names(self) -> set[str]:
        return set(self.zip.namelist()) if self.zip else {item.name for item in self.path.iterdir() if item.is_file()}

    def open(self, name: str) -> Any:
        return self.zip.open(name) if self.zip else (self.path / name).open("rb")

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            data: bytes = file.read()
            return data

    def lines(self, name: str) -> Iterator[bytes]:
        with self.open(name) as file:
            yield from file

    def digest(self, name: str) -> str:
        hashed = hashlib.sha256()
        with self.open(name) as file:
            while part := file.read(1 << 20):
                hashed.update(part)
        return hashed.hexdigest()


def row_of(line: bytes, codes: Mapping[str, int]) -> tuple[Row, dict[str, Any]]:
    """Read a line of `rows.jsonl`: the place, and the row's text, whose hash is made anew. Raises ValueError."""
    try:
        parts = json.loads(line)
        text: str = parts["row"]
        row: dict[str, Any] = json.loads(text)
        digest = hashlib.sha256(text.encode()).digest()
        leaf = Row.of(parts["pos"], codes[row["table"]], month_of(row["at"]), UUID(row["id"]), digest)
    except (KeyError, TypeError) as error:
        raise ValueError("not a row") from error
    return leaf, row


@dataclass
class Checked:
    """What a check has found."""

    findings: list[Finding] = field(default_factory=list)
    count: int = 0
    most: int = 1000  # are kept; all are counted

    def add(self, findings: Iterable[Finding], say: Callable[[Finding], None]) -> None:
        for finding in findings:
            self.count += 1
            if len(self.findings) < self.most:
                self.findings.append(finding)
                say(finding)


def check_taken(
    taken: Taken,
    *,
    keys: Mapping[str, bytes],
    outside: Iterator[Batch],
    say: Callable[[Finding], None],
    progress: Callable[[Verifier], None] = lambda verifier: None,
) -> tuple[Verifier, Checked]:
    """Check a trail that was taken out whole, or the part of one that stands in an evidence bundle."""
    about = json.loads(taken.read("about.json"))
    codes: dict[str, int] = about["tables"]
    partly = bool(about.get("partly"))
    retired = {(codes[one["parent"]], month_of(one["month"])): str(one["at"]) for one in about.get("retired", [])}
    names = {code: name for name, code in codes.items()}
    verifier, checked = Verifier(keys, outside=outside, retired=retired, names=names), Checked()
    rows = _Peekable(taken.lines("rows.jsonl"), codes)
    for line in taken.lines("batches.jsonl"):
        batch = Batch.from_json(line)
        if partly:
            checked.add([*verifier._link(batch), *verifier._compare(batch)], say)
            verifier.batches += 1
        else:
            checked.add(verifier.batch(batch), say)
        checked.add(verifier.check_rows(batch, rows.upto(batch.upto), partly=partly), say)
        progress(verifier)
    checked.add(rows.rest(), say)
    for table, month in sorted(retired.keys() - rows.retired):
        text = f"{month_name(month)} of {names[table]} is said to be dropped after its time, but no sealed row says so."
        checked.add([Finding("unproven", 0, text)], say)
    if not partly:
        checked.add(verifier.end(), say)
    return verifier, checked


class _Peekable:
    """Rows of a file in the order of the file, by the places of the batches."""

    def __init__(self, lines: Iterator[bytes], codes: Mapping[str, int]) -> None:
        self._lines, self._codes = lines, codes
        self._held: Row | None = None
        self.retired: set[tuple[int, int]] = set()

    def upto(self, pos: int) -> list[Row]:
        found = []
        while (row := self._held or self._next()) is not None:
            self._held = None
            if row.pos > pos:
                self._held = row
                break
            found.append(row)
        return found

    def _next(self) -> Row | None:
        line = next(self._lines, None)
        if line is None:
            return None
        row, values = row_of(line, self._codes)
        if values["table"] == RETIRED:
            self.retired.add((self._codes[values["parent"]], month_of(values["month"])))
        return row

    def rest(self) -> Iterator[Finding]:
        count = 0
        while (self._held or self._next()) is not None:
            self._held = None
            count += 1
        if count:
            yield Finding("unsealed", 0, f"{count} rows at the end are in no batch.")


# What was given out --------------------------------------------------------------------------------------------------


def exposed(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Work out of entries what a report must say: each object that was given out, by account, kind and id."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        if row["decision"] != "allowed" or not row["fields"]:
            continue
        at = utc(row["at"])
        for one in row["ids"]:
            key = (row["account_id"], row["kind"], one)
            held = found.setdefault(key, {"fields": set(), "first": at, "last": at, "times": 0})
            held["fields"] |= set(row["fields"])
            held["first"], held["last"] = min(held["first"], at), max(held["last"], at)
            held["times"] += 1
    return [
        {"account": key[0], "kind": key[1], "id": key[2], **held, "fields": sorted(held["fields"])}
        for key, held in sorted(found.items())
    ]


def utc(text: str) -> str:
    """The time of a row's text, which is UTC, as a report spells it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat(timespec="microseconds")


def check_bundle(taken: Taken, keys: Mapping[str, bytes]) -> Iterator[Finding]:
    """Check that no file of a bundle was changed, and that its report follows from its entries."""
    manifest = taken.read("manifest.json")
    signature = json.loads(taken.read("manifest.sig"))
    public = keys.get(signature["key"])
    if public is None:
        yield Finding("unknown key", 0, f"The bundle is signed with the key {signature['key']}, which is unknown.")
    elif not is_signed(public, base64.b64decode(signature["signature"]), BUNDLE_PURPOSE + manifest):
        yield Finding("signature", 0, "The signature of the bundle is wrong.")
    listed: dict[str, str] = json.loads(manifest)["files"]
    there = taken.names() - {"manifest.json", "manifest.sig"}
    for name in sorted(there ^ listed.keys()):
        yield Finding("file", 0, f"{name} is missing." if name in listed else f"{name} was put in.")
    for name in sorted(there & listed.keys()):
        if taken.digest(name) != listed[name]:
            yield Finding("file", 0, f"{name} was changed.")
    rows = (json.loads(json.loads(line)["row"]) for line in taken.lines("rows.jsonl"))
    if exposed(rows) != json.loads(taken.read("report.json"))["exposed"]:
        yield Finding("report", 0, "The report does not follow from the entries.")


# By itself ------------------------------------------------------------------------------------------------------------


def public_keys(given: Sequence[str], about: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the keys to believe: those given, else those that came along."""
    publics = [base64.b64decode(one) for one in (given or about.get("keys", []))]
    return {key_id(public): public for public in publics}


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 where everything is as it was sealed, 1 where it is not, 2 where it cannot be read."""
    parser = argparse.ArgumentParser(description="Check a trail or an evidence bundle that was taken out of the site.")
    parser.add_argument("trail", type=Path, help="the folder or ZIP")
    parser.add_argument(
        "--heads", type=Path, action="append", default=[], help="heads that were given out: file or folder"
    )
    parser.add_argument("--key", action="append", default=[], help="a public key that you trust, base64")
    options = parser.parse_args(arguments)
    try:
        return _check(options.trail, options.heads, options.key)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        print(f"This cannot be read: {type(error).__name__}: {error}", file=sys.stderr)
        return 2


def _check(path: Path, heads: Sequence[Path], given_keys: Sequence[str]) -> int:
    taken = Taken(path)
    about = json.loads(taken.read("about.json"))
    keys = public_keys(given_keys, about)
    files = [file for one in heads for file in heads_of(one)]
    outside = read_heads(lines_of(files))
    verifier, checked = check_taken(taken, keys=keys, outside=outside, say=_say, progress=_progress())
    checked.add(gaps(read_heads(lines_of(files))), _say)
    if about.get("partly"):
        checked.add(check_bundle(taken, keys), _say)
    print(f"{verifier.batches} batches with {verifier.rows} rows: {checked.count or 'no'} findings.")
    if not given_keys:
        print(f"Keys: {', '.join(keys) or 'none'}. They came along: compare them with what you know (--key).")
    if not heads and not about.get("partly"):
        print("Compared with no heads that were given out: a trail cut off at its end would not be seen (--heads).")
    return 1 if checked.count else 0


def _say(finding: Finding) -> None:
    print(f"{finding.what}: {finding.text}")


def _progress() -> Callable[[Verifier], None]:
    """Say now and then how far it has come."""

    def say(verifier: Verifier) -> None:
        if verifier.batches % 200 == 0:
            print(f"... {verifier.batches} batches, {verifier.rows} rows", file=sys.stderr)

    return say


if __name__ == "__main__":
    raise SystemExit(main())
