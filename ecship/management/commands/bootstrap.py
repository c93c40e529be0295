from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ecship import demo


class Command(BaseCommand):
    help = "Load the reference data, and the demo cast when a password for it is given. Safe to run twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo-password-file", type=Path, help="the file that holds the cast's password")

    def handle(self, *args: Any, **options: Any) -> None:
        demo.load_reference_data()
        if file := options["demo_password_file"]:
            made = demo.create_cast(password=file.read_text().strip())
            self.stdout.write("The demo cast is ready." if made else "The demo cast was there already.")
