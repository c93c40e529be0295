"""`manage.py expire`: delete drafts and end labels past their days. Needs the security role; safe to run twice."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from shipments import retention


class Command(BaseCommand):
    help = "Delete stale drafts and end labels past their last day, in every account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what is due")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = retention.expire_everywhere(now=timezone.now(), dry_run=options["dry_run"])
        except retention.NoSecurityRole:
            raise CommandError("The security role is not configured: set DATABASE_SECURITY_URL.") from None
        verb = "due" if options["dry_run"] else "expired"
        for one in done:
            self.stdout.write(f"{one.account_id}: {one.drafts} drafts and {one.labels} labels {verb}")
        self.stdout.write(f"{len(done)} accounts")
