"""Incidents from the command line, for when the console is away: list, open, report. Needs DATABASE_SECURITY_URL."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from security.incidents import deadlines, exposure, services
from security.incidents.models import ALIAS, Incident, State
from security.incidents.reach import Reach, ReachesEverything


def moment(text: str) -> datetime:
    """Read a moment, of Hong Kong where no other zone is named."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError("a moment is written as 2026-03-27T14:30") from error
    return at if at.tzinfo else timezone.make_aware(at)


class Command(BaseCommand):
    help = "List open incidents, open one, or make an exposure report; the rest is done in the staff console."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="open incidents, with what is due when")
        opening = acts.add_parser("open", help="open an incident")
        opening.add_argument("title", help="what happened, in a few words; name nobody")
        opening.add_argument("--since", type=moment, required=True)
        opening.add_argument("--until", type=moment)
        for name in ("actor", "source", "endpoint"):
            opening.add_argument(f"--{name}", action="append", default=[])
        reporting = acts.add_parser("report", help="make the exposure report, as lines of JSON")
        reporting.add_argument("number", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        if ALIAS not in settings.DATABASES:
            raise CommandError("Set DATABASE_SECURITY_URL: incidents are the security role's.")
        {"list": self._list, "open": self._open, "report": self._report}[options["act"]](options)

    def _list(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        for incident in Incident.objects.using(ALIAS).exclude(state=State.CLOSED).order_by("number"):
            self.stdout.write(f"{incident.number}  {incident.state}  {incident.words or incident.technique}")
            for deadline in deadlines.of(incident, now=now):
                done = "done" if deadline.met_at else "late" if deadline.is_late else f"{deadline.hours_left} h left"
                self.stdout.write(f"    {deadline.label}: {deadline.due_at:%Y-%m-%d %H:%M} UTC, {done}")

    def _open(self, options: dict[str, Any]) -> None:
        reach = Reach(
            since=options["since"],
            until=options["until"],
            actors=tuple(options["actor"]),
            sources=tuple(options["source"]),
            endpoints=tuple(options["endpoint"]),
        )
        try:
            made = services.open_incident(title=options["title"], reach=reach, by=None, now=timezone.now())
        except ReachesEverything as error:
            raise CommandError("Name an actor, a source or an endpoint: otherwise it would be everybody.") from error
        self.stdout.write(f"Incident {made.number} is open.")

    def _report(self, options: dict[str, Any]) -> None:
        incident = Incident.objects.using(ALIAS).filter(number=options["number"]).first()
        if incident is None:
            raise CommandError("There is no such incident.")
        made = exposure.make(incident=incident, by=None, now=timezone.now())
        for row in exposure.rows_of(made):
            self.stdout.write(exposure.line_of(row.account_id, row.findings).decode(), ending="")
        self.stderr.write(f"version {made.version}, SHA-256 {made.digest}, {made.counts['accounts']} accounts")
