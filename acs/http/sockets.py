"""What can be done with a plain TCP or UNIX connection beyond what every transport offers.

The type is asked for, not the method: wrappers such as TLS pass unknown attributes on to the transport below
them, and what is said to that goes past the encryption.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Any

from twisted.internet import tcp

from acs.http.plain_transport import PlainTransport


def half_close(transport: Any) -> None:
    """Say that nothing more will be sent, and go on reading; does nothing where that cannot be said (TLS)."""
    if isinstance(transport, PlainTransport) or (isinstance(transport, tcp.Connection) and not transport.TLS):
        transport.loseWriteConnection()


def client_of(transport: Any) -> tuple[str, int]:
    """Address and port of the other side: "" and 0 where it has none (UNIX sockets); mapped IPv4 as IPv4."""
    if isinstance(transport, PlainTransport):
        host, port = transport.address[:2]
        return _as_ipv4(host), port
    peer = transport.getPeer()
    return _as_ipv4(getattr(peer, "host", None) or ""), getattr(peer, "port", None) or 0


def _as_ipv4(host: str) -> str:
    if ":" not in host:
        return host
    try:
        address = ip_address(host)
    except ValueError:
        return host
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
