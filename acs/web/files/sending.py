"""Sends a file as the body of an answer, at the pace of its reader.

Where the kernel can send it by itself, it does.  Elsewhere one piece of the file is in memory at a time, read
in a thread; the next is read once the transport has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer, IReactorTime
from zope.interface import implementer

from acs.web.files.outlet import FULL, Outlet, outlet_of
from acs.web.files.pace import Pace
from acs.web.files.ranges import Span
from acs.web.serving.threads import InThread

GONE = "the client has gone"


class Broken(Exception):
    """It cannot be sent to its end; the text says why."""


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
        self._outlet: Outlet | None = None

    async def send(self, pieces: Sequence[bytes | Span]) -> None:
        """Write all of it and finish the request; raises `Broken`, and `OSError` of the disk, and has not
        finished it then."""
        self._request.notifyFinish().addErrback(lambda _: self.stop(GONE))
        self._request.registerProducer(self, True)
        self._outlet = outlet_of(self._request.transport)
        try:
            self._write(b"")  # the head, at once
            for piece in pieces:
                await self._send_piece(piece)
            if self._paused:
                await self._room()
        finally:
            if self._outlet is not None:
                self._outlet.close()
            if not self._gone:
                self._request.unregisterProducer()
        if not self._gone:  # else the client has gone with all of it, sooner than we knew that it went out
            self._request.finish()

    async def _send_piece(self, piece: bytes | Span) -> None:
        self._check()
        if isinstance(piece, bytes):
            self._write(piece)
        elif self._outlet is None:
            await self._write_span(piece)
        else:
            await self._room()
            await self._let_out(piece, self._outlet)

    async def _write_span(self, span: Span) -> None:
        at = span.start
        while at < span.stop:
            count = await self._allowed(span.stop - at, self._pace.held)
            data = await self._in_thread(_read, self._file, at, count)
            self._check()
            if len(data) != count:
                raise Broken("the file became shorter while it was sent")
            self._pace.ours(False)
            began = self._clock.seconds()
            self._write(data)
            del data  # the transport has it, and may let it go while we wait
            await self._room()
            self._pace.went(count, self._clock.seconds() - began)
            at += count

    async def _let_out(self, span: Span, outlet: Outlet) -> None:
        at, allowed = span.start, 0
        while at < span.stop:
            allowed = allowed or await self._allowed(span.stop - at, self._pace.unheld)
            try:
                sent = await self._in_thread(outlet.send, self._file.fileno(), at, allowed)
            except ConnectionError:
                raise Broken(self._gone or GONE) from None
            self._pace.ours(False)
            if sent == FULL:
                self._check()
                await outlet.room()
                self._check()
            elif sent == 0:
                raise Broken("the file became shorter while it was sent")
            else:
                self._pace.moved(sent)
                at, allowed = at + sent, allowed - sent

    async def _allowed(self, left: int, most: int) -> int:
        """How many bytes of those that are left may go now, once they may."""
        self._pace.ours(True)
        count = min(most, left)
        if wait := self._pace.wait(count):
            await self._sleep(wait)
        self._check()
        return count

    def _write(self, data: bytes) -> None:
        """Write something, and be paused until it has gone: the transport never holds more than a piece."""
        transport = self._request.transport
        usual = getattr(transport, "bufferSize", None)
        if usual is None:
            self._request.write(data)
            return
        transport.bufferSize = 0  # for a moment, as it also says how much is read at once
        try:
            self._request.write(data)
        finally:
            transport.bufferSize = usual

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
        if self._outlet is not None:
            self._outlet.wake()

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
        self.stop(GONE)


def _read(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)
