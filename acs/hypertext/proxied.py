"""Who sent a request that came through proxies, as far as these are trusted."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

Networks = Sequence[IPv4Network | IPv6Network]

_MOST = 32
"""How many proxies are looked at."""


def sender_behind(said: Sequence[str], trusted: Networks) -> str:
    """The address for which a trusted proxy has asked, by its X-Forwarded-For; "" where that tells none.

    It is the last one that no trusted proxy has: all before it is hearsay.
    """
    client = ""
    for address in map(_plain, reversed(",".join(said).split(",")[-_MOST:])):
        if not address:
            break
        client = address
        if not among(address, trusted):
            break
    return client


def among(address: str, networks: Networks) -> bool:
    """Whether an address, "" for none, is in one of these networks."""
    try:
        there = ip_address(address)
    except ValueError:
        return False  # a UNIX socket
    return any(there in network for network in networks)


def _plain(address: str) -> str:
    """An address as it is written without port and brackets; "" for what is none."""
    address = address.strip()
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    try:
        there = ip_address(address)
    except ValueError:
        return ""
    mapped = getattr(there, "ipv4_mapped", None)
    return str(mapped or there)
