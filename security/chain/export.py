"""The whole trail with its chain as files, for `proof.py`, which checks them without the site."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from security.chain import audit, keys, proof, sinks
from security.chain.models import RetiredPartition

SCRIPT = "proof.py"


def about(*, now: datetime, partly: bool = False) -> dict[str, Any]:
    """What the files are, and what one needs to read them."""
    return {
        "made_at": now.isoformat(),
        "partly": partly,
        "tables": audit.codes(),
        "keys": [b64encode(public).decode() for public in keys.trusted().values()],
        "retired": [
            {"parent": one.parent, "month": one.month.isoformat(), "at": one.at.isoformat()}
            for one in RetiredPartition.objects.using(audit.ALIAS).order_by("at")
        ],
    }


def export(folder: Path, *, now: datetime, progress: Callable[[int, int], None]) -> tuple[int, int]:
    """Write the trail into a new folder; return how many batches and rows. Raises FileExistsError."""
    folder.mkdir(parents=True, mode=0o750)
    count = rows = 0
    with (folder / "batches.jsonl").open("w") as batch_file, (folder / "rows.jsonl").open("w") as row_file:
        for count, batch in enumerate(audit.batches(), start=1):
            batch_file.write(batch.as_json(with_leaves=True) + "\n")
            for line in sinks.row_lines(batch):
                row_file.write(line + "\n")
                rows += 1
            progress(count, rows)
    # Last, so that months which were dropped meanwhile are named, and a folder without it is unfinished.
    (folder / "about.json").write_text(json.dumps(about(now=now), indent=1))
    (folder / SCRIPT).write_text(script())
    return count, rows


def script() -> str:
    """Return the stand-alone script."""
    return Path(proof.__file__).read_text()
