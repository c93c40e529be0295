from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from shipments.tariff.importer import import_folder
from shipments.tariff.opendata import UnreadableTariff


class Command(BaseCommand):
    help = "Import an edition of the tariff from a folder of the operator's open data, and report what was odd in it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--effective", type=date.fromisoformat, help="the day from which all of it holds")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            edition = import_folder(options["folder"], now=timezone.now(), effective=options["effective"])
        except UnreadableTariff as error:
            raise CommandError(str(error)) from error
        for line in edition.report:
            self.stdout.write(line)
        self.stdout.write(f"Edition {edition.name} is imported.")
