from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts import keys
from security import scope


class Command(BaseCommand):
    help = "Create an operator's key for entering tracking events and print the key alone; it is not shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--days", type=int, help="how many days it may be used; without end when not given")

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["days"]
        expires_at = timezone.now() + timedelta(days=days) if days else None
        with scope.identity():
            _, token = keys.create_operator_key(name=options["name"], expires_at=expires_at)
        self.stdout.write(token)
