from typing import Any

from django.http import HttpRequest

from security import scope


def active(request: HttpRequest) -> dict[str, Any]:
    """What every page may ask: the active account and membership, all of the reader's, and what the reader may do."""
    return {
        "memberships": getattr(request, "memberships", []),
        "account": getattr(request, "account", None),
        "member": getattr(request, "member", None),
        "rights": {permission.name.lower(): True for permission in scope.get().permissions},
    }
