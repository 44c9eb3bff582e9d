"""A client's connection to an HTTP server, which carries one request at a time."""

from __future__ import annotations

from typing import cast

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IDelayedCall, IReactorTime, ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from acs.hypertext.responses import BadResponse, Response, ResponseReader


class AnswerTimeout(Exception):
    """The server did not answer in time."""


class Connection(Protocol):
    """One connection: a request, its response, and the next while both sides keep it open.

    :param seconds: how long an answer may take.
    :param after_head: how long it may go on once its head has come; None for as long as the rest of those.
    :param gentle: that it is closed in good order also where an answer is not waited for any more: a small
        server that is about to write one may not survive a connection that is cut.  That is for requests
        that have left as soon as they are sent, and not for TLS, where good order takes as long as the
        server likes.
    """

    def __init__(
        self, clock: IReactorTime, seconds: float, after_head: float | None = None, gentle: bool = False
    ) -> None:
        self._gentle = gentle
        self._clock = clock
        self._seconds = seconds
        self._after_head = after_head
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
        self._timer = self._clock.callLater(self._seconds + slowness, self._too_late)
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

    def leave(self) -> None:
        """Have done with it at once, as gently as it is."""
        if self._gentle:
            self.close()
        else:
            self.drop()

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
            self._give_up(error)
            return
        if response is not None:
            self._done(response)
        elif self._after_head is not None and self._reader.begun and self._timer is not None:
            left = self._timer.getTime() - self._clock.seconds()
            self._timer.reset(min(left, self._after_head))
            self._after_head = None

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
        self.leave()

    def _too_late(self) -> None:
        self._timer = None
        self._give_up(AnswerTimeout())

    def _give_up(self, reason: Exception) -> None:
        """Leave it; who waits is told afterwards, and cannot take it for usable."""
        answer = self._taken()
        self.leave()
        if answer is not None:
            answer.errback(reason)

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
