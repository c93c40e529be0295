"""Blocked sources: a network from which nothing is answered for a while, by decision of staff.

That it is one comes with the statement that enters a request's scope (`security.context`), as suspensions and frozen
features do: it holds at every entrance from the next request on, the staff console's too, and costs no further round
trip. Files of our own face (styles, scripts) are served by what stands before that, and hold nothing of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction
from django.db.models import QuerySet

from security import addresses, alarms
from security.detection.models import BlockedSource

ALIAS = "security"
LEAST_BITS = {4: 16, 6: 32}  # nothing wider: a provider of a whole city, not the internet; the database asks for it too
MOST = 200  # that hold at once
NEVER = ("127.0.0.0/8", "::1/128")
_ONE_AT_A_TIME = 0x626C6F63  # a number of our own for the lock under which they are counted


class NoNetwork(ValueError):
    """Neither an address nor a network."""


class TooWide(ValueError):
    """More than may be blocked."""


class OurOwn(ValueError):
    """An address of the site itself, or of a proxy in front of it, is in it."""


class TooMany(Exception):
    """So many hold already that no more can be."""


@dataclass(frozen=True)
class Here:
    """Where whoever blocks comes from, and what stands between them and us."""

    address: str
    proxies: tuple[str, ...]


def here(address: str, meta: Mapping[str, Any]) -> Here:
    """Say it of a request: the proxies are whoever talks to us, and those whom it names in front of itself."""
    if not settings.TRUSTED_PROXIES:
        return Here(address, ())
    named = [part.strip() for part in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
    nearest = named[len(named) - settings.TRUSTED_PROXIES + 1 :] if settings.TRUSTED_PROXIES > 1 else []
    return Here(address, (str(meta.get("REMOTE_ADDR", "")), *nearest))


def read(text: str, *, here: Here) -> str:
    """Return a network as it is kept, in CIDR notation. Raises NoNetwork, TooWide, OurOwn."""
    try:
        network = addresses.network(text.strip())
    except ValueError as error:
        raise NoNetwork from error
    if network.prefixlen < LEAST_BITS[network.version]:
        raise TooWide
    ours = [ip_network(one) for one in NEVER]
    if any(one.version == network.version and network.overlaps(one) for one in ours):
        raise OurOwn
    if any(holds(str(network), proxy) for proxy in here.proxies):
        raise OurOwn
    return str(network)


def holds(network: str, address: str) -> bool:
    """Tell whether an address is of a network; False for what is none."""
    try:
        return addresses.address(address) in addresses.network(network)
    except ValueError:
        return False


def block(*, network: str, until: datetime, reason: str, by: UUID, now: datetime) -> BlockedSource:
    """Block a network that `read` returned; what held of the very same one is replaced. Raises TooMany."""
    with transaction.atomic(using=ALIAS):
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        running(now=now).filter(network=network).update(lifted_at=now, lifted_by=by)
        if running(now=now).count() >= MOST:
            raise TooMany
        made = BlockedSource(network=network, at=now, until=until, by=by)
        made.reason = reason
        made.save(using=ALIAS, force_insert=True)
    alarms.note(kind="staff.block", data={"block": str(made.pk), "network": network, "until": until.isoformat()})
    return made


def lift(blocked: BlockedSource, *, by: UUID, now: datetime) -> bool:
    """End it before its time; False where it was over already."""
    lifted = running(now=now).filter(pk=blocked.pk).update(lifted_at=now, lifted_by=by)
    if lifted:
        alarms.note(kind="staff.lift", data={"block": str(blocked.pk), "network": blocked.network})
    return bool(lifted)


def running(*, now: datetime) -> QuerySet[BlockedSource]:
    return BlockedSource.objects.using(ALIAS).filter(lifted_at=None, until__gt=now)
