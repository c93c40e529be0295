"""The part of `bench_trail` that runs with Django on the filled database, as the security role."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import timedelta
from itertools import islice

import django

from bench.bench_trail import ATTACKER, DAY, PAGE, SHARE


def main(rows: int, most: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecship.settings")
    django.setup()
    _seal(rows, most)
    _report(rows)


def _seal(rows: int, most: int) -> None:
    from django.utils import timezone

    from security.chain import audit, sealer

    began, batches = time.monotonic(), 0
    for _batch in islice(sealer.seal(sealer.Horizon(), now=timezone.now()), -(-most // sealer.ROWS_A_BATCH)):
        batches += 1
    took = time.monotonic() - began
    sealed = min(rows, batches * sealer.ROWS_A_BATCH)
    print(f"Sealed {sealed:,} entries in {took:.1f} s: {sealed / took:,.0f} a second", flush=True)
    began = time.monotonic()
    last = sealer.last_batch()
    verifier, checked = audit.audit(heads=[], now=DAY, say=print)
    took = time.monotonic() - began
    assert last is not None
    assert checked.count == 0, checked.findings[:3]
    print(f"Checked {verifier.rows:,} entries in {took:.1f} s: {verifier.rows / took:,.0f} a second", flush=True)


def _report(rows: int) -> None:
    from security import exposure

    question = exposure.Question(since=DAY, until=DAY + timedelta(days=1), actors=(f"user:{ATTACKER}",))
    for again in range(2):
        with tempfile.TemporaryFile() as file:
            began = time.monotonic()
            summary = exposure.copy_csv(exposure.with_keys(question), file)
            took = time.monotonic() - began
        entries = -(-rows // SHARE)
        print(
            f"Exposure report{' again' if again else ''}: one actor, a day, {entries:,} of {rows:,} entries with"
            f" {PAGE} ids each: {took:.1f} s, {summary.accounts:,} accounts, {sum(summary.objects.values()):,} objects",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
