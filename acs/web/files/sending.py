"""Sends a file as the body of an answer, at the pace of its reader.

Of the file one piece is in memory at a time, read in a thread; the next is read once the transport has none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer, IReactorTime
from zope.interface import implementer

from acs.web.appliance import InThread
from acs.web.files.pacing import Bucket, Pieces
from acs.web.files.ranges import Span


class Broken(Exception):
    """It cannot be sent to its end; the text says why."""


class Pace(Protocol):
    """How much at once, how fast; is told what becomes of it."""

    @property
    def size(self) -> int:
        """Bytes of the next piece."""

    def wait(self, count: int) -> float:
        """Seconds until so many bytes may go out."""

    def went(self, count: int, seconds: float) -> None:
        """So many went out, in so many seconds after they had been written."""

    def reading(self, ours: bool) -> None:
        """Whether it is us now who take our time."""


class Unhurried:
    """As fast as it goes."""

    size = Pieces.MOST

    def wait(self, count: int) -> float:
        """Never."""
        return 0.0

    def went(self, count: int, seconds: float) -> None:
        """Nobody counts them."""

    def reading(self, ours: bool) -> None:
        """Nobody looks."""


class Measured:
    """The pace of a transfer among others: of its own bucket, and of everybody's.

    :param moved: told how many bytes have gone.
    """

    def __init__(
        self,
        pieces: Pieces,
        buckets: Sequence[Bucket],
        moved: Callable[[int], None],
        ours: Callable[[bool], None],
    ) -> None:
        self._pieces = pieces
        self._buckets = buckets
        self._moved = moved
        self.reading = ours

    @property
    def size(self) -> int:
        """No more than fits all limits."""
        size = self._pieces.size
        for bucket in self._buckets:
            size = bucket.piece(size)
        return size

    def wait(self, count: int) -> float:
        """Until the last of the buckets lets it through."""
        return max((bucket.take(count) for bucket in self._buckets), default=0.0)

    def went(self, count: int, seconds: float) -> None:
        """Tell, and learn of it."""
        self._moved(count)
        self._pieces.went(seconds)


@implementer(IPushProducer)
class Sending:
    """The body of one answer whose head is set: bytes as they are, and spans of a file."""

    def __init__(
        self, request: Any, file: BinaryIO, in_thread: InThread, clock: IReactorTime, pace: Pace
    ) -> None:
        self._request = request
        self._file = file
        self._in_thread = in_thread
        self._clock = clock
        self._pace = pace
        self._paused = False
        self._gone = ""
        self._woken: Deferred[None] | None = None

    async def send(self, pieces: Sequence[bytes | Span]) -> None:
        """Write all of it and finish the request; raises `Broken`, and `OSError` of the disk, and has not
        finished it then."""
        self._request.notifyFinish().addErrback(lambda _: self.stop("the client has gone"))
        # Then each write pauses us until it is gone: the transport never holds more than one piece.
        transport = self._request.transport
        usual = getattr(transport, "bufferSize", None)
        if usual is not None:
            transport.bufferSize = 0
        self._request.write(b"")  # the head, at once
        self._request.registerProducer(self, True)
        try:
            for piece in pieces:
                if isinstance(piece, bytes):
                    self._request.write(piece)
                else:
                    await self._send_span(piece)
            await self._room()
        finally:
            if usual is not None:
                transport.bufferSize = usual
            if not self._gone:
                self._request.unregisterProducer()
        self._request.finish()

    async def _send_span(self, span: Span) -> None:
        at = span.start
        while at < span.stop:
            count = min(self._pace.size, span.stop - at)
            self._pace.reading(True)
            if wait := self._pace.wait(count):
                await self._sleep(wait)
            self._check()
            data = await self._in_thread(_read, self._file, at, count)
            self._check()
            if len(data) != count:
                raise Broken("the file became shorter while it was sent")
            self._pace.reading(False)
            began = self._clock.seconds()
            self._request.write(data)
            del data  # the transport has it, and may let it go while we wait
            await self._room()
            self._pace.went(count, self._clock.seconds() - began)
            at += count

    async def _room(self) -> None:
        """Wait until the transport has sent what it has."""
        while self._paused and not self._gone:
            self._woken = Deferred()
            await self._woken
        self._check()

    async def _sleep(self, seconds: float) -> None:
        """Let time pass, but no longer than there is a client."""
        awake = self._clock.callLater(seconds, self._wake)
        while awake.active() and not self._gone:
            self._woken = Deferred()
            await self._woken
        if awake.active():
            awake.cancel()

    def _check(self) -> None:
        if self._gone:
            raise Broken(self._gone)

    def stop(self, why: str) -> None:
        """Send no more: there is nobody to send it to."""
        self._gone = self._gone or why
        self._wake()

    def _wake(self) -> None:
        if self._woken is not None:
            woken, self._woken = self._woken, None
            woken.callback(None)

    # What the transport says

    def pauseProducing(self) -> None:
        """It has enough."""
        self._paused = True

    def resumeProducing(self) -> None:
        """It has nothing left."""
        self._paused = False
        self._wake()

    def stopProducing(self) -> None:
        """The client is gone."""
        self.stop("the client has gone")


def _read(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)
