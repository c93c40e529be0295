"""`manage.py seal_trail`: chain what is committed, give the heads out. Needs the security role."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from security.chain import sealing_loop
from security.management.privileged import SecurityRoleCommand


class Command(SecurityRoleCommand):
    help = "Chain what is committed and give the heads out: once, or for ever in a process of its own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--for-ever", action="store_true", help="go on until ended")
        parser.add_argument("--every", type=float, default=1.0, help="seconds between two beginnings (1)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["for_ever"]:
            sealing_loop.run(every=options["every"], say=self.stdout.write)
            return
        counts = sealing_loop.run_once(now=timezone.now())
        self.stdout.write(f"{sum(counts)} rows in {len(counts)} batches")
