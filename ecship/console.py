"""What the staff console's process sets otherwise than the customers' (CONSOLE=true): addresses, cookies, limits.

It runs the same code beside the web processes, on a host of its own, and is the only one that serves pages and holds
the security role's credential.
"""

from __future__ import annotations

from typing import Any


def settings(*, prefix: str, longest: int) -> dict[str, Any]:
    """Return the settings by name.

    `prefix`: of all cookies' names; `longest`: seconds from a sign-in after which a session ends whatever is done.
    """
    return {
        "CONSOLE": True,
        "ROOT_URLCONF": "ecship.console_urls",
        "LOGIN_REDIRECT_URL": "console:dashboard",
        "SESSION_COOKIE_NAME": f"{prefix}console",
        "CSRF_COOKIE_NAME": f"{prefix}console-csrf",
        "SESSION_COOKIE_AGE": longest,
        "SESSION_COOKIE_SAMESITE": "Strict",
        "CSRF_COOKIE_SAMESITE": "Strict",
        "MESSAGE_STORAGE": "security.console.messages.Storage",
        "SILENCED_SYSTEM_CHECKS": ["drf_spectacular.E001"],  # there is no API here to describe
    }
