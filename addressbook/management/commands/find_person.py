"""`manage.py find_person`: which accounts hold somebody's e-mail address or telephone number, by the security role."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from addressbook import holders
from security.management.privileged import SecurityRoleCommand

EVERY = 1_000  # accounts between two lines of progress


class Command(SecurityRoleCommand):
    help = (
        "Say which accounts' address books hold a person who asks. The e-mail address or telephone number is read from "
        "standard input, so that it stands in no history and no list of processes. Check first who asks. Only ids and "
        "counts come out; shipments are not searched."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ticket", required=True, help="where the request is kept; names nobody")

    def handle(self, *args: Any, **options: Any) -> None:
        ticket = options["ticket"].strip()
        if not 0 < len(ticket) <= holders.MOST_TICKET or "@" in ticket:
            raise CommandError("Give the ticket's number, of at most 40 letters, without the person's address.")
        if sys.stdin.isatty():
            self.stderr.write("E-mail address or telephone number:")
        try:
            wanted = holders.Wanted.of(sys.stdin.readline())
        except holders.NotAnAddress:
            raise CommandError("That is neither an e-mail address nor a telephone number.") from None
        asked = holders.accounts()
        found = self._found(wanted, asked, ticket)
        self.stdout.write(f"{len(found)} of {len(asked)} accounts.")

    def _found(self, wanted: holders.Wanted, asked: list[Any], ticket: str) -> list[holders.Holder]:
        """Ask and print; what was found so far is noted though it ends in the middle."""
        found: list[holders.Holder] = []
        done = 0
        try:
            for done, holder in enumerate(holders.ask(wanted, asked), start=1):
                if holder is not None:
                    found.append(holder)
                    self.stdout.write(f"{holder.account_id}: {holder.contacts} contacts, {holder.deleted} in the bin")
                if done % EVERY == 0:
                    self.stderr.write(f"{done} of {len(asked)} accounts asked")
        finally:
            holders.note(ticket=ticket, asked=done, holders=found)
        return found
