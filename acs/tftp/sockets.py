"""UDP sockets that tell to which of our addresses a datagram was sent, where the platform says so.

Twisted's own do not, and they log each port that is opened.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, Protocol

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IReadDescriptor
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from acs.datagrams import read_endpoint

Place = tuple[str, int]
"""An address, as the socket writes it, with a port."""
Heard = Callable[[bytes, Place, str], None]
"""Gets a datagram: its bytes, whence it came, and the address of ours that it was sent to, "" where that
is not known."""

MOST_BYTES = 2048
"""Longer datagrams are cut off; none that a client of TFTP sends is as long."""
_AT_ONCE = 64  # datagrams, before others have their turn
_IS_LINUX = sys.platform == "linux"
_IP_PKTINFO = 8  # of Linux; Python does not name it
_INFO4, _INFO6 = struct.Struct("=I4s4s"), struct.Struct("=16sI")

log = Logger()


@implementer(IReadDescriptor)
class UdpSocket:
    """A bound socket that the reactor reads."""

    def __init__(self, reactor: Any, bound: socket.socket, heard: Heard) -> None:
        self._reactor = reactor
        self._socket = bound
        self._heard = heard
        self._open = True
        reactor.addReader(self)

    def write(self, datagram: bytes, to: Place) -> None:
        """Send a datagram; raises `OSError` where it cannot go out."""
        self._socket.sendto(datagram, to)

    def getHost(self) -> IPv4Address | IPv6Address:
        """Where it is bound."""
        host, port = self._socket.getsockname()[:2]
        kind = IPv6Address if self._socket.family == socket.AF_INET6 else IPv4Address
        return kind("UDP", host, port)

    def stopListening(self) -> Deferred[None]:
        """Close it, if it is not closed."""
        if self._open:
            self._open = False
            self._reactor.removeReader(self)
            self._socket.close()
        return succeed(None)

    def fileno(self) -> int:
        """For the reactor; -1 when it is closed."""
        return self._socket.fileno()

    def logPrefix(self) -> str:
        """For the reactor."""
        return "tftp"

    def doRead(self) -> None:
        """Hear what has come."""
        for _ in range(_AT_ONCE):
            if not self._open:
                return
            try:
                data, notes, _, source = self._socket.recvmsg(MOST_BYTES, 64)
            except OSError:  # nothing is left, or an earlier datagram was not wanted where it went
                return
            own = _sent_to(notes)
            if own is not None:
                self._hear(data, source[:2], own)

    def connectionLost(self, reason: Failure) -> None:
        """The reactor stops, or cannot read it."""
        self.stopListening()

    def _hear(self, data: bytes, source: Place, own: str) -> None:
        try:
            self._heard(data, source, own)
        except Exception:
            log.failure("a TFTP datagram could not be dealt with")


class Listener(Protocol):
    """What listens: a `acs.tftp.server.TftpServer`."""

    def heard(self, datagram: bytes, client: Place, own: str) -> None:
        """As `Heard`."""

    def makeConnection(self, transport: Any) -> None:
        """What it is heard by."""


def listen(reactor: Any, endpoint: str, server: Listener) -> UdpSocket:
    """Have a server listen on an endpoint, written as for `acs.datagrams.listen`.

    Raises `CannotListenError`.
    """
    port, interface = read_endpoint(endpoint)
    try:
        bound = _bound(interface, port)
    except OSError as error:
        raise CannotListenError(interface, port, error) from error  # type: ignore[no-untyped-call]
    made = UdpSocket(reactor, bound, server.heard)
    server.makeConnection(made)
    return made


def open_port(reactor: Any, protocol: DatagramProtocol, host: str) -> UdpSocket:
    """A port of its own for a protocol, at this address of ours ("" or "::": all of them).

    Raises `OSError`.
    """

    def heard(datagram: bytes, source: Place, own: str) -> None:
        protocol.datagramReceived(datagram, source)

    made = UdpSocket(reactor, _bound(host, 0), heard)
    protocol.makeConnection(made)  # type: ignore[arg-type]
    return made


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        elif _IS_LINUX:
            made.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made


def _sent_to(notes: list[tuple[int, int, bytes]]) -> str | None:
    """What came beside a datagram says to which address it was sent; None for one that was sent to many."""
    for level, kind, value in notes:
        if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO) and _IS_LINUX:
            _, own, to = _INFO4.unpack_from(value)
            return socket.inet_ntop(socket.AF_INET, own) if own == to else None
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            raw, interface = _INFO6.unpack_from(value)
            host = socket.inet_ntop(socket.AF_INET6, raw)
            if ip_address(host).is_multicast:
                return None
            return f"{host}%{interface}" if ip_address(host).is_link_local else host
    return ""
