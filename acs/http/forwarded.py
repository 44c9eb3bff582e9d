"""Who sent a request that came through a proxy: X-Forwarded-For, as far as the proxies are trusted."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from acs.http.connection import Connection, stand_in
from acs.http.messages import Request

Networks = Sequence[IPv4Network | IPv6Network]

_HEADER = "x-forwarded-for"
_MOST = 32
"""How many proxies are looked at."""


def sender(request: Request, connection: Connection, trusted: Networks) -> Connection:
    """What stands for the sender's connection.

    It is the connection itself unless that is a trusted proxy's and the request says for whom.  The address
    is the last one that no trusted proxy has: all before it is hearsay.  A session is not bound to the
    proxy's connection, which may carry many devices.
    """
    if not among(connection.client_ip, trusted):
        return connection
    said = ",".join(request.all(_HEADER)).split(",")[-_MOST:]
    client = ""
    for address in map(_plain, reversed(said)):
        if not address:
            break
        client = address
        if not among(address, trusted):
            break
    return stand_in(client, 0) if client else connection


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
