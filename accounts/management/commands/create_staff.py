from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.utils import timezone

from accounts import staff
from accounts.roles import StaffRole
from security import scope


class Command(BaseCommand):
    help = (
        "Make a staff account, or let one begin anew, and print the link by which its holder chooses a password and "
        "sets up an authenticator app. The link works once, for 24 hours."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--role", required=True, choices=[role for role in StaffRole.values if role])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
            with scope.identity():
                token = staff.invite(email=options["email"], role=options["role"], now=timezone.now())
        except ValidationError as error:
            raise CommandError("This is not an e-mail address.") from error
        except staff.IsCustomer as error:
            raise CommandError("A customer has this e-mail address. Staff need one of their own.") from error
        self.stdout.write(staff.address_of(token))
