from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import common_passwords

WIDTH = 30  # characters of the bar


class Command(BaseCommand):
    help = (
        "Refuse all passwords of a downloaded list from now on: plain ones, one a line, or SHA-1 hashes (HASH:count); "
        "gzipped or not. Replaces the list before it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("list", type=Path)
        parser.add_argument("--output", type=Path, default=settings.COMMON_PASSWORDS_FILE)

    def handle(self, *args: Any, **options: Any) -> None:
        self.began = monotonic()
        try:
            built = common_passwords.build(options["list"], options["output"], report=self.report)
        except (OSError, EOFError) as error:
            raise CommandError(f"The list could not be built: {error}") from error
        self.stderr.write("")
        self.stdout.write(f"{built.lines} passwords are refused now: {options['output']}, {built.size} bytes")

    def report(self, lines: int, part: float) -> None:
        """Draw the bar, on a terminal only."""
        if not self.stderr.isatty():
            return
        part = min(part, 1.0)
        left = (monotonic() - self.began) * (1 - part) / part if part else 0
        bar = "#" * round(WIDTH * part)
        self.stderr.write(f"\r[{bar:.<{WIDTH}}] {part:4.0%}  {lines:,} noted, {left:,.0f} s left  ", ending="")
        self.stderr.flush()
