"""Commands that read over all accounts, by the credential that the customers' processes do not hold."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

ALIAS = "security"


class SecurityRoleCommand(BaseCommand):
    """Says what is missing, rather than fail in the middle, where the process has no security role."""

    def execute(self, *args: Any, **options: Any) -> Any:
        if ALIAS not in settings.DATABASES:
            raise CommandError("The security role is not configured: set DATABASE_SECURITY_URL.")
        return super().execute(*args, **options)
