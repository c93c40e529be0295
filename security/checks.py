"""What must hold before the site serves anybody, as system checks with an id and a hint."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import OperationalError

from security import kek, roles
from security.chain import keys as seal_keys

KEY_BYTES = 32
LOCAL_NAMES = {"*", "localhost", "127.0.0.1", "[::1]", "testserver"}
MAILS_THAT_STAY = tuple(f"django.core.mail.backends.{name}." for name in ("filebased", "console", "locmem", "dummy"))


@register(Tags.security)
def walls_stand(**kwargs: Any) -> list[CheckMessage]:
    if not settings.SECURITY_WALLS_OFF:
        return []
    return [Error("A wall is switched off.", hint="SECURITY_WALLS_OFF exists for tests only.", id="security.E001")]


@register(Tags.security, deploy=True)
def webhooks_go_outside(**kwargs: Any) -> list[CheckMessage]:
    """To reach this very machine by a webhook is for tests."""
    if not settings.WEBHOOK_LOOPBACK:
        return []
    return [Error("Webhooks may reach this machine.", hint="Take WEBHOOK_LOOPBACK away.", id="security.E013")]


@register(Tags.security, deploy=True)
def keys_are_whole(**kwargs: Any) -> list[CheckMessage]:
    """That they are there at all is asked when the settings are read: production does not start without them."""
    wanted = {"ECSHIP_CONTEXT_KEY": settings.ECSHIP_CONTEXT_KEY, "ECSHIP_KEK": kek.encoded()}
    if "security" in settings.DATABASES:  # nobody else signs
        wanted["ECSHIP_SEAL_KEY"] = seal_keys.encoded()
        wanted |= {f"A key of ECSHIP_SEAL_OLD_KEYS ({old[:8]})": old for old in settings.ECSHIP_SEAL_OLD_KEYS}
    return [
        Error(f"{name} is not {KEY_BYTES} bytes in base64.", hint="Set 32 random bytes.", id="security.E003")
        for name, value in wanted.items()
        if _length(value) != KEY_BYTES
    ]


@register(Tags.security, deploy=True)
def site_has_a_name(**kwargs: Any) -> list[CheckMessage]:
    """Links in mails are made of the site's address, and a request under another name is refused."""
    messages: list[CheckMessage] = []
    if not settings.SITE_ADDRESS.startswith("https://"):
        hint = "Set SITE_ADDRESS to what people type, with https://; links in mails begin with it."
        messages.append(Error("The site's own address is not an https:// address.", hint=hint, id="security.E002"))
    if not settings.ALLOWED_HOSTS or LOCAL_NAMES & set(settings.ALLOWED_HOSTS):
        hint = "Set ALLOWED_HOSTS to the names people type, and to no others."
        messages.append(Error("Requests under any or a local name are served.", hint=hint, id="security.E006"))
    return messages


@register(Tags.security, deploy=True)
def console_stands_apart(**kwargs: Any) -> list[CheckMessage]:
    """Cookies know no ports: on one host the console's and the customers' pages would share them."""
    messages: list[CheckMessage] = []
    console, site = urlsplit(settings.CONSOLE_ADDRESS), urlsplit(settings.SITE_ADDRESS)
    if console.scheme != "https" or console.hostname == site.hostname:
        hint = "Set CONSOLE_ADDRESS to the staff console's own https:// address, on another host than the site's."
        messages.append(Error("The staff console has no address of its own.", hint=hint, id="security.E011"))
    if settings.CONSOLE and "security" not in settings.DATABASES:
        hint = "Set DATABASE_SECURITY_URL in the console's environment, and in no web process's."
        messages.append(Error("The staff console cannot ask across accounts.", hint=hint, id="security.E012"))
    return messages


@register(Tags.security, deploy=True)
def mail_goes_out(**kwargs: Any) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    if settings.EMAIL_DELIVERY_BACKEND.startswith(MAILS_THAT_STAY):
        hint = "Set EMAIL_BACKEND to django.core.mail.backends.smtp.EmailBackend, and EMAIL_HOST."
        messages.append(Error("Mails stay on this machine: nobody can activate.", hint=hint, id="security.E007"))
    if settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@localhost"):
        hint = "Set DEFAULT_FROM_EMAIL to an address that takes answers or bounces."
        messages.append(Error("Mails come from localhost.", hint=hint, id="security.E008"))
    return messages


@register(Tags.security, deploy=True)
def somebody_answers(**kwargs: Any) -> list[CheckMessage]:
    if settings.CONTACT_EMAIL:
        return []
    hint = "Set CONTACT_EMAIL; the contact and privacy pages show it."
    return [checks.Warning("Nobody can be written to.", hint=hint, id="security.W009")]


@register(Tags.security, deploy=True)
def proxies_are_counted(**kwargs: Any) -> list[CheckMessage]:
    if settings.TRUSTED_PROXIES:
        return []
    hint = "Set TRUSTED_PROXIES to how many stand in front: else all visitors share one address, and one lockout."
    return [checks.Warning("No proxy is trusted.", hint=hint, id="security.W010")]


@register(Tags.security, deploy=True)
def decoys_have_a_domain(**kwargs: Any) -> list[CheckMessage]:
    if settings.DECOY_MAIL_DOMAINS:
        return []
    hint = "Set DECOY_MAIL_DOMAINS to domains of yours that take no mail, or silence this: then there are no decoys."
    return [checks.Warning("No decoy account can be opened.", hint=hint, id="security.W012")]


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
