"""Where simulated CPEs listen for ConnectionRequests: one port for all of them, a path for each."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, cast

from twisted.internet.defer import maybeDeferred
from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime, ITCPTransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from acs.simulate.porter import Bell, Manner, Porter, Reply, Request, bad_request

LONGEST = 16_384
"""Bytes of a request."""
IDLE_SECONDS = 60.0


class Listener(Factory):
    """The port of a fleet.  ``bells`` has the device of each path, and is filled before anybody calls."""

    noisy = False

    def __init__(self, clock: IReactorTime, manner: Manner, chance: random.Random) -> None:
        self.clock = clock
        self.porter = Porter(manner, chance)
        self.bells: Mapping[str, Bell] = {}
        self.calls: set[Call] = set()
        self._port: Any = None

    def listen(self, reactor: Any, host: str, port: int) -> str:
        """Listen there (0 for a free port); what goes into URLs.  Raises `CannotListenError`."""
        self._port = reactor.listenTCP(port, self, interface=host)
        taken = self._port.getHost().port
        return f"[{host}]:{taken}" if ":" in host else f"{host}:{taken}"

    async def stop(self) -> None:
        """Listen no more, and cut what is open."""
        for call in list(self.calls):
            call.cut()
        if self._port is not None:
            await maybeDeferred(self._port.stopListening)

    def buildProtocol(self, addr: IAddress | None) -> Call:
        return Call(self)


class Call(Protocol):
    """One connection of somebody who asks a device for a session."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._idle: IDelayedCall | None = None
        self._buffer = b""
        self._waiting: IDelayedCall | None = None
        self._silent = False

    def connectionMade(self) -> None:
        self._listener.calls.add(self)
        self._idle = self._listener.clock.callLater(IDLE_SECONDS, self.cut)

    def dataReceived(self, data: bytes) -> None:
        if self._idle is not None and self._idle.active():
            self._idle.reset(IDLE_SECONDS)
        self._buffer += data
        if len(self._buffer) > LONGEST:
            self.cut()
        else:
            self._next()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._listener.calls.discard(self)
        for call in (self._idle, self._waiting):
            if call is not None and call.active():
                call.cancel()

    def cut(self) -> None:
        """End it at once."""
        cast(ITCPTransport, self.transport).abortConnection()

    def _next(self) -> None:
        while self._waiting is None and not self._silent:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            self._buffer = rest
            request = _request_in(head)
            reply = bad_request() if request is None else self._reply(request)
            self._silent = reply is None
            if reply is not None:
                self._give(reply)

    def _reply(self, request: Request) -> Reply | None:
        path = request.target.partition("?")[0]
        return self._listener.porter.reply(request, self._listener.bells.get(path))

    def _give(self, reply: Reply) -> None:
        if reply.seconds:
            later = self._listener.clock.callLater
            self._waiting = later(reply.seconds, self._late, reply._replace(seconds=0.0))
            return
        assert self.transport is not None
        self.transport.write(reply.data)
        if reply.closes:
            self._silent = True
            self.transport.loseConnection()

    def _late(self, reply: Reply) -> None:
        self._waiting = None
        self._give(reply)
        self._next()


def _request_in(head: bytes) -> Request | None:
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        return None
    pairs = (line.partition(":") for line in lines)
    return Request(words[0], words[1], {name.strip().lower(): value.strip() for name, _, value in pairs})
