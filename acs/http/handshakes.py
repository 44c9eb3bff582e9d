"""Keeps a listener's protocol waiting until the TLS handshake is done, in time or not at all."""

from __future__ import annotations

from typing import Any

from OpenSSL import SSL
from twisted.internet.interfaces import IDelayedCall, IHandshakeListener, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.protocols.policies import WrappingFactory
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from acs.http.sockets import client_of
from acs.http.tls import ServerTls
from acs.http.tls_files import openssl_reason
from acs.session.sparing import Sparing

SECONDS = 15.0
"""How long a client may take from its connection to the end of the handshake, a PROXY header included."""

MOST = 10_000
"""Handshakes under way at once; further connections are cut."""

_IN_OTHER_WORDS = {
    "http request": "plain HTTP, where TLS is spoken",
    "https proxy request": "plain HTTP, where TLS is spoken",
    "wrong version number": "no TLS (wrong version number)",
}

log = Logger()


class Secured(TLSMemoryBIOFactory):
    """The factory of a listener behind TLS.

    As it is, it does TLS over any transport of Twisted's, and in memory; where a port's connections are
    sockets (`acs.http.plain`), OpenSSL has those, and ``wrappedFactory`` the rest.
    """

    def __init__(self, tls: ServerTls, handshakes: Handshakes) -> None:
        super().__init__(tls, False, handshakes, handshakes.clock)
        self.tls = tls


def secured(factory: Any, tls: ServerTls, clock: IReactorTime, name: str) -> Secured:
    """The factory of a listener behind TLS; ``name`` is what the log calls the listener."""
    return Secured(tls, Handshakes(factory, clock, name))


class Handshakes(WrappingFactory):
    """The handshakes of a listener that are under way.

    A protocol of ``wrappedFactory`` is made once one is done, and knows the client's certificate from the
    beginning.  One that fails is a line in the log, with the client's address; if many do, some lines a
    minute and a number.
    """

    noisy = False

    def __init__(self, factory: Any, clock: IReactorTime, name: str) -> None:
        super().__init__(factory)  # type: ignore[no-untyped-call]
        self.clock = clock
        self._name = name
        self._due: dict[_Handshake, float] = {}  # what is to be over when; the earliest is the first
        self._late: IDelayedCall | None = None
        self._stopped = False
        self._lines = Sparing()
        self._telling: IDelayedCall | None = None

    def startFactory(self) -> None:
        self._stopped = False

    def stopFactory(self) -> None:
        """No port listens any more: tell what is left to be told."""
        self._stopped = True
        self._rest_if_done()
        if self._telling is not None:
            self._telling.cancel()
            self._tell()

    def buildProtocol(self, addr: Any) -> Protocol:  # type: ignore[override]
        """What waits for the handshake."""
        return _Handshake(self, addr)

    def begun(self, handshake: _Handshake) -> None:
        """One is under way."""
        if len(self._due) >= MOST:
            handshake.cut("too many handshakes at once")
            return
        self._due[handshake] = self.clock.seconds() + SECONDS
        if self._late is None:
            self._late = self.clock.callLater(SECONDS, self._cut_late)

    def over(self, handshake: _Handshake) -> None:
        """One has come to its end, whatever that is."""
        self._due.pop(handshake, None)
        if self._stopped:
            self._rest_if_done()

    def _rest_if_done(self) -> None:
        if self._late is not None and not self._due:
            self._late.cancel()
            self._late = None

    def _cut_late(self) -> None:
        # One timer for all: it is set anew every 15 s, and not twice for each of them.
        self._late = None
        now = self.clock.seconds()
        while self._due:
            handshake, due = next(iter(self._due.items()))
            if due > now:
                self._late = self.clock.callLater(due - now, self._cut_late)
                return
            del self._due[handshake]
            handshake.cut(f"no handshake within {SECONDS:.0f} s")

    def failed(self, client: str, reason: str) -> None:
        """One did not come to its end."""
        if self._lines.wants(self.clock.seconds(), reason):
            log.info(
                "{client} on {listener}: TLS: {reason}", client=client, listener=self._name, reason=reason
            )
        elif self._telling is None:
            self._telling = self.clock.callLater(self._lines.seconds, self._tell)

    def _tell(self) -> None:
        self._telling = None
        more = self._lines.passed_over(float("inf"))  # where the listener stops, before the minute is over
        log.warn(
            "{listener}: {count} more TLS handshakes failed: {reasons}",
            listener=self._name,
            count=more.total(),
            reasons=", ".join(f"{count} {reason}" for reason, count in more.most_common(3)),
        )


@implementer(IHandshakeListener)
class _Handshake(Protocol):
    """One of them.  Its transport does TLS, and is given another protocol when it is done."""

    transport: Any

    def __init__(self, handshakes: Handshakes, address: Any) -> None:
        self._handshakes = handshakes
        self._address = address
        self._why = ""
        self._under_way = False

    def connectionMade(self) -> None:
        self._under_way = True
        self._handshakes.begun(self)

    def handshakeCompleted(self) -> None:  # noqa: N802
        """Let the listener's protocol take over."""
        self._end()
        protocol = self._handshakes.wrappedFactory.buildProtocol(self._address)
        if protocol is None:
            self.transport.abortConnection()
            return
        self.transport.wrappedProtocol = protocol
        protocol.makeConnection(self.transport)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not self._under_way:
            return
        self._end()
        why = self._why or _reason(reason.value)
        if why:
            self._handshakes.failed(client_of(self.transport)[0], why)
        elif self.transport.getHandle().client_random() is not None:
            self._handshakes.failed(client_of(self.transport)[0], "hung up during the handshake")
        # Who said nothing at all looked whether the port is open, as proxies and monitors do.

    def cut(self, why: str) -> None:
        """Do not wait for it any longer."""
        self._why = why
        self.transport.abortConnection()

    def _end(self) -> None:
        self._under_way = False
        self._handshakes.over(self)


def _reason(error: BaseException | None) -> str:
    """Why a handshake failed, "" where the connection just ended."""
    if not isinstance(error, SSL.Error):
        return ""
    reason = openssl_reason(error)
    return _IN_OTHER_WORDS.get(reason, reason)
