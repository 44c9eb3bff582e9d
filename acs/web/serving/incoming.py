"""A body that is read while it comes, no faster than it is taken.

`Incoming` is what twisted.web writes it to, and what a route reads it from.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from acs.web.serving.problems import Problem

MOST_WAITING = 1 << 18
"""Bytes that may wait to be taken, before the client has to."""
MAX_DISCARDED = 16 << 20
"""Bytes that are read though they are of no use, before the connection is closed: the client hears why."""


class BodyLost(Exception):
    """The client is gone, in the middle of a body."""


class Incoming:
    """A body of at most ``most`` bytes, from a ``transport``; ``length`` is what the client said of it."""

    def __init__(self, transport: Any, most: int, length: int | None) -> None:
        self._transport = transport
        self._most = self._patience = most
        self._overlong = length is not None and length > most
        self._waiting: list[bytes] = []
        self._bytes = self._seen = 0
        self._taker: Deferred[None] | None = None
        self._paused = self._lost = self._unwanted = False
        self.complete = False

    async def read(self) -> bytes:
        """What has come since, b"" at the end; raises `Problem` 413 where it is too long, `BodyLost`."""
        while not (self._waiting or self.complete or self._lost or self._overlong):
            self._taker = Deferred()
            await self._taker
        if self._overlong:
            raise Problem(413, f"the body is longer than {self._most} bytes")
        if self._lost:
            raise BodyLost
        piece = b"".join(self._waiting)
        self._forget()
        return piece

    def discard(self, known: bool) -> None:
        """Nobody will read it; ``known``: whoever sends it may send all of it."""
        self._unwanted = True
        self._patience = self._most if known else min(self._most, MAX_DISCARDED)
        self._seen = 0
        self._forget()

    def end(self) -> None:
        """It is all there."""
        self.complete = True
        self._wake()

    def _forget(self) -> None:
        self._waiting, self._bytes = [], 0
        if self._paused and not self._lost:
            self._paused = False
            self._transport.resumeProducing()

    def _wake(self) -> None:
        taker, self._taker = self._taker, None
        if taker is not None:
            taker.callback(None)

    # What twisted.web does with a file

    def write(self, data: bytes) -> int:
        """Keep what has come until it is taken."""
        if not data:
            return 0
        self._seen += len(data)
        if self._unwanted:
            if self._seen > self._patience:
                self._transport.loseConnection()
            return len(data)
        self._overlong = self._overlong or self._seen > self._most
        if not self._overlong:
            self._waiting.append(data)
            self._bytes += len(data)
            if self._bytes > MOST_WAITING and not self._paused:
                self._paused = True
                self._transport.pauseProducing()
        self._wake()
        return len(data)

    def tell(self) -> int:
        """How much there was."""
        return self._seen

    def seek(self, *_: int) -> int:
        """Nothing is read twice."""
        return 0

    def close(self) -> None:
        """The request is over, or the client gone."""
        self._lost = not self.complete
        self._wake()
