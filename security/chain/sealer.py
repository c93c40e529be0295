"""The sealer: chains what was committed, in batches, behind whatever is still being written.

A row's place comes from one sequence for all chained tables, and its transaction has its number before the row has its
place. So the sealer reads the last place given, takes a transaction number of its own, and waits until every
transaction up to that number has ended: no row can appear at or before that place any more. Then it chains the rows up
to it. Two sealers at once are kept apart by a lock, and could not fork by the table's keys.
docs/decisions/0009-sealing-behind-the-snapshot.md.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connections, transaction

from security.chain import keys, proof, tables
from security.chain.models import SealedBatch, SealKey

log = logging.getLogger(__name__)

ALIAS = "security"
ROWS_A_BATCH = 5_000
LOCK = 0x7261_696C  # of the database's advisory locks
PATIENCE = 0.5  # seconds to wait for transactions that write, before the next pass asks again
LATE_SECONDS = 120  # an older row that is not sealed is worth an alarm


@dataclass
class Horizon:
    """Places behind which nothing can appear any more. Kept from one pass to the next."""

    settled: int = 0
    _pending: list[tuple[int, int]] = field(default_factory=list)  # place, and the number all writers must be past

    def advance(self, *, patience: float = PATIENCE) -> int:
        """Return the place up to which all is settled; waits a little for those who write now."""
        place = _ask("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM security_trail_place")
        newest = self._pending[-1][0] if self._pending else self.settled
        if place < self.settled:  # the tables were emptied, or put back to an earlier day
            self.settled, self._pending, newest = 0, [], 0
        if place > newest:
            # A statement of its own, after the place was read: whoever holds that place has a smaller number.
            self._pending.append((place, _ask("SELECT pg_current_xact_id()::text::bigint")))
        until = time.monotonic() + patience
        while self._pending:
            self._settle(_ask("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))
            if not self._pending or time.monotonic() >= until:
                break
            time.sleep(0.01)
        return self.settled

    def _settle(self, oldest_running: int) -> None:
        while self._pending and self._pending[0][1] < oldest_running:
            self.settled = self._pending.pop(0)[0]


def seal(horizon: Horizon, *, now: datetime, rows_a_batch: int = ROWS_A_BATCH) -> Iterator[SealedBatch]:
    """Chain everything that is settled; yields each batch after it was committed.

    Ends at once where another process seals. Killed in the middle, nothing half is left: a batch is one transaction.
    """
    upto = horizon.advance()
    while (batch := _seal_one(upto, now=now, most=rows_a_batch)) is not None:
        yield batch
        if batch.upto >= upto:
            return


def last_batch() -> SealedBatch | None:
    return SealedBatch.objects.using(ALIAS).defer("leaves").order_by("-number").first()


def lag(*, now: datetime) -> float:
    """Return how many seconds the oldest row without a seal has waited; 0 where there is none."""
    last = last_batch()
    parts = " UNION ALL ".join(
        f"(SELECT at FROM {table.name} WHERE pos > %(after)s ORDER BY pos LIMIT 1)"  # noqa: S608
        for table in tables.tables_of(tables.newest_format())
    )
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(f"SELECT min(at) FROM ({parts}) AS waiting", {"after": last.upto if last else 0})  # noqa: S608
        row = cursor.fetchone()
    return max(0.0, (now - row[0]).total_seconds()) if row and row[0] else 0.0


def _seal_one(horizon: int, *, now: datetime, most: int) -> SealedBatch | None:
    with transaction.atomic(using=ALIAS):
        if not _ask(f"SELECT pg_try_advisory_xact_lock({LOCK})::int"):
            return None
        last = last_batch()
        after = last.upto if last else 0
        if after >= horizon:
            return None
        version = tables.newest_format()
        rows = _fetch(tables.rows_between(version), {"after": after, "upto": horizon, "most": most})
        if not rows:
            return None
        leaves = b"".join(proof.Row.of(*row).leaf for row in rows)
        upto = horizon if len(rows) < most else rows[-1][0]
        return _write(last, version=version, after=after, upto=upto, leaves=leaves, now=now)


def _write(
    last: SealedBatch | None, *, version: int, after: int, upto: int, leaves: bytes, now: datetime
) -> SealedBatch:
    signer = keys.signer()
    unsigned = proof.Batch(
        number=last.number + 1 if last else 1,
        format=version,
        after=after,
        upto=upto,
        count=len(leaves) // proof.LEAF.size,
        digest=hashlib.sha256(leaves).hexdigest(),
        previous=bytes(last.head).hex() if last else proof.NO_HEAD,
        made_at=now.astimezone(UTC).isoformat(timespec="microseconds"),
        key=signer.key_id,
    )
    if last is None or last.key_id != signer.key_id:
        SealKey.objects.using(ALIAS).bulk_create(
            [SealKey(key_id=signer.key_id, public=signer.public, since=now)], ignore_conflicts=True
        )
    return SealedBatch.objects.using(ALIAS).create(
        number=unsigned.number,
        format=version,
        after=after,
        upto=upto,
        count=unsigned.count,
        digest=bytes.fromhex(unsigned.digest),
        previous=bytes.fromhex(unsigned.previous),
        made_at=now,
        key_id=signer.key_id,
        head=bytes.fromhex(unsigned.expected_head()),
        signature=signer.sign(unsigned.signed_text()),
        leaves=leaves,
    )


def as_proof(batch: SealedBatch, *, with_leaves: bool = False) -> proof.Batch:
    """Return a batch in the shape that is given out and checked."""
    return proof.Batch(
        number=batch.number,
        format=batch.format,
        after=batch.after,
        upto=batch.upto,
        count=batch.count,
        digest=bytes(batch.digest).hex(),
        previous=bytes(batch.previous).hex(),
        made_at=batch.made_at.astimezone(UTC).isoformat(timespec="microseconds"),
        key=batch.key_id,
        head=bytes(batch.head).hex(),
        signature=bytes(batch.signature),
        leaves=bytes(batch.leaves) if with_leaves else b"",
    )


def _ask(sql: str) -> int:
    [(value,)] = _fetch(sql, None)
    return int(value)


def _fetch(sql: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
