"""`manage.py exposure_report`: whose data was given out to somebody, in a time. Needs the security role."""

from __future__ import annotations

from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from security import evidence, exposure
from security.management.privileged import SecurityRoleCommand


class Command(SecurityRoleCommand):
    help = (
        "Say which accounts' objects, and which kinds of their fields, were given out: to actors, from sources, by "
        "techniques (names of addresses or jobs), in a time. Ids only, no personal data."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--actor", action="append", default=[], help="e-mail address, id, or user:ID, key:ID")
        parser.add_argument("--source", action="append", default=[], help="address or network, such as 203.0.113.0/24")
        parser.add_argument(
            "--technique", "--endpoint", action="append", default=[], help="such as addressbook:contact"
        )
        parser.add_argument("--account", action="append", default=[], help="id of an account")
        parser.add_argument("--from", dest="since", required=True, help="day or moment, ISO 8601; Hong Kong time")
        parser.add_argument("--until", help="the same, not included (now)")
        parser.add_argument(
            "--without-keys", action="store_true", help="leave out API keys that acted for these people"
        )
        parser.add_argument("--format", choices=sorted(exposure.WRITERS), default="csv")
        parser.add_argument("--output", type=Path, help="a new file; else it is printed")
        parser.add_argument("--bundle", type=Path, help="a new ZIP: report, entries and proof, signed")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        question = self._question(options, now)
        if options["bundle"]:
            self._bundle(question, options["bundle"], now)
            return
        summary = self._report(question, options["format"], options["output"], now)
        objects = ", ".join(f"{count} {kind}" for kind, count in sorted(summary.objects.items())) or "nothing"
        self.stderr.write(f"{summary.accounts} accounts: {objects}.")

    def _question(self, options: dict[str, Any], now: datetime) -> exposure.Question:
        try:
            question = exposure.Question(
                since=_moment(options["since"]),
                until=_moment(options["until"]) if options["until"] else now,
                actors=tuple(actor for text in options["actor"] for actor in exposure.actors_named(text)),
                sources=tuple(options["source"]),
                endpoints=tuple(options["technique"]),
                accounts=tuple(options["account"]),
            )
        except exposure.NothingAsked:
            raise CommandError("Name an actor, a source, a technique or an account.") from None
        except ValueError as error:
            raise CommandError(str(error)) from None
        return question if options["without_keys"] else exposure.with_keys(question)

    def _bundle(self, question: exposure.Question, path: Path, now: datetime) -> None:
        try:
            with path.open("xb") as file:
                made = evidence.make(question, file, now=now)
        except FileExistsError:
            raise CommandError(f"{path} is there already.") from None
        except evidence.NotSealedYet:
            path.unlink()
            raise CommandError("Some entries are not sealed yet. Try again in a moment.") from None
        except ValueError as error:
            path.unlink()
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{made.rows} entries in {made.batches} batches; {sum(made.summary.objects.values())} objects."
        )

    def _report(self, question: exposure.Question, wanted: str, path: Path | None, now: datetime) -> exposure.Summary:
        writer = exposure.WRITERS[wanted]
        if path is None:
            return exposure.write(question, writer(cast("IO[str]", self.stdout._out)), now=now)
        try:
            with path.open("xb") as raw:
                if wanted == "csv":
                    return exposure.copy_csv(question, raw)
                with TextIOWrapper(raw, encoding="utf-8", newline="") as file:
                    return exposure.write(question, writer(file), now=now)
        except FileExistsError:
            raise CommandError(f"{path} is there already.") from None


def _moment(text: str) -> datetime:
    """Read a day or a moment; without an offset it is Hong Kong's. Raises ValueError."""
    at = parse_datetime(text)
    if at is None and (day := parse_date(text)):
        at = datetime(day.year, day.month, day.day)  # noqa: DTZ001  (made aware below)
    if at is None:
        raise ValueError(f"{text} is no day and no moment.")
    return at if at.tzinfo else timezone.make_aware(at)
