"""`manage.py expire`: what the site no longer keeps, account by account. Needs the security role; safe to run twice."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import leftovers
from shipments import retention


class Command(BaseCommand):
    help = (
        "In every account delete stale drafts, end labels past their last day, remove the personal data of shipments "
        "that ended long ago, take away contacts whose deletion can no longer be undone, and forget answers of the API "
        "that are no longer given again. Ends sessions that are over, and what else signing in leaves behind."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what is due")

    def handle(self, *args: Any, **options: Any) -> None:
        verb = "due" if options["dry_run"] else "done"
        ended = leftovers.end(now=timezone.now(), dry_run=options["dry_run"])
        self.stdout.write(
            f"signing in: {ended.sessions} sessions, {ended.listed} lines of sessions that are gone, "
            f"{ended.mails} mails given up, {ended.invitations} invitations and {ended.attempts} old attempts {verb}"
        )
        try:
            done = retention.expire_everywhere(now=timezone.now(), dry_run=options["dry_run"])
        except retention.NoSecurityRole:
            raise CommandError("The security role is not configured: set DATABASE_SECURITY_URL.") from None
        for account_id, one in done.items():
            self.stdout.write(f"{account_id}: {described(one)} {verb}" if one else f"{account_id}: failed")
        total = sum((one for one in done.values() if one), retention.Expired())
        self.stdout.write(f"{len(done)} accounts: {described(total)} {verb}")
        if failed := sum(one is None for one in done.values()):
            raise CommandError(f"{failed} of {len(done)} accounts failed; the log says why. Run it again.")


def described(one: retention.Expired) -> str:
    return (
        f"{one.drafts} drafts, {one.labels} labels, {one.cleared} shipments' personal data, {one.contacts} contacts "
        f"and {one.answers} kept answers"
    )
