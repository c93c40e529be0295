"""`manage.py expire_sign_ups`: delete sign-ups that nobody activated within 30 days. Safe to run twice."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts import sign_ups
from security import scope


class Command(BaseCommand):
    help = "Delete sign-ups whose mailed link nobody has used within 30 days. Such a person simply signs up again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many are due")

    def handle(self, *args: Any, **options: Any) -> None:
        with scope.identity():
            count = sign_ups.expire(now=timezone.now(), dry_run=options["dry_run"])
        self.stdout.write(f"{count} sign-up{'' if count == 1 else 's'} {'due' if options['dry_run'] else 'deleted'}")
