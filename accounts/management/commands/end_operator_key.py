from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import keys
from security import scope


class Command(BaseCommand):
    help = "End the operator's keys of a name at once: their next request is refused."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        with scope.identity():
            ended = keys.end_operator_keys(name=options["name"])
        if not ended:
            raise CommandError("No operator's key has that name.")
        self.stdout.write(f"Ended: {ended}")
