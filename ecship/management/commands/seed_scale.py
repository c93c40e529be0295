import os
import time
from argparse import ArgumentTypeError
from datetime import UTC, date, datetime
from datetime import time as clock
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ecship.scale import load

BAR = 30  # characters
TELL_EVERY = 0.1  # of the whole, where nobody watches


def _number(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError("must be a whole number")
    return int(text)


class Progress:
    """One line that grows on a terminal; elsewhere a line for each tenth."""

    def __init__(self, command: BaseCommand) -> None:
        self.out, self.started, self.told = command.stderr, time.monotonic(), 0.0
        self.watched = bool(command.stderr.isatty())

    def __call__(self, done: int, whole: int) -> None:
        part = done / whole if whole else 1.0
        if not self.watched and part < 1 and part - self.told < TELL_EVERY:
            return
        self.told = part
        passed = time.monotonic() - self.started
        left = passed / part - passed if part else 0
        bar = "#" * int(part * BAR)
        line = (
            f"[{bar:<{BAR}}] {part:4.0%}  {done:,} of {whole:,} rows  {done / (passed or 1):,.0f}/s  {left:.0f} s left"
        )
        self.out.write(f"\r{line}" if self.watched else line, ending="" if self.watched and part < 1 else "\n")


class Command(BaseCommand):
    help = "Fill a site with made-up accounts, books and shipments, the same for the same seed. Never in production."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--accounts", type=_number, required=True)
        parser.add_argument("--contacts", type=_number, required=True, help="of an account, on average")
        parser.add_argument("--even", action="store_true", help="as many contacts in each account's book")
        parser.add_argument("--shipments", type=_number, default=0, help="of an account, on average, with events")
        parser.add_argument("--seed", type=_number, default=1)
        parser.add_argument("--until", type=date.fromisoformat, help="the newest day in it; today unless given")
        parser.add_argument("--password-file", type=Path, help="with everybody's password; without it nobody has any")
        parser.add_argument("--processes", type=_number, default=min(2, os.cpu_count() or 1))

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["until"] or timezone.now().date()
        file = options["password_file"]
        started = time.monotonic()
        try:
            count = load.load(
                accounts=max(1, options["accounts"]),
                contacts=options["contacts"],
                shipments=options["shipments"],
                seed=options["seed"],
                until=datetime.combine(day, clock(), UTC),
                password=make_password(file.read_text().strip() if file else None),
                processes=options["processes"],
                even=options["even"],
                report=Progress(self),
            )
        except load.SeededAlready:
            self.stdout.write("The accounts of this seed are there already.")
            return
        except load.CannotSeed as error:
            raise CommandError(str(error)) from error
        taken = time.monotonic() - started
        self.stdout.write(f"{options['accounts']:,} accounts with {count:,} rows in {taken:.0f} s.")
