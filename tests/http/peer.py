"""A client in memory, and an application that answers as it is told, for the tests of the HTTP protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from acs.http.connection import Connection
from acs.http.errors import BadRequest
from acs.http.limits import Limits, Timeouts
from acs.http.messages import Request, Response
from acs.http.protocol import HttpFactory

Answer = Callable[[Request], "Response | Deferred[Response]"]


def echo(request: Request) -> Response:
    """Says what came."""
    return Response(200, body=b"<" + request.body + b">")


class Application:
    """Answers by a function, and notes all that it is told."""

    def __init__(self, answer: Answer = echo) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.connections: list[Connection] = []
        self.refusals: list[tuple[BadRequest, bytes, bytes]] = []
        self.ended: list[Connection] = []

    def respond(self, request: Request, connection: Connection) -> Response | Deferred[Response]:
        self.requests.append(request)
        self.connections.append(connection)
        return self.answer(request)

    def refused(self, error: BadRequest, head: bytes, body: bytes, connection: Connection) -> Response:
        self.refusals.append((error, head, body))
        return Response(error.status, body=b"refused")

    def closed(self, connection: Connection) -> None:
        self.ended.append(connection)

    def factory(self, clock: Clock, **more: Any) -> HttpFactory:
        """A factory for it, already listening as far as it knows; `factory.doStop` ends that."""
        factory = HttpFactory(self.respond, self.refused, self.closed, clock=clock, **more)
        factory.noisy = False
        factory.doStart()
        return factory


class Peer:
    """The other end of one connection to ``factory``."""

    def __init__(self, factory: HttpFactory, address: Any = None) -> None:
        self.transport = StringTransport(peerAddress=address)
        self.protocol: Any = factory.buildProtocol(None)
        self.protocol.makeConnection(self.transport)

    def send(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def received(self) -> bytes:
        """What has been answered since the last time."""
        data: bytes = self.transport.value()
        self.transport.clear()
        return data

    def shut(self) -> None:
        """Close this side, as `shutdown(SHUT_WR)` does."""
        self.protocol.readConnectionLost()

    def vanish(self, clean: bool = False) -> None:
        """The connection is gone."""
        self.protocol.connectionLost(Failure(ConnectionDone() if clean else ConnectionLost()))

    @property
    def is_open(self) -> bool:
        return not self.transport.disconnecting

    @property
    def reading(self) -> bool:
        """Whether the protocol takes what is sent."""
        return bool(self.transport.producerState == "producing")


SMALL = Limits(head_bytes=300, headers=10, body_bytes=1000)
SHORT = Timeouts(head_seconds=10, body_seconds=20, idle_seconds=30, linger_seconds=3)
