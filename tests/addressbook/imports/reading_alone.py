"""`python -m tests.addressbook.imports.reading_alone FOLDER`: read and check each file, print what it took."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import django


def main(folder: Path) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecship.settings")
    django.setup()
    from addressbook.imports.checking import Rules, items_of
    from addressbook.imports.doubles import Index
    from addressbook.imports.reading import Row, Unusable, open_source

    def six(rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            yield replace(row, cells=[*row.cells, *[""] * 6][:6])

    before = most()
    read = 0
    for file in sorted(folder.iterdir()):
        with suppress(Unusable):
            source = open_source(file.read_bytes())
            rules = Rules(list(source.names or ["name", "line1", "district", "country", "email", "phone"]), "HK")
            read += sum(1 for _item in items_of(six(source.rows), rules, Index()))
    assert read, "not one row of all files was read"
    print(most() - before)


def most() -> float:
    """Return the most memory that this process has had, in MiB."""
    status = Path("/proc/self/status").read_text()  # what `getrusage` says outlives exec: it would be the parent's
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]))
