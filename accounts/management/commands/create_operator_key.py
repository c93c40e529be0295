from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts import keys
from security import scope


class Command(BaseCommand):
    help = "Create an operator's key for entering tracking events and print the key alone; it is not shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        with scope.identity():
            _, token = keys.create_operator_key(name=options["name"])
        self.stdout.write(token)
