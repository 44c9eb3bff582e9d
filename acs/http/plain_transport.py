"""A plain TCP connection of a `acs.http.plain.PlainPort`, as its protocol sees it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from struct import Struct
from typing import Any, Protocol

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import ITCPTransport
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

READ_BYTES = 65536
HIGH_WATER = 65536
"""Above so many unsent bytes a protocol is asked to pause."""

IN, OUT = 1, 4  # select.EPOLLIN and EPOLLOUT, which only Linux has
_GONE = 8 | 16  # EPOLLERR and EPOLLHUP
# Not to wait is said at each call: to say it once, of the socket, would be one call more.
_READ = int(socket.MSG_DONTWAIT)
_WRITE = int(socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
_RESET_ON_CLOSE = Struct("ii").pack(1, 0)
_FAILURES: Mapping[type[Exception], Failure] = {
    kind: Failure(kind())  # type: ignore[no-untyped-call]
    for kind in (ConnectionDone, ConnectionLost, ConnectionAborted)
}


class PlainProtocol(Protocol):
    """What a protocol has to have to be served here: that of Twisted, and one thing more."""

    has_more_to_say: bool
    """Whether something is left to be said to a client that has closed its side."""

    def makeConnection(self, transport: Any) -> None:
        """Here is the transport."""

    def dataReceived(self, data: bytes) -> None:
        """Bytes have come."""

    def readConnectionLost(self) -> None:
        """The client has closed its side."""

    def connectionLost(self, reason: Failure) -> None:
        """It is over."""


class Port(Protocol):
    """What a connection asks of its port."""

    def watch(self, descriptor: int, events: int) -> None:
        """Tell of these events of a connection."""

    def heard(self, transport: PlainTransport, data: bytes) -> None:
        """This was read, and is to be delivered; nothing: its client has closed its side."""

    def sends_soon(self, transport: PlainTransport) -> bool:
        """Whether what a connection has to send is sent soon (`PlainTransport.flush`), or it has to see to
        that itself."""

    def later(self, what: Callable[..., None], *how: Any) -> None:
        """Do something in the next turn of the reactor."""

    def bury_soon(self, transport: PlainTransport) -> None:
        """A connection is at its end: close it."""


@implementer(ITCPTransport)
class PlainTransport:
    """One connection, as its protocol sees it (`twisted.internet.interfaces.ITCPTransport`)."""

    __slots__ = (
        "descriptor", "disconnecting", "_port", "_socket", "address", "_protocol", "_unsent", "_events",
        "_producer", "_full", "_read_over", "_write_over", "_aborted", "_reason",
    )  # fmt: skip
    log = Logger()

    def __init__(
        self, port: Port, connection: socket.SocketType, address: tuple[Any, ...], protocol: PlainProtocol
    ) -> None:
        self.descriptor = connection.fileno()
        self.disconnecting = False
        self._port = port
        self._socket = connection
        self.address = address
        self._protocol = protocol
        self._unsent = b""
        self._events = IN
        self._producer: Any = None
        self._full = False
        self._read_over = False
        self._write_over = False
        self._aborted = False
        self._reason: type[Exception] | None = None

    # For the port

    def begin(self) -> None:
        """Tell the protocol that it is there."""
        self._protocol.makeConnection(self)

    def happened(self, event: int) -> None:
        """The socket can be read, or written, or is gone."""
        if self._reason is not None:
            return
        try:
            if event & IN:
                self._read()
            elif event & _GONE:
                self.end(ConnectionLost)
            if event & OUT and self._reason is None:
                self.flush()
        except Exception:
            self._fails()

    def deliver(self, data: bytes) -> None:
        """Tell the protocol what was read; nothing: that there will be no more."""
        if self._reason is not None or self._aborted:
            return
        try:
            if data:
                self._protocol.dataReceived(data)
            else:
                self._read_to_the_end()
        except Exception:
            self._fails()

    def flush(self) -> None:
        """Send what waits: what the socket takes now, the rest when it can."""
        if self._reason is not None or self._aborted:
            return
        self._unsent = self._unsent[self._send(self._unsent) :]
        if self._reason is not None:
            return
        if self._unsent:
            self._watch(self._events | OUT)
            return
        self._watch(self._events & ~OUT)
        if self._full:
            self._full = False
            if self._producer is not None:
                self._producer.resumeProducing()
        if self._write_over and not self._unsent:
            self._shut_down()
        if self.disconnecting and not self._unsent:
            self.end(ConnectionDone)

    def _fails(self) -> None:
        self.log.failure("a connection is cut: its protocol failed")
        self.abortConnection()

    def end(self, reason: type[Exception]) -> None:
        """The connection is over."""
        if self._reason is None:
            self._reason = reason
            self._port.bury_soon(self)

    def close(self) -> None:
        """Let go of the socket, and tell the protocol."""
        self._socket.close()
        protocol = self._protocol
        # They know each other: without this they would wait for the garbage collector.
        del self._protocol
        self._producer = None
        try:
            protocol.connectionLost(self._failure())
        except Exception:
            self.log.failure("the end of a connection could not be told")

    def _failure(self) -> Failure:
        return _FAILURES[self._reason or ConnectionDone]

    def _read(self) -> None:
        try:
            data = self._socket.recv(READ_BYTES, _READ)
        except BlockingIOError:
            return
        except OSError:
            self.end(ConnectionLost)
            return
        self._port.heard(self, data)

    def _read_to_the_end(self) -> None:
        """The client has closed its side."""
        if self._unsent or self._protocol.has_more_to_say:
            self._read_over = True
            self._watch(self._events & ~IN)
            self._protocol.readConnectionLost()
        else:
            self.end(ConnectionDone)

    def _send(self, data: bytes) -> int:
        """How many of the bytes the socket took."""
        try:
            return self._socket.send(data, _WRITE)
        except BlockingIOError:
            return 0
        except OSError:
            self.end(ConnectionLost)
            return 0

    def _watch(self, events: int) -> None:
        if events != self._events and self._reason is None:
            self._events = events
            self._port.watch(self.descriptor, events)

    def _shut_down(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.end(ConnectionLost)

    # For the protocol

    def write(self, data: bytes) -> None:
        """Send these bytes."""
        if self._reason is not None or self.disconnecting or self._write_over or self._aborted:
            return
        if self._unsent:
            self._unsent += data
        else:
            self._unsent = data
            if not self._port.sends_soon(self):
                self.flush()
        if len(self._unsent) > HIGH_WATER and not self._full:
            self._full = True
            if self._producer is not None:
                self._producer.pauseProducing()

    def writeSequence(self, data: Any) -> None:
        """Send all of these."""
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        """Close it when all is sent."""
        self.disconnecting = True
        if not self._unsent:
            self.end(ConnectionDone)

    def abortConnection(self) -> None:
        """Cut it, in the next turn of the reactor; the client sees a reset."""
        if self._reason is None and not self._aborted:
            self._aborted = True
            self._unsent = b""
            self._watch(0)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._port.later(self.end, ConnectionAborted)

    def loseWriteConnection(self) -> None:
        """Close our side when all is sent."""
        self._write_over = True
        if not self._unsent and self._reason is None:
            self._shut_down()

    def pauseProducing(self) -> None:
        """Read nothing for now."""
        self._watch(self._events & ~IN)

    def resumeProducing(self) -> None:
        """Read on."""
        if not self._read_over and not self._aborted:
            self._watch(self._events | IN)

    def stopProducing(self) -> None:
        """As a producer is told that nobody wants more."""
        self.loseConnection()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Who is to pause while the client takes nothing; it has to be a streaming one."""
        self._producer = producer

    def unregisterProducer(self) -> None:
        """Nobody is."""
        self._producer = None

    def getPeer(self) -> IPv4Address | IPv6Address:
        """The client's address."""
        return _as_address(self.address)

    def getHost(self) -> IPv4Address | IPv6Address:
        """Ours."""
        return _as_address(self._socket.getsockname())

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Whether small writes go out at once though earlier ones are not acknowledged."""
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, enabled)

    def getTcpNoDelay(self) -> bool:
        """Whether they do."""
        return bool(self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Whether the kernel asks a silent client if it is there."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, enabled)

    def getTcpKeepAlive(self) -> bool:
        """Whether it does."""
        return bool(self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))


def _as_address(address: tuple[Any, ...]) -> IPv4Address | IPv6Address:
    kind = IPv4Address if len(address) == 2 else IPv6Address
    return kind("TCP", *address)
