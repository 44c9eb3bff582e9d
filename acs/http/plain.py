"""TCP, plain or below TLS, with as few steps from a socket to its protocol as can be.

A CPE opens a connection for each session, says two things and goes: a good part of what a listener does is
done by the transports below the protocol.  Here a port has an epoll of its own, which the reactor reads like
any other descriptor; a connection's events go from there to its protocol, and what is written goes to its
socket.  In a whole session that saves a tenth of the time (``benchmarks/session.py``), over TLS a
fifth (``benchmarks/tls.py``).  UNIX sockets, what comes behind a PROXY header, and whatever else
an endpoint may give stay with Twisted's own transports.

What has happened is dealt with in three steps: all sockets are read, then all that was read is answered, then
all answers are sent.  The processor, which has to fetch the code of each step from memory that is slower than
itself, then does so once for many: a session takes 0.87 of the time (both ways in turns).
"""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from twisted.internet import tcp
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IListeningPort, IReadDescriptor
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from acs.http.handshakes import Secured
from acs.http.plain_transport import IN, PlainTransport
from acs.http.tls_transport import TlsTransport

EVENTS = 64
"""So many events are dealt with before the reactor gets its turn."""
ACCEPTS = 64
"""So many connections are accepted before others get their turn."""
PAUSE_SECONDS = 1.0
"""For how long no connection is accepted where there are no descriptors left."""

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class PlainFactory(Protocol):
    """Makes the protocols."""

    def buildProtocol(self, addr: None) -> Any:
        """The protocol of a new connection."""


def take_over(reactor: Any, port: Any, factory: PlainFactory) -> Any:
    """Serve a listening port's connections here where it is TCP, and Linux; returns what to stop and to ask
    for its address instead of it.

    A UNIX socket's port is one of TCP's too, as far as Twisted's classes go; its clients have no address.

    ``factory`` is the one that the port was opened with: behind a wrapper (PROXY protocol) it would get bytes
    that are not for it.  One behind TLS is one behind our own (`acs.http.handshakes.secured`).
    """
    ours = isinstance(port, tcp.Port) and port.addressFamily != socket.AF_UNIX and port.factory is factory
    if not ours or not hasattr(select, "epoll"):
        return port
    if isinstance(factory, Secured):
        return PlainPort(reactor, port, factory.wrappedFactory, partial(TlsTransport, factory.tls))
    return PlainPort(reactor, port, factory)


@implementer(IReadDescriptor, IListeningPort)
class PlainPort:
    """A listening port and its connections; ``transport`` is what is made of each of them."""

    log = Logger()

    def __init__(
        self,
        reactor: Any,
        port: Any,
        factory: PlainFactory,
        transport: Callable[..., PlainTransport] = PlainTransport,
    ) -> None:
        self._reactor = reactor
        self._port = port
        self._factory = factory
        self._transport = transport
        # Of a socket what is in C is enough: what Python's own class adds to that, such as names for numbers,
        # takes as long as the system calls to accept and to close.
        self._take: Callable[[], tuple[int, tuple[Any, ...]]] = port.socket._accept
        self._as_socket = partial(socket.SocketType, port.socket.family, port.socket.type, 0)
        self._listening: int = port.fileno()
        self._epoll = select.epoll()
        self._open: dict[int, PlainTransport] = {}
        self._heard: list[tuple[PlainTransport, bytes]] = []
        self._unsent: list[PlainTransport] = []
        self._ended: list[PlainTransport] = []
        self._busy = False
        self._stopped = False
        port.stopReading()
        self._epoll.register(self._listening, IN)
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
        """Deal with what has happened, and with what happens meanwhile.

        That spares two of three turns of the reactor where there is much to do.
        """
        left = EVENTS
        while left > 0 and not self._epoll.closed and (events := self._epoll.poll(0, left)):
            left -= len(events)
            self._deal_with(events)

    def _deal_with(self, events: Sequence[tuple[int, int]]) -> None:
        self._busy = True
        try:
            for descriptor, event in events:
                transport = self._open.get(descriptor)
                if transport is not None:
                    transport.happened(event)
                elif descriptor == self._listening:
                    self._accept()
            heard, self._heard = self._heard, []
            for transport, data in heard:
                transport.deliver(data)
            unsent, self._unsent = self._unsent, []
            for transport in unsent:
                transport.flush()
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
                descriptor, address = self._take()
            except BlockingIOError:
                return
            except OSError as error:
                self._cannot_accept(error)
                return
            self._begin(self._as_socket(descriptor), address)

    def _begin(self, connection: socket.SocketType, address: tuple[Any, ...]) -> None:
        transport = self._transport(self, connection, address, self._factory.buildProtocol(None))
        self._open[transport.descriptor] = transport
        try:
            self._epoll.register(transport.descriptor, IN)
            transport.begin()
        except Exception:
            # Were it the reactor's to deal with, the port would be closed for all.
            self.log.failure("a connection is cut: it could not begin")
            transport.end(ConnectionLost)

    def _cannot_accept(self, error: OSError) -> None:
        """Where descriptors or memory are short, wait; the rest is a client's that has gone meanwhile."""
        if error.errno not in _EXHAUSTED:
            return
        self.log.warn("no connection can be accepted: {error}", error=error)
        self._epoll.modify(self._listening, 0)
        self._reactor.callLater(PAUSE_SECONDS, self._accept_again)

    def _accept_again(self) -> None:
        if not self._stopped:
            self._epoll.modify(self._listening, IN)

    # For the transports

    def watch(self, descriptor: int, events: int) -> None:
        """Tell of these events of a connection."""
        self._epoll.modify(descriptor, events)

    def heard(self, transport: PlainTransport, data: bytes) -> None:
        """This was read; nothing: its client has closed its side."""
        self._heard.append((transport, data))

    def sends_soon(self, transport: PlainTransport) -> bool:
        """Whether what a connection has to send goes out when all that was read is answered."""
        if self._busy:
            self._unsent.append(transport)
        return self._busy

    def later(self, what: Callable[..., None], *how: Any) -> None:
        """Do something in the next turn of the reactor."""
        self._reactor.callLater(0, what, *how)

    def bury_soon(self, transport: PlainTransport) -> None:
        """A connection is at its end.

        Its descriptor is kept until all events that have been polled are dealt with, lest one of them meet
        another connection of the same number.
        """
        self._ended.append(transport)
        if not self._busy and len(self._ended) == 1:
            self.later(self._bury)

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
