"""A connection over TLS of a `acs.http.plain.PlainPort`, whose socket OpenSSL has itself.

What goes through memory instead, as over Twisted's transports, adds 1.4 times as much to a session, and a
quarter to its room (26.1 for 20.7 kB).
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from cryptography.hazmat.bindings.openssl.binding import Binding
from OpenSSL import SSL
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import ISSLTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from acs.http.plain_transport import IN, OUT, READ_BYTES, PlainTransport
from acs.http.tls import ServerTls

RECORD = 16384
"""What a record of TLS holds at most.  OpenSSL reads one at a time: where all of it is taken, nothing is left
in OpenSSL of which the socket does not tell."""
RECORDS = 4
"""So many are read before others get their turn."""

_LIBRARY: Any = Binding().lib


@implementer(ISSLTransport)
class TlsTransport(PlainTransport):
    """One of them.  Its first protocol waits for the handshake, and gives it another one."""

    __slots__ = ("_contexts", "_tls", "_shaking", "_instead", "_error")
    _protocol: Any
    _tls: SSL.Connection

    def __init__(self, tls: ServerTls, *how: Any) -> None:
        super().__init__(*how)
        self._contexts = tls.contexts
        self._shaking = True
        self._instead = 0  # what TLS waits for in the midst of something, whatever is wanted besides
        self._error: SSL.Error | None = None

    # For the port

    def begin(self) -> None:
        """Tell the protocol that it is there; the client has the first word of the handshake."""
        self._socket.setblocking(False)
        # Tickets are sent, and the first answer must not wait until they are acknowledged.
        self.setTcpNoDelay(True)
        self._tls = SSL.Connection(self._contexts.default, self._socket)  # type: ignore[arg-type]
        # It would read on until something for us comes: with updates of keys, a client could keep it at that,
        # and us from everybody else.
        _LIBRARY.SSL_clear_mode(self._tls._ssl, _LIBRARY.SSL_MODE_AUTO_RETRY)
        self._tls.set_accept_state()
        super().begin()

    def happened(self, event: int) -> None:
        """The socket can be read, or written, or is gone."""
        if self._aborted:
            return
        if self._instead and self._reason is None:
            self._instead = 0
            self._port.watch(self.descriptor, self._events)
            event |= self._events
        super().happened(event)

    def close(self) -> None:
        """Say farewell, which nobody waits to be answered, and let go of the socket."""
        if self._reason is ConnectionDone and not self._shaking:
            self._say_farewell()
        super().close()

    def _failure(self) -> Failure:
        return super()._failure() if self._error is None else Failure(self._error)  # type: ignore[no-untyped-call]

    def _watch(self, events: int) -> None:
        if self._instead:
            self._events = events
        else:
            super()._watch(events)

    def _wait_for(self, event: int) -> None:
        """Reading waits until something can be written, or writing until something is read."""
        if self._reason is None and not self._aborted:
            self._instead = event
            self._port.watch(self.descriptor, event)

    def _read(self) -> None:
        if self._shaking:
            self._shake()
        if not self._shaking:
            self._receive()

    def _shake(self) -> None:
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            return
        except SSL.WantWriteError:
            self._wait_for(OUT)
        except SSL.Error as error:
            self._fail(error)
            # Where something is left to be read, the client would see a reset, and not what is wrong.
            with suppress(OSError):
                self._socket.recv(READ_BYTES)
        else:
            self._shaking = False
            self._protocol.handshakeCompleted()

    def _receive(self) -> None:
        for _ in range(RECORDS):
            if self._reason is not None or not self._events & IN:
                return
            try:
                data = self._tls.recv(RECORD)
            except SSL.WantReadError:
                return
            except SSL.WantWriteError:
                self._wait_for(OUT)
                return
            except SSL.ZeroReturnError:
                self._port.heard(self, b"")
                return
            except SSL.Error as error:
                self._fail(error)
                return
            self._port.heard(self, data)
            if len(data) < RECORD:
                return

    def _send(self, data: bytes) -> int:
        sent = 0
        try:
            while sent < len(data):
                with memoryview(data)[sent : sent + RECORD] as piece:
                    sent += self._tls.send(piece)
        except SSL.WantWriteError:
            pass  # and it is tried again with what is unsent, as it is for plain TCP
        except SSL.WantReadError:
            self._wait_for(IN)
        except SSL.Error as error:
            self._fail(error)
        return sent

    def _fail(self, error: SSL.Error) -> None:
        self._error = error
        self.end(ConnectionLost)
        _forget_errors()

    def _shut_down(self) -> None:
        self._say_farewell()

    def _say_farewell(self) -> None:
        try:
            self._tls.shutdown()
        except SSL.Error:
            _forget_errors()  # the client has gone without one

    # For the protocol

    @property
    def wrappedProtocol(self) -> Any:  # noqa: N802
        """What is told of the connection, as Twisted's own TLS calls it."""
        return self._protocol

    @wrappedProtocol.setter
    def wrappedProtocol(self, protocol: Any) -> None:  # noqa: N802
        self._protocol = protocol

    def getHandle(self) -> SSL.Connection:  # noqa: N802
        """OpenSSL's side of it."""
        return self._tls

    def getPeerCertificate(self) -> Any:  # noqa: N802
        """The client's certificate; None where it has shown none."""
        return self._tls.get_peer_certificate()


def _forget_errors() -> None:
    """Errors of a socket stay in OpenSSL's list, where those of another connection would be looked for."""
    _LIBRARY.ERR_clear_error()
