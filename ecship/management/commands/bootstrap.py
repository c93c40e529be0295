import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandParser

from ecship import demo


class Command(BaseCommand):
    help = "Load the reference data, and the demo cast when a password for it is given. Safe to run twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo-password-file", type=Path, help="the file that holds the cast's password")
        parser.add_argument("--demo-link-file", type=Path, help="the file to write the link into by which staff begin")

    def handle(self, *args: Any, **options: Any) -> None:
        demo.load_reference_data()
        if file := options["demo_password_file"]:
            made = demo.create_cast(password=file.read_text().strip())
            self.stdout.write("The demo cast is ready." if made else "The demo cast was there already.")
        if file := options["demo_link_file"]:
            private = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(private, "w") as link:
                link.write(urlsplit(demo.invite_staff()).path)
