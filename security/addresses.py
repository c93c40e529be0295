"""Addresses on the network: one IPv4 address is one, also where it is written as IPv6 (`::ffff:192.0.2.7`)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291, 2.5.5.2


def address(text: str) -> IPv4Address | IPv6Address:
    """Read an address. Raises ValueError."""
    read = ip_address(text)
    return read.ipv4_mapped or read if isinstance(read, IPv6Address) else read


def network(text: str) -> IPv4Network | IPv6Network:
    """Read an address or a range of them; bits beyond the prefix may be set. Raises ValueError."""
    read = ip_network(text, strict=False)
    if not isinstance(read, IPv6Network) or not read.subnet_of(MAPPED):
        return read
    mapped = read.network_address.ipv4_mapped
    return IPv4Network((int(mapped or 0), read.prefixlen - MAPPED.prefixlen))
