"""Where a webhook may go: to public servers alone, so that nobody has us knock at doors of our own network.

An address is looked at twice. Its form when it is typed (`check`); and where its name leads when something is sent
(`places_of`): looked up once, every answer held against the registries of IANA, and connected to is what was looked at.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

LONGEST = 500  # characters of an address
MOST_PLACES = 2  # of one name that are tried
NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
VISIBLE = re.compile(r"[!-~]+")
# The special-purpose registries of IANA, and multicast. `ipaddress` of each Python knows another edition of them.
NOT_PUBLIC_4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
]  # fmt: skip
# Of IPv6 only what is given out to the public; not the forms that carry an IPv4 address within (6to4, Teredo; NAT64 and
# mapped ones lie outside).
PUBLIC_6 = IPv6Network("2000::/3")
NOT_PUBLIC_6 = [
    IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
]


class BadTarget(Exception):
    """Nothing is sent there. `words` say why, in the reader's language; none where it shows when sending."""

    def __init__(self, words: str = "") -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True)
class Target:
    """An address taken apart. `host` is a name or an address without brackets; `path` has the query."""

    is_tls: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


def check(url: str) -> Target:
    """Return the parts of an address whose form is right. Raises BadTarget."""
    if not VISIBLE.fullmatch(url) or len(url) > LONGEST or "\\" in url:
        raise BadTarget(_("Enter a web address that begins with https://, of 500 characters or fewer, without blanks."))
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise BadTarget(_("Enter a web address such as https://shop.example.com/ecship.")) from error
    is_tls = parts.scheme == "https"
    if not is_tls and not (settings.WEBHOOK_LOOPBACK and parts.scheme == "http"):
        raise BadTarget(_("Enter a web address that begins with https://."))
    if parts.username is not None or parts.password is not None or "#" in url:
        raise BadTarget(_("Enter the web address without a user, a password and a part after #."))
    if not NAME.fullmatch(host) and not _literal(host):
        raise BadTarget(_("Enter a web address such as https://shop.example.com/ecship."))
    port = port if port is not None else (443 if is_tls else 80)
    if port not in settings.WEBHOOK_PORTS and not settings.WEBHOOK_LOOPBACK:
        listed = ", ".join(str(one) for one in settings.WEBHOOK_PORTS)
        raise BadTarget(_("Webhooks go to these ports: %(ports)s.") % {"ports": listed})
    if (literal := _literal(host)) and not may_connect(literal):
        raise BadTarget(_("Enter the web address of a public server."))
    if not literal and not _is_public_name(host):
        raise BadTarget(_("Enter the web address of a public server."))
    return Target(is_tls, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def places_of(target: Target) -> list[str]:
    """Look the host up, once, and return where to connect to. Raises BadTarget unless all of that is public."""
    if literal := _literal(target.host):
        found = [literal]
    else:
        try:
            # With a dot behind it a name is whole: no name of our own network is tried in front of it.
            answers = socket.getaddrinfo(f"{target.host}.", target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise BadTarget from error
        found = [ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]
    if not found or not all(may_connect(one) for one in found):
        raise BadTarget
    return list(dict.fromkeys(str(one) for one in found))[:MOST_PLACES]


def may_connect(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is a public one; loopback counts as one where the setting for tests says so."""
    if settings.WEBHOOK_LOOPBACK and address.is_loopback:
        return True
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_4)
    return address in PUBLIC_6 and not any(address in network for network in NOT_PUBLIC_6)


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_public_name(host: str) -> bool:
    """Tell whether a name can be one of the public DNS: with a dot, and a last part that is no number."""
    last = host.rpartition(".")[2]
    if settings.WEBHOOK_LOOPBACK and host == "localhost":
        return True
    return "." in host and not last.isdecimal() and not last.startswith("0x") and last not in _LOCAL


_LOCAL = {"localhost", "local", "internal", "lan", "home", "corp", "test", "invalid", "example", "onion", "arpa"}
