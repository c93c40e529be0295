from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from accounts import services
from accounts.models import Account, User
from security import scope


class Command(BaseCommand):
    help = "Create a verified user with an account, ready to sign in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--password", required=True)
        parser.add_argument("--kind", choices=Account.Kind.values, default=Account.Kind.PERSONAL)
        parser.add_argument("--name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        self._warn(**options)
        try:
            with scope.identity():
                user = services.create_verified_user(
                    email=options["email"], password=options["password"], name=options["name"]
                )
                account = services.open_account(user=user, kind=options["kind"], name=options["name"])
        except IntegrityError as error:
            raise CommandError("This e-mail address has a user already.") from error
        self.stdout.write(str(account.pk))

    def _warn(self, *, password: str, email: str, name: str, **options: Any) -> None:
        """Say what the site would have said. The operator decides: a test site may want a simple one."""
        try:
            validate_password(password, User(email=email, name=name))
        except ValidationError as error:
            self.stderr.write(" ".join(error.messages))
