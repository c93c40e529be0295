from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import keys
from accounts.models import User
from accounts.roles import KEY_SCOPES
from security import scope


class Command(BaseCommand):
    help = "Create an API key for a user's active account and print the key alone; it is not shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--scopes", required=True, help="names separated by commas, or all")
        parser.add_argument("--name", default="Command line")

    def handle(self, *args: Any, **options: Any) -> None:
        scopes = sorted(KEY_SCOPES) if options["scopes"] == "all" else options["scopes"].split(",")
        with scope.identity():
            user = User.objects.filter(email=options["email"].lower()).first()
            member = user and user.memberships.select_related("account").order_by("joined_at").first()
            if not user or not member:
                raise CommandError("No such user with an account.")
            try:
                _, token = keys.create_api_key(account=member.account, by=user, name=options["name"], scopes=scopes)
            except ValueError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(token)
