"""`manage.py seal_key`: the public half of the key that signs heads, to be kept where the site cannot change it."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from django.core.management.base import BaseCommand

from security.chain import keys


class Command(BaseCommand):
    help = "Print the id and the public half of the key that signs the trail's heads, and of those believed beside it."

    def handle(self, *args: Any, **options: Any) -> None:
        for key_id, public in keys.trusted().items():
            self.stdout.write(f"{key_id} {b64encode(public).decode()}")
