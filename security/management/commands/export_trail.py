"""`manage.py export_trail`: the trail with its chain, to be checked elsewhere. Needs the security role."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from security.chain import export
from security.management.privileged import SecurityRoleCommand

EVERY = 200  # batches between two lines of progress


class Command(SecurityRoleCommand):
    help = "Write the trail and its chain into a new folder, with the script that checks it without the site."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that does not exist yet")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            batches, rows = export.export(options["folder"], now=timezone.now(), progress=self._progress)
        except FileExistsError:
            raise CommandError(f"{options['folder']} is there already.") from None
        self.stdout.write(
            f"{batches} batches with {rows} rows. Check them: python {export.SCRIPT} . --heads FILE --key KEY"
        )

    def _progress(self, batches: int, rows: int) -> None:
        if batches % EVERY == 0:
            self.stderr.write(f"... {batches} batches, {rows} rows")
