"""What every page of the console may ask; on the customers' site only that it is none."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from security import scope
from security.console import registry


def console(request: HttpRequest) -> dict[str, Any]:
    if not settings.CONSOLE:
        return {"is_console": False}
    return {"is_console": True, "console_groups": registry.entries(scope.get().permissions)}
