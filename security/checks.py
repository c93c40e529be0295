"""What must hold before the site serves anybody, as system checks with an id and a hint."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import OperationalError

from security import roles

KEY_BYTES = 32


@register(Tags.security)
def walls_stand(**kwargs: Any) -> list[CheckMessage]:
    if not settings.SECURITY_WALLS_OFF:
        return []
    return [Error("A wall is switched off.", hint="SECURITY_WALLS_OFF exists for tests only.", id="security.E001")]


@register(Tags.security, deploy=True)
def keys_are_set(**kwargs: Any) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    for name in ("ECSHIP_CONTEXT_KEY", "ECSHIP_KEK"):
        value = getattr(settings, name)
        if value.startswith("bG9jYWwtb25seS"):
            messages.append(Error(f"{name} is the one for laptops.", hint="Set 32 random bytes.", id="security.E002"))
        elif _length(value) != KEY_BYTES:
            messages.append(
                Error(f"{name} is not 32 bytes in base64.", hint="Set 32 random bytes.", id="security.E003")
            )
    return messages


@register(Tags.security, deploy=True)
def source_is_offered(**kwargs: Any) -> list[CheckMessage]:
    """The licence, AGPL section 13, gives whoever uses the site over a network the right to its source."""
    if settings.SOURCE_URL:
        return []
    hint = "Set SOURCE_URL to where the source of this very version can be had; every page links to it."
    return [Error("The source is not offered to readers.", hint=hint, id="security.E005")]


def _length(value: str) -> int:
    try:
        return len(b64decode(value, validate=True))
    except Base64Error:
        return -1


@register(Tags.database)
def role_is_harmless(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse to run as a superuser, as a role that bypasses row security, or as the owner of the tables."""
    if not databases or "default" not in databases:
        return []
    try:
        role = roles.ask()
    except OperationalError:
        return []  # no server: whoever needs it will say so
    if role.is_bound:
        return []
    hint = "Connect as ecship_app; migrations use DATABASE_OWNER_URL."
    return [
        Error(f"The site runs as {role.name}, which row-level security does not bind.", hint=hint, id="security.E004")
    ]
