"""HTTP for the tests of the simulator, in memory: a server that is a function, and a way to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IReactorTime
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from acs.hypertext.connection import Connection
from acs.simulate.network import ANSWER_SECONDS, Network
from acs.simulate.places import Place


@dataclass(frozen=True)
class Request:
    """One request as the server has read it; ``connection`` numbers the connections from 1."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int
    place: Place


Server = Callable[[Request], bytes | None]
"""Answers a request with the bytes of a response; None cuts the connection, b"" says nothing."""


def response(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of a response; ``_`` in the names of headers stands for ``-``."""
    fields = {
        "Content-Length": str(len(body)),
        **{name.replace("_", "-"): it for name, it in headers.items()},
    }
    lines = [f"HTTP/1.1 {status} Words", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def read_request(buffer: bytes, connection: int, place: Place) -> tuple[Request | None, bytes]:
    """The first request in what has come, once it is whole, with what comes behind it."""
    head, end, rest = buffer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if end)
    length = int(headers.get("Content-Length", "0"))
    if not end or len(rest) < length:
        return None, buffer
    method, target, _ = first.split(" ")
    return Request(method, target, headers, rest[:length], connection, place), rest[length:]


class Pipe(StringTransport):
    """A client's transport; what is written to it is read by the server, a moment later."""

    def __init__(self, network: MemoryNetwork, connection: Connection, number: int, place: Place) -> None:
        super().__init__()
        self._network = network
        self._connection = connection
        self._number = number
        self._place = place
        self._buffer = b""
        self.open = True

    def setTcpNoDelay(self, enabled: bool) -> None:
        """As every real one."""

    def write(self, data: bytes) -> None:
        if self.open:
            self._network.clock.callLater(0.001, self._arrived, data)

    def loseConnection(self) -> None:
        self._end(ConnectionDone())

    def abortConnection(self) -> None:
        self._end(ConnectionAborted())

    def _end(self, why: Exception) -> None:
        if self.open:
            self.open = False
            self._network.clock.callLater(0, self._connection.connectionLost, Failure(why))

    def _arrived(self, data: bytes) -> None:
        request, self._buffer = read_request(self._buffer + data, self._number, self._place)
        if request is None or not self.open:
            return
        self._network.requests.append(request)
        self._answer(self._network.server(request))

    def _answer(self, answer: bytes | None) -> None:
        if answer is None:
            self._end(ConnectionDone())
        elif answer:
            self._connection.dataReceived(answer)


class MemoryNetwork(Network):
    """Every connection leads to ``server``; the requests are kept."""

    def __init__(self, clock: Any, server: Server) -> None:
        super().__init__(clock)
        self.clock: IReactorTime = clock
        self.server = server
        self.requests: list[Request] = []
        self.pipes: list[Pipe] = []
        self.refusing: Exception | None = None

    def connect(self, place: Place) -> Deferred[Connection]:
        connected: Deferred[Connection] = Deferred()
        self.clock.callLater(0.001, self._connected, connected, place)
        return connected

    def _connected(self, connected: Deferred[Connection], place: Place) -> None:
        if self.refusing is not None:
            connected.errback(self.refusing)
            return
        connection = Connection(self.clock, ANSWER_SECONDS)
        pipe = Pipe(self, connection, len(self.pipes) + 1, place)
        self.pipes.append(pipe)
        connection.makeConnection(pipe)
        connected.callback(connection)

    @property
    def open(self) -> int:
        """How many connections are open."""
        return sum(pipe.open for pipe in self.pipes)
