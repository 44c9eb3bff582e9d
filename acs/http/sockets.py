"""What can be done with a plain TCP or UNIX connection beyond what every transport offers.

The type is asked for, not the method: wrappers such as TLS pass unknown attributes on to the transport below
them, and a ``writeSomeData`` found on one of them would send plain text past the encryption.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Any

from twisted.internet import tcp


def write_now(transport: Any, data: bytes) -> None:
    """Write ``data``, to the socket at once where nothing else waits to be written.

    `write` would ask the reactor to say when the socket can take it, although an idle socket can: that costs
    two system calls and a turn of the reactor for each response, up to a tenth of what HTTP takes.
    """
    if is_idle(transport) and transport.connected and not transport.disconnecting:
        sent = transport.writeSomeData(data)
        # An exception instead of a count says that the connection is lost; `write` finds that out again.
        if isinstance(sent, int):
            data = data[sent:]
    if data:
        transport.write(data)


def half_close(transport: Any) -> None:
    """Say that nothing more will be sent, and go on reading; does nothing where that cannot be said (TLS)."""
    if _is_plain(transport):
        transport.loseWriteConnection()


def is_idle(transport: Any) -> bool:
    """Whether nothing waits to be sent, as far as that can be known."""
    return _is_plain(transport) and not (transport.dataBuffer or transport._tempDataLen)


def client_of(transport: Any) -> tuple[str, int]:
    """Address and port of the other side: "" and 0 where it has none (UNIX sockets); mapped IPv4 as IPv4."""
    peer = transport.getPeer()
    return _as_ipv4(getattr(peer, "host", None) or ""), getattr(peer, "port", None) or 0


def _is_plain(transport: Any) -> bool:
    return isinstance(transport, tcp.Connection) and not transport.TLS


def _as_ipv4(host: str) -> str:
    if ":" not in host:
        return host
    try:
        address = ip_address(host)
    except ValueError:
        return host
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
