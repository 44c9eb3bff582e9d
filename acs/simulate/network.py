"""Connections to HTTP servers: opened by Twisted's endpoints, each carrying one request at a time."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    HostnameEndpoint,
    TCP4ClientEndpoint,
    TCP6ClientEndpoint,
    wrapClientTLS,
)
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IDelayedCall,
    IReactorTime,
    IStreamClientEndpoint,
    ITCPTransport,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from acs.simulate.places import Place, ip_version
from acs.simulate.responses import BadResponse, Response, ResponseReader
from acs.simulate.trust import Trust, Trusting

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
"""TR-069 3.7.1.3: how long a CPE waits for an answer before it gives up."""


class AnswerTimeout(Exception):
    """The server did not answer in time."""


class Network:
    """Opens connections."""

    def __init__(self, reactor: Any, trust: Trust = Trust()) -> None:  # noqa: B008
        self.reactor = reactor
        self.trust = trust
        self._endpoints: dict[tuple[str, str, int], IStreamClientEndpoint] = {}
        self._factory = Factory.forProtocol(self._connection)

    def connect(self, place: Place) -> Deferred[Connection]:
        """Open a connection; fails as endpoints do."""
        if place.server not in self._endpoints:
            self._endpoints[place.server] = self._endpoint(place)
        return cast("Deferred[Connection]", self._endpoints[place.server].connect(self._factory))

    def _connection(self) -> Connection:
        return Connection(self.reactor)

    def _endpoint(self, place: Place) -> IStreamClientEndpoint:
        kinds = {4: TCP4ClientEndpoint, 6: TCP6ClientEndpoint, 0: HostnameEndpoint}
        kind: Any = kinds[ip_version(place.host)]
        endpoint: IStreamClientEndpoint = kind(self.reactor, place.host, place.port, CONNECT_SECONDS)
        if place.scheme == "http":
            return endpoint
        return wrapClientTLS(Trusting(place.host, self.trust), endpoint)


class Connection(Protocol):
    """One connection: a request, its response, and the next while both sides keep it open."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._reader = ResponseReader()
        self._answer: Deferred[Response] | None = None
        self._timer: IDelayedCall | None = None
        self.usable = False

    @property
    def untouched(self) -> bool:
        """Whether nothing of the last response has come."""
        return self._reader.untouched

    def request(self, data: bytes, reader: ResponseReader, slowness: float = 0.0) -> Deferred[Response]:
        """Send a whole request; fires with its response, read by ``reader``.

        Fails with `BadResponse`, `AnswerTimeout` or what ends connections.  With ``slowness`` the second half
        waits so many seconds.
        """
        assert self._answer is None, "one at a time"
        self._reader = reader
        answer = self._answer = Deferred(self._cancel)
        if not self.usable:
            self._fail(ConnectionDone())
            return answer
        self._timer = self._clock.callLater(ANSWER_SECONDS + slowness, self._too_late)
        self._send(data, slowness)
        return answer

    def _send(self, data: bytes, slowness: float) -> None:
        assert self.transport is not None
        if not slowness:
            self.transport.write(data)
            return
        middle = len(data) // 2
        self.transport.write(data[:middle])
        self._clock.callLater(slowness, self.transport.write, data[middle:])

    def close(self) -> None:
        """Close it in good order."""
        self.usable = False
        if self.transport is not None:
            self.transport.loseConnection()

    def drop(self) -> None:
        """Cut it."""
        self.usable = False
        if self.transport is not None:
            cast(ITCPTransport, self.transport).abortConnection()

    def connectionMade(self) -> None:
        self.usable = True
        cast(ITCPTransport, self.transport).setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:
        if self._answer is None:
            self.drop()
            return
        try:
            response = self._reader.feed(data)
        except BadResponse as error:
            self._fail(error)
            self.drop()
            return
        if response is not None:
            self._done(response)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.usable = False
        if self._answer is None:
            return
        try:
            response = self._reader.end()
        except BadResponse:
            self._fail(reason)
        else:
            self._done(response)

    def _cancel(self, _: Deferred[Response]) -> None:
        self._taken()
        self.drop()

    def _too_late(self) -> None:
        self._timer = None
        self._fail(AnswerTimeout())
        self.drop()

    def _done(self, response: Response) -> None:
        answer = self._taken()
        if not response.reusable:
            self.close()
        if answer is not None:
            answer.callback(response)

    def _fail(self, reason: Exception | Failure) -> None:
        answer = self._taken()
        if answer is not None:
            answer.errback(reason)

    def _taken(self) -> Deferred[Response] | None:
        """The one who waits, who then does no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        answer, self._answer = self._answer, None
        return answer
