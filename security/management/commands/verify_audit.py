"""`manage.py verify_audit`: the trail against its chain, the chain against the heads. Needs the security role."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from security.chain import audit, keys, proof
from security.management.privileged import SecurityRoleCommand

EVERY = 5.0  # seconds between two lines of progress


class Command(SecurityRoleCommand):
    help = (
        "Check every row of the access log and the security events against the signed chain, and the chain against the "
        "heads that were given out. Names each row that was edited, deleted, put in or moved; then it ends with 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--heads", type=Path, action="append", help="a file or folder of heads (TRAIL_FOLDER)")
        parser.add_argument("--most", type=int, default=1000, help="findings to print; all are counted (1000)")

    def handle(self, *args: Any, **options: Any) -> None:
        files = self._files(options["heads"])
        self._said, self._most, self._last = 0, options["most"], time.monotonic()
        verifier, checked = audit.audit(heads=files, now=timezone.now(), say=self._say, progress=self._progress)
        self.stdout.write(f"Keys believed: {', '.join(keys.trusted())}")
        self.stdout.write(
            f"Compared with the heads of {len(files)} files."
            if files
            else "Compared with no heads that were given out: a chain cut off at its end would not be seen."
        )
        for (table, month), count in sorted(verifier.retired_rows.items()):
            name = verifier.names[table]
            self.stdout.write(f"{count} rows of {proof.month_name(month)} of {name} were dropped after their time.")
        self.stdout.write(f"{verifier.batches} batches with {verifier.rows} rows: {checked.count or 'no'} findings.")
        if checked.count:
            raise CommandError("The trail is not as it was sealed. docs/operations.md says what to do.")

    @staticmethod
    def _files(given: list[Path] | None) -> list[Path]:
        if given is None:
            folder = Path(settings.TRAIL_FOLDER)
            return proof.heads_of(folder) if folder.is_dir() else []
        if missing := [str(path) for path in given if not path.exists()]:
            raise CommandError(f"There is no {', '.join(missing)}.")
        return [file for path in given for file in proof.heads_of(path)]

    def _say(self, finding: proof.Finding) -> None:
        self._said += 1
        if self._said <= self._most:
            self.stdout.write(f"{finding.what}: {finding.text}")

    def _progress(self, verifier: proof.Verifier) -> None:
        if time.monotonic() - self._last > EVERY:
            self._last = time.monotonic()
            self.stderr.write(f"... {verifier.batches} batches, {verifier.rows} rows")
