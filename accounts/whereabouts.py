"""Where somebody came from and on what, as far as a reader should know: a block of addresses, a browser on a system."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from django.utils.translation import gettext as _

BLOCKS = {4: 24, 6: 48}  # bits: an office or a household, and nobody's single machine
# The first that is found; others carry the later names as well.
BROWSERS = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
]
SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
]


def block_of(address: str) -> str:
    """Return the block that an address lies in, such as 203.0.113.0/24; "" for what is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network(f"{found}/{BLOCKS[found.version]}", strict=False))


def browser_of(user_agent: str) -> str:
    """Return what a browser says of itself in words, in the language that is active."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("An unknown browser")
