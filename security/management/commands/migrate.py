"""`migrate`, as the owner of the tables: the runtime role has no right to change them.

Afterwards the partitions of the coming months are there, also where the scheduled job has not run for long.
"""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as MigrateCommand

from security.chain import partitions


class Command(MigrateCommand):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        if "owner" in settings.DATABASES:
            parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> str | None:
        said = super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]) and partitions.can_be_made(options["database"]):
            partitions.make(using=options["database"])
        return said
