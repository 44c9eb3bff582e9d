"""The whole body of an answer, as far as it is not too long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone
from twisted.web.http import PotentialDataLoss


class WholeBody(Protocol):
    """Takes in up to ``most`` bytes; what is not wanted any more is cut.

    :ivar whole: fires with all of it, or fails with what ``too_long`` makes.
    """

    transport: Any

    def __init__(self, most: int, too_long: Callable[[], Exception]) -> None:
        self.whole: Deferred[bytes] = Deferred(lambda _: self._cut())
        self._most = most
        self._too_long = too_long
        self._pieces: list[bytes] = []
        self._length = 0

    def dataReceived(self, data: bytes) -> None:
        """A piece of it."""
        self._length += len(data)
        if self.whole.called:
            return
        if self._length > self._most:
            self.whole.errback(self._too_long())
            self._cut()
        else:
            self._pieces.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """That was all."""
        if self.whole.called:
            return
        if isinstance(reason.value, (ResponseDone, PotentialDataLoss)):
            self.whole.callback(b"".join(self._pieces))
        else:
            self.whole.errback(reason)

    def _cut(self) -> None:
        if self.transport is not None:
            getattr(self.transport, "abortConnection", self.transport.loseConnection)()
