import time
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from security.detection import judging
from security.detection.simulation import live, scenario
from security.detection.simulation.engine import Result, Simulation

MOST_PEOPLE = 50


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("must be a whole number above 0")
    return int(text)


class Command(BaseCommand):
    help = (
        "Replay ordinary use and attacks against the real counters and the real ladder, with time compressed. "
        "Without names all scenarios run. Nothing of it stays in the database. Needs DATABASE_SECURITY_URL. "
        "With --against, ask a running server on this machine instead: the accounts made for it stay there."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
        parser.add_argument("--list", action="store_true", help="name the scenarios, with what they are about")
        parser.add_argument("--seed", type=_number, default=1)
        parser.add_argument("--scale", type=_number, default=1, help="so many times as many people of each group")

        parser.add_argument(
            "--against", metavar="URL", help="ask a running server on loopback, which uses this database"
        )
        parser.add_argument("--people", type=_number, default=8, help="how many ordinary people, with --against")
        parser.add_argument("--seconds", type=_number, default=30, help="how long at most, with --against")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["against"]:
            self._ask(options)
            return
        try:
            chosen = [scenario.read(name) for name in options["scenarios"] or scenario.names()]
        except FileNotFoundError as error:
            raise CommandError(f"There is no such scenario; there are: {', '.join(scenario.names())}.") from error
        if options["list"]:
            for one in chosen:
                self.stdout.write(f"{one.name}: {one.title}")
            return
        if not judging.is_possible():
            raise CommandError("Give DATABASE_SECURITY_URL: only the security role may judge.")
        failed = [one.name for one in chosen if not self._run(one, options)]
        if failed:
            raise CommandError(f"Not as expected: {', '.join(failed)}.")

    def _ask(self, options: dict[str, Any]) -> None:
        if options["scenarios"]:
            raise CommandError("A running server is asked in one way: name no scenarios.")
        try:
            origin = live.target(options["against"])
        except live.NotLoopback as error:
            raise CommandError("Only a server on this very machine (loopback) is asked.") from error
        people = min(options["people"], MOST_PEOPLE)
        outcome = live.run(origin, people=people, seconds=options["seconds"])
        for line in told(outcome):
            self.stdout.write(line)
        if failures := outcome.failures():
            raise CommandError(f"Not as expected: {'; '.join(failures)}.")

    def _run(self, one: scenario.Scenario, options: dict[str, Any]) -> bool:
        started = time.monotonic()
        result = Simulation(one, seed=options["seed"], scale=options["scale"]).run()
        for line in described(result, seconds=time.monotonic() - started):
            self.stdout.write(line)
        return not result.failures()


def told(outcome: live.Outcome) -> list[str]:
    """Return what came of asking a running server, in lines."""

    def moment(value: float | None) -> str:
        return "never" if value is None else f"after {value:.2f} s"

    lines = [
        f"  {one.player.name}: {one.asked} requests, records out {one.records_out}, suspended {moment(one.refused)}, "
        f"answered afterwards {one.after_refused}"
        for one in outcome.thieves
    ]
    lines += [
        f"  {one.player.name}: {one.asked} requests, slowed down or stopped {moment(one.disturbed)}"
        for one in outcome.guessers
    ]
    asked = sum(one.asked for one in outcome.ordinary)
    lines.append(f"  {len(outcome.ordinary)} ordinary people: {asked} requests, false alarms {outcome.false_alarms}")
    return [f"a running server, {outcome.seconds:.1f} s", *lines]


def described(result: Result, *, seconds: float) -> list[str]:
    """Return what came of a scenario, in lines."""
    outcome, found = result.outcome, ", ".join(f"{rule} {count}" for rule, count in result.rules.most_common())
    people = f"{result.actors:,} people, {result.days:,.0f} user-days, {result.hours:,.0f} user-hours"
    rungs, frozen = (
        f", rungs {result.rungs}" if result.rungs else "",
        f", frozen {result.frozen}" if result.frozen else "",
    )
    asked = f"asked who they are {result.step_ups} ({result.step_ups_in_10000_hours:.2f} in 10,000 user-hours)"
    done = f"slowed down {outcome.throttled}, {asked}, cases {outcome.cases}, suspensions {result.suspensions}"
    lines = [
        f"{result.scenario.name}: {result.scenario.title}",
        f"  {people}, {result.acts:,} acts, {result.refused:,} refused, in {seconds:.1f} s",
        f"  findings: {found or 'none'}",
        f"  {done}{rungs}{frozen}",
    ]
    if result.scenario.is_attack:
        times = [f"{name} after {value:.1f} min" for name, value in
                 (("noticed", result.noticed), ("suspended", result.suspended)) if value is not None]  # fmt: skip
        asked = f"ids of others asked for by one person {result.foreign_asked}"
        lines.append(f"  {', '.join(times) or 'never noticed'}; {asked}, own records out {result.records:,}")
    lines += [f"  NOT AS EXPECTED: {failure}" for failure in result.failures()] or ["  as expected"]
    return lines
