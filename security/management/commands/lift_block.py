"""`manage.py lift_block`: end blocks of sources without the console, for staff who have shut themselves out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from security.detection import blocking

OPERATOR = UUID(int=0)  # whoever has the command line is no member of staff


class Command(BaseCommand):
    help = "Lift every block that holds an address. Needs the security role."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="such as 203.0.113.9")

    def handle(self, *args: Any, **options: Any) -> None:
        if blocking.ALIAS not in settings.DATABASES:
            raise CommandError("The security role is not configured: set DATABASE_SECURITY_URL.")
        now = timezone.now()
        held = [one for one in blocking.running(now=now) if blocking.holds(one.network, options["address"])]
        for one in held:
            blocking.lift(one, by=OPERATOR, now=now)
            self.stdout.write(f"{one.network} is lifted.")
        if not held:
            self.stdout.write("No block holds this address.")
