"""The trail in the database against its chain, and the chain against the heads that were given out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connections

from security.chain import keys, proof, sealer, tables
from security.chain.models import RetiredPartition, SealedBatch

ALIAS = sealer.ALIAS
AT_ONCE = 20  # batches held in memory
SPARE = 10_000  # rows more than were sealed, of one batch, that are looked at


def audit(
    *,
    heads: Sequence[Path],
    now: datetime,
    say: Callable[[proof.Finding], None],
    progress: Callable[[proof.Verifier], None] = lambda verifier: None,
) -> tuple[proof.Verifier, proof.Checked]:
    """Check every row, once, in the order of the chain. `heads`: files of heads that were given out."""
    retired: dict[tuple[int, int], str] = {}
    names = {code: name for name, code in codes().items()}
    outside = proof.read_heads(proof.lines_of(heads))
    verifier, checked = proof.Verifier(keys.trusted(), outside=outside, retired=retired, names=names), proof.Checked()
    last: proof.Batch | None = None
    for last in batches(retired):
        checked.add(verifier.batch(last), say)
        checked.add(verifier.check_rows(last, rows_of(last)), say)
        progress(verifier)
    checked.add(verifier.end(), say)
    checked.add(_outside_the_chain(last, now=now), say)
    checked.add(proof.gaps(proof.read_heads(proof.lines_of(heads))), say)
    return verifier, checked


def codes() -> dict[str, int]:
    """Return the chained tables with their codes."""
    return {table.name: table.code for table in tables.tables_of(tables.newest_format())}


def batches(retired: dict[tuple[int, int], str] | None = None) -> Iterator[proof.Batch]:
    """Go through the chain with leaves; months that are dropped meanwhile are noted before they are missed."""
    number = 0
    while True:
        if retired is not None:
            retired.update(retired_months())
        found = SealedBatch.objects.using(ALIAS).filter(number__gt=number).order_by("number")[:AT_ONCE]
        listed = [sealer.as_proof(batch, with_leaves=True) for batch in found]
        yield from listed
        if len(listed) < AT_ONCE:
            return
        number = listed[-1].number


def retired_months() -> dict[tuple[int, int], str]:
    known = codes()
    return {
        (known[one.parent], proof.month_of(one.month.isoformat())): one.at.isoformat()
        for one in RetiredPartition.objects.using(ALIAS).all()
    }


def rows_of(batch: proof.Batch) -> list[proof.Row]:
    """Return the rows which now stand at a batch's places, with their hashes as they are now."""
    places = {"after": batch.after, "upto": batch.upto, "most": batch.count + SPARE}
    return [proof.Row.of(*row) for row in _fetch(tables.rows_between(batch.format), places)]


def _outside_the_chain(last: proof.Batch | None, *, now: datetime) -> Iterator[proof.Finding]:
    """Find rows at places that no batch can have: before the first, or long after the last."""
    number, upto = (last.number, last.upto) if last else (0, 0)
    late = now - timedelta(seconds=sealer.LATE_SECONDS)
    for name in codes():
        [(before, waiting)] = _fetch(
            f"SELECT (SELECT count(*) FROM {name} WHERE pos <= 0),"  # noqa: S608  (names are ours)
            f" (SELECT count(*) FROM {name} WHERE pos > %(upto)s AND at < %(late)s)",
            {"upto": upto, "late": late},
        )
        if before:
            yield proof.Finding("inserted", 0, f"{before} rows of {name} stand before the chain.")
        if waiting:
            yield proof.Finding(
                "unsealed", number, f"{waiting} rows of {name} have waited for long and are in no batch."
            )


def _fetch(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
