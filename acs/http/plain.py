"""Plain TCP with as few steps between a socket and its protocol as can be.

A CPE opens a connection for each session, says two things and goes: a good part of what a listener does is
done by the transports below the protocol.  Here a port has an epoll of its own, which the reactor reads like
any other descriptor; a connection's events go from there to its protocol, and what is written goes to the
socket at once.  In a whole session that saves a tenth of the time (``benchmarks/session.py``).  TLS, UNIX
sockets and whatever else an endpoint may give stay with Twisted's own transports.
"""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Mapping
from struct import Struct
from typing import Any, Protocol

from twisted.internet import tcp
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IListeningPort, IReadDescriptor, ITCPTransport
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

READ_BYTES = 65536
EVENTS = 64
"""So many events are dealt with before the reactor gets its turn."""
ACCEPTS = 64
"""So many connections are accepted before others get their turn."""
HIGH_WATER = 65536
"""Above so many unsent bytes a protocol is asked to pause."""
PAUSE_SECONDS = 1.0
"""For how long no connection is accepted where there are no descriptors left."""

_IN, _OUT = 1, 4  # select.EPOLLIN and EPOLLOUT, which only Linux has
_GONE = 8 | 16  # EPOLLERR and EPOLLHUP
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_FAILURES: Mapping[type[Exception], Failure] = {
    kind: Failure(kind())  # type: ignore[no-untyped-call]
    for kind in (ConnectionDone, ConnectionLost, ConnectionAborted)
}
_RESET_ON_CLOSE = Struct("ii").pack(1, 0)


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


class PlainFactory(Protocol):
    """Makes the protocols."""

    def buildProtocol(self, addr: None) -> Any:
        """The protocol of a new connection."""


def take_over(reactor: Any, port: Any, factory: PlainFactory) -> Any:
    """Serve a listening port's connections here where it is plain TCP, and Linux; returns what to stop and to
    ask for its address instead of it.

    ``factory`` is the one that the port was opened with: behind a wrapper (TLS, PROXY protocol) it would get
    bytes that are not for it.
    """
    if isinstance(port, tcp.Port) and port.factory is factory and hasattr(select, "epoll"):
        return PlainPort(reactor, port, factory)
    return port


@implementer(IReadDescriptor, IListeningPort)
class PlainPort:
    """A listening port and its connections."""

    log = Logger()

    def __init__(self, reactor: Any, port: Any, factory: PlainFactory) -> None:
        self._reactor = reactor
        self._port = port
        self._factory = factory
        self._socket: socket.socket = port.socket
        self._listening: int = port.fileno()
        self._epoll = select.epoll()
        self._open: dict[int, PlainTransport] = {}
        self._ended: list[PlainTransport] = []
        self._busy = False
        self._stopped = False
        port.stopReading()
        self._epoll.register(self._listening, _IN)
        reactor.addReader(self)

    # For whoever listens

    def getHost(self) -> Any:
        """Where it listens."""
        return self._port.getHost()

    def startListening(self) -> None:
        """It does already."""

    def stopListening(self) -> Deferred[None]:
        """Accept nothing more; connections that are open stay."""
        if not self._stopped:
            self._stopped = True
            self._epoll.unregister(self._listening)
            self._end_if_done()
        return maybeDeferred(self._port.stopListening)

    # For the reactor

    def fileno(self) -> int:
        """The epoll, which is readable when something has happened."""
        return self._epoll.fileno()

    def logPrefix(self) -> str:
        """Where the reactor logs a mistake."""
        return "acs.http.plain"

    def doRead(self) -> None:
        """Deal with what has happened."""
        self._busy = True
        try:
            for descriptor, event in self._epoll.poll(0, EVENTS):
                transport = self._open.get(descriptor)
                if transport is not None:
                    transport.happened(event)
                elif descriptor == self._listening:
                    self._accept()
        finally:
            self._busy = False
        if self._ended:
            self._bury()

    def connectionLost(self, reason: Failure) -> None:
        """The reactor stops."""
        for transport in list(self._open.values()):
            transport.end(ConnectionLost)
        self._bury()

    def _accept(self) -> None:
        for _ in range(ACCEPTS):
            try:
                connection, address = self._socket.accept()
            except BlockingIOError:
                return
            except OSError as error:
                self._cannot_accept(error)
                return
            self._begin(connection, address)

    def _begin(self, connection: socket.socket, address: tuple[Any, ...]) -> None:
        protocol = self._factory.buildProtocol(None)
        transport = PlainTransport(self, connection, address, protocol)
        self._open[transport.descriptor] = transport
        self._epoll.register(transport.descriptor, _IN)
        protocol.makeConnection(transport)

    def _cannot_accept(self, error: OSError) -> None:
        """Where descriptors or memory are short, wait; the rest is a client's that has gone meanwhile."""
        if error.errno not in _EXHAUSTED:
            return
        self.log.warn("no connection can be accepted: {error}", error=error)
        self._epoll.modify(self._listening, 0)
        self._reactor.callLater(PAUSE_SECONDS, self._accept_again)

    def _accept_again(self) -> None:
        if not self._stopped:
            self._epoll.modify(self._listening, _IN)

    # For the transports

    def watch(self, descriptor: int, events: int) -> None:
        """Tell of these events of a connection."""
        self._epoll.modify(descriptor, events)

    def bury_soon(self, transport: PlainTransport) -> None:
        """A connection is at its end.

        Its descriptor is kept until all events that have been polled are dealt with, lest one of them meet
        another connection of the same number.
        """
        self._ended.append(transport)
        if not self._busy and len(self._ended) == 1:
            self._reactor.callLater(0, self._bury)

    def _bury(self) -> None:
        while self._ended:
            transport = self._ended.pop()
            del self._open[transport.descriptor]
            transport.close()
        self._end_if_done()

    def _end_if_done(self) -> None:
        if self._stopped and not self._open and not self._epoll.closed:
            self._reactor.removeReader(self)
            self._epoll.close()


@implementer(ITCPTransport)
class PlainTransport:
    """One connection, as its protocol sees it (`twisted.internet.interfaces.ITCPTransport`)."""

    __slots__ = (
        "descriptor", "disconnecting", "_port", "_socket", "address", "_protocol", "_unsent", "_events",
        "_producer", "_full", "_read_over", "_write_over", "_reason",
    )  # fmt: skip
    log = Logger()

    def __init__(
        self, port: PlainPort, connection: socket.socket, address: tuple[Any, ...], protocol: PlainProtocol
    ) -> None:
        self.descriptor = connection.fileno()
        self.disconnecting = False
        self._port = port
        self._socket = connection
        self.address = address
        self._protocol = protocol
        self._unsent = bytearray()
        self._events = _IN
        self._producer: Any = None
        self._full = False
        self._read_over = False
        self._write_over = False
        self._reason: type[Exception] | None = None

    # For the port

    def happened(self, event: int) -> None:
        """The socket can be read, or written, or is gone."""
        if self._reason is not None:
            return
        try:
            if event & _IN:
                self._read()
            elif event & _GONE:
                self.end(ConnectionLost)
            if event & _OUT and self._reason is None:
                self._flush()
        except Exception:
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
        self._producer = None
        try:
            self._protocol.connectionLost(_FAILURES[self._reason or ConnectionDone])
        except Exception:
            self.log.failure("the end of a connection could not be told")

    def _read(self) -> None:
        # Not to wait is said at each call: to say it once, of the socket, would be one call more.
        try:
            data = self._socket.recv(READ_BYTES, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            self.end(ConnectionLost)
            return
        if data:
            self._protocol.dataReceived(data)
        elif self._unsent or self._protocol.has_more_to_say:
            self._read_over = True
            self._watch(self._events & ~_IN)
            self._protocol.readConnectionLost()
        else:
            self.end(ConnectionDone)

    def _flush(self) -> None:
        del self._unsent[: self._send(self._unsent)]
        if self._unsent or self._reason is not None:
            return
        self._watch(self._events & ~_OUT)
        if self._full:
            self._full = False
            if self._producer is not None:
                self._producer.resumeProducing()
        if self._write_over:
            self._shut_down()
        if self.disconnecting and not self._unsent:
            self.end(ConnectionDone)

    def _send(self, data: bytes | bytearray) -> int:
        """How many of the bytes the socket took."""
        try:
            return self._socket.send(data, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
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
        """Send these bytes: at once what the socket takes, the rest when it can."""
        if self._reason is not None or self.disconnecting or self._write_over:
            return
        if not self._unsent:
            data = data[self._send(data) :]
        if not data or self._reason is not None:
            return
        self._unsent += data
        self._watch(self._events | _OUT)
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
        """Cut it at once; the client sees a reset."""
        if self._reason is None:
            self._unsent.clear()
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self.end(ConnectionAborted)

    def loseWriteConnection(self) -> None:
        """Close our side when all is sent."""
        self._write_over = True
        if not self._unsent and self._reason is None:
            self._shut_down()

    def pauseProducing(self) -> None:
        """Read nothing for now."""
        self._watch(self._events & ~_IN)

    def resumeProducing(self) -> None:
        """Read on."""
        if not self._read_over:
            self._watch(self._events | _IN)

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
