"""What can be done with a connection beyond what every transport offers.

The type is asked for, not the method: wrappers such as TLS pass unknown attributes on to the transport below
them, and what is said to that goes past the encryption.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Any

from OpenSSL import SSL
from twisted.internet import tcp
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOProtocol

from acs.http.certificates import names_of
from acs.http.plain_transport import PlainTransport
from acs.http.tls_transport import TlsTransport

log = Logger()


def half_close(transport: Any) -> None:
    """Say that nothing more will be sent, and go on reading; does nothing where that cannot be said (TLS)."""
    if isinstance(transport, TlsTransport):
        return
    if isinstance(transport, PlainTransport) or (isinstance(transport, tcp.Connection) and not transport.TLS):
        transport.loseWriteConnection()


def client_of(transport: Any) -> tuple[str, int]:
    """Address and port of the other side: "" and 0 where it has none (UNIX sockets); mapped IPv4 as IPv4."""
    if isinstance(transport, PlainTransport):
        host, port = transport.address[:2]
        return _as_ipv4(host), port
    peer = transport.getPeer()
    return _as_ipv4(getattr(peer, "host", None) or ""), getattr(peer, "port", None) or 0


def certificate_names(transport: Any) -> tuple[str, ...]:
    """Whom the other side's certificate names (CN, dNSNames); empty where it has shown none, or without TLS.

    It has been checked against the listener's authorities in the handshake; what the names are good for has
    not.
    """
    if not isinstance(transport, TlsTransport | TLSMemoryBIOProtocol):
        return ()
    handle: SSL.Connection | None = transport.getHandle()
    if handle is None:
        return ()
    try:
        certificate = handle.get_peer_certificate(as_cryptography=True)
        return () if certificate is None else names_of(certificate)
    except ValueError as error:
        log.warn(
            "the certificate of {client} counts for none, as it cannot be read: {error}",
            client=client_of(transport)[0],
            error=error,
        )
        return ()


def _as_ipv4(host: str) -> str:
    if ":" not in host:
        return host
    try:
        address = ip_address(host)
    except ValueError:
        return host
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
