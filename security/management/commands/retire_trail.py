"""`manage.py retire_trail`: months of the trail past their time. Needs the security role; safe to run twice."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from security.chain import partitions
from security.management.privileged import SecurityRoleCommand


class Command(SecurityRoleCommand):
    help = "Drop whole months of the access log and the security events past their time, once sealed and given out."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what is due")

    def handle(self, *args: Any, **options: Any) -> None:
        done = partitions.retire(now=timezone.now(), dry_run=options["dry_run"])
        verb = "would be dropped" if options["dry_run"] else "dropped"
        for one in done:
            what = f"{one.month:%Y-%m} of {one.parent}"
            self.stdout.write(f"{what}: stays, {one.why}" if one.rows is None else f"{what}: {one.rows} rows {verb}")
        if not done:
            self.stdout.write("Nothing is past its time.")
        if any(one.rows is None for one in done):
            raise CommandError("Some months stay until they are sealed and given out.")
