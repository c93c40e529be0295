"""`manage.py rewrap_keys`: after the key of keys was exchanged, wrap everybody's keys and secrets under the new one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import rewrapping
from security import kek


class Command(BaseCommand):
    help = (
        "Wrap anew, under ECSHIP_KEK, what lies under one of ECSHIP_OLD_KEKS: keys of accounts, sealed passwords, "
        "secrets of factors. Safe to run twice, and while the site serves."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not kek.older():
            raise CommandError("There is no older key: set ECSHIP_OLD_KEKS to the one before ECSHIP_KEK.")
        for name, count in rewrapping.everything(self._told).items():
            self.stdout.write(f"{name}: {count} wrapped anew")

    def _told(self, name: str, seen: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{name}: {seen:,} ", ending="")
            self.stderr.flush()
