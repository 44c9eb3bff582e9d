"""Bodies that are made piece by piece, as fast as the client takes them: a file's content, a long list."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, BinaryIO

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from acs.web.serving.threads import InThread

PIECE = 1 << 17
"""Bytes of a file that are read in one go."""

log = Logger()


@implementer(IPushProducer)
class PiecesBody:
    """What ``pieces`` makes when it is called, one after the other."""

    def __init__(self, pieces: Callable[[], AsyncIterator[bytes]]) -> None:
        self._pieces = pieces
        self._request: Any = None
        self._waiting: Deferred[None] | None = None
        self._paused = False

    def begin(self, request: Any, admitted: Callable[[], Awaitable[object]]) -> None:
        """Send it."""
        self._request = request
        request.notifyFinish().addErrback(lambda _: self.stopProducing())
        request.registerProducer(self, True)
        Deferred.fromCoroutine(self._send()).addErrback(self._failed)

    async def _send(self) -> None:
        pieces = self._pieces()
        async for piece in pieces:
            await self._written(piece)
            if self._request is None:
                await pieces.aclose()  # type: ignore[attr-defined]
                break
        self._end()

    async def _written(self, piece: bytes) -> None:
        if self._request is not None:
            self._request.write(piece)
        if self._paused and self._request is not None:
            self._waiting = Deferred()
            await self._waiting

    def _end(self) -> None:
        request, self._request = self._request, None
        if request is not None:
            request.unregisterProducer()
            request.finish()

    def _failed(self, reason: Failure) -> None:
        """Of what is on its way the client learns by the end of the connection."""
        self.told(reason)
        request, self._request = self._request, None
        if request is not None:
            request.transport.abortConnection()

    def told(self, reason: Failure) -> None:
        """Log why it ends before its end."""
        log.warn("a download ends early: {reason}", reason=reason.getErrorMessage())

    # What the transport says

    def pauseProducing(self) -> None:
        """There is no room."""
        self._paused = True

    def resumeProducing(self) -> None:
        """There is again."""
        self._paused = False
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(None)

    def stopProducing(self) -> None:
        """The client is gone."""
        self._request = None
        self.resumeProducing()


class FileBody(PiecesBody):
    """``opened`` opens the file, in a thread; it has to be of that ``size`` still."""

    def __init__(self, in_thread: InThread, opened: Callable[[], BinaryIO], size: int) -> None:
        super().__init__(self._read)
        self._in_thread = in_thread
        self._opened = opened
        self._left = size

    async def _read(self) -> AsyncIterator[bytes]:
        file = await self._in_thread(self._opened)
        try:
            if os.fstat(file.fileno()).st_size != self._left:
                raise OSError("the file has changed meanwhile")
            while self._left:
                piece = await self._in_thread(file.read, min(PIECE, self._left))
                if not piece:
                    raise OSError("the file has become shorter meanwhile")
                self._left -= len(piece)
                yield piece
        finally:
            file.close()
