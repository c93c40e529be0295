"""Passwords that others have used: a Bloom filter in a file, built from a downloaded list by `build_common_passwords`.

The file is mapped, not read: it costs no memory of ours, and a look-up touches a few pages. A password that is in the
list is always found; one that is not is taken for common once in ten thousand times.

What is hashed is a password's SHA-1, because the best lists hold nothing else (`HASH:count`, one a line); here it
only scatters, and proves nothing. Lists of plain passwords, one a line in UTF-8, are hashed while they are read.
"""

from __future__ import annotations

import gzip
import mmap
import os
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from hashlib import sha1
from math import ceil, log
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

MAGIC = b"ECSHIPBLOOM1"
HEADER = struct.Struct("<12sQB")  # magic, number of bits, probes for each password
FALSE_ALARMS = 1e-4
HASHED = re.compile(rb"[0-9A-Fa-f]{40}(?::\d+)?")
LINE_LIMIT = 4096  # bytes; a longer line is nobody's password
REPORT_EVERY = 200_000  # lines
Report = Callable[[int, float], None]  # lines read, and the part of the list that is done (0 to 1)


class NotAFilter(Exception):
    """The file is not one that `build` has written."""


class Built(NamedTuple):
    lines: int
    size: int  # bytes of the file


def digest(password: str | bytes) -> bytes:
    raw = password.encode(errors="surrogatepass") if isinstance(password, str) else password
    return sha1(raw, usedforsecurity=False).digest()


def shape(count: int) -> tuple[int, int]:
    """Return how many bits, and how many probes, a filter for so many passwords needs."""
    bits = max(64, ceil(-max(count, 1) * log(FALSE_ALARMS) / log(2) ** 2))
    return bits, max(1, round(bits / max(count, 1) * log(2))) if count > 4 else 13


def places(hashed: bytes, bits: int, probes: int) -> Iterator[int]:
    """Return the bits of a password: two halves of its hash make as many independent ones as are needed."""
    first, step = struct.unpack_from("<QQ", hashed)
    step |= 1
    return (((first + index * step) & 0xFFFFFFFFFFFFFFFF) % bits for index in range(probes))


class Filter:
    """A filter that lies in a file. Raises NotAFilter for another kind of file, OSError for none."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            head = file.read(HEADER.size)
            if len(head) < HEADER.size:
                raise NotAFilter(path)
            magic, self.bits, self.probes = HEADER.unpack(head)
            if magic != MAGIC or path.stat().st_size != HEADER.size + (self.bits + 7) // 8:
                raise NotAFilter(path)
            self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __contains__(self, password: str) -> bool:
        found, start = self.map, HEADER.size
        return all(
            found[start + (place >> 3)] & (1 << (place & 7))
            for place in places(digest(password), self.bits, self.probes)
        )


def is_listed(password: str, path: Path) -> bool:
    """Tell whether a password is in the filter of a file; False where there is no file.

    A file that is put in the place of an older one is noticed. Raises NotAFilter.
    """
    try:
        state = path.stat()
    except FileNotFoundError:
        return False
    held = _opened(path, state.st_mtime_ns, state.st_ino)
    return password in held or password.lower() in held


@lru_cache(maxsize=1)
def _opened(path: Path, _changed: int, _inode: int) -> Filter:
    return Filter(path)


def build(source: Path, target: Path, *, report: Report) -> Built:
    """Build a filter from a list, plain or gzipped, and put it in its place in one go.

    Reads the list twice: to count its lines, and to note them. The memory it takes does not grow with the list; what it
    writes is a file of about 2.4 bytes a line, which the system keeps in its cache while it can.
    """
    lines = sum(1 for _line in _lines(source, lambda _count, part: report(0, part / 4)))
    bits, probes = shape(lines)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        size = _write(source, unfinished, bits, probes, lambda count, part: report(count, 0.25 + part * 0.75))
        unfinished.replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            unfinished.unlink()
        raise
    return Built(lines, size)


def _write(source: Path, path: Path, bits: int, probes: int, report: Report) -> int:
    size, start = HEADER.size + (bits + 7) // 8, HEADER.size
    with path.open("w+b") as file:
        os.posix_fallocate(file.fileno(), 0, size)  # a full disk is told now, not by a signal in the middle
        file.write(HEADER.pack(MAGIC, bits, probes))
        file.flush()
        with mmap.mmap(file.fileno(), size) as bitmap:
            for line in _lines(source, report):
                hashed = bytes.fromhex(line[:40].decode()) if HASHED.fullmatch(line) else digest(line)
                for place in places(hashed, bits, probes):
                    bitmap[start + (place >> 3)] |= 1 << (place & 7)
            bitmap.flush()
        os.fsync(file.fileno())
    return size


def _lines(source: Path, report: Report) -> Iterator[bytes]:
    """Return each password of a list, or its SHA-1 with a count, whichever stands there."""
    whole = max(source.stat().st_size, 1)
    with source.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        # Read by hand, because a mapped or iterated file could not say how far it has come.
        lines = cast("BinaryIO", gzip.GzipFile(fileobj=file)) if is_packed else file
        count = 0
        while line := lines.readline(LINE_LIMIT):
            line = line.rstrip(b"\r\n")
            if not line:
                continue
            count += 1
            if count % REPORT_EVERY == 0:
                report(count, file.tell() / whole)
            yield line
        report(count, 1)
