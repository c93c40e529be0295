"""Forget by which ids a person is known to companies' providers: the next sign-in there binds anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.apps import person_of
from accounts.company import admission
from accounts.models import User
from security import scope


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="An address that the person signs in with.")

    def handle(self, *args: Any, **options: Any) -> None:
        user_id = person_of(options["email"])
        if user_id is None:
            raise CommandError("Nobody signs in with this address.")
        with scope.identity():
            count = admission.unbind(User.objects.get(pk=user_id))
        self.stdout.write(f"{count} forgotten.")
