from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from security.thresholds import as_markdown

FILE = Path(settings.BASE_DIR) / "docs" / "security.md"
BEGIN, END = "<!-- thresholds: made by manage.py describe_thresholds -->\n", "<!-- end of thresholds -->\n"


class Command(BaseCommand):
    help = "Print the table of detection's thresholds, or write it into docs/security.md."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["write"]:
            self.stdout.write(as_markdown(), ending="")
            return
        before, rest = FILE.read_text().split(BEGIN)
        FILE.write_text(before + BEGIN + as_markdown() + END + rest.split(END)[1])
