from typing import Any

from django.conf import settings
from django.http import HttpRequest

from security import scope


def active(request: HttpRequest) -> dict[str, Any]:
    """What every page may ask: the active account and membership, all of the reader's, what they may do, how long."""
    return {
        "memberships": getattr(request, "memberships", []),
        "account": getattr(request, "account", None),
        "member": getattr(request, "member", None),
        "closed_account": getattr(request, "closed_account", None),
        "factor_due": getattr(request, "factor_due", None),
        "session_limits": getattr(request, "session_limits", None),
        "has_companies": bool(settings.OIDC_PROVIDERS) and not settings.CONSOLE,
        "rights": {permission.name.lower(): True for permission in scope.get().permissions},
    }
