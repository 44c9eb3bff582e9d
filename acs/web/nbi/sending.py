"""A list as the body of an answer, made an item at a time, as fast as the client takes it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

log = Logger()


@implementer(IPushProducer)
class ListBody:
    """``items`` gives each as the bytes of its JSON."""

    def __init__(self, items: AsyncIterator[bytes]) -> None:
        self._items = items
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
        before = b"[\n"
        async for item in self._items:
            if self._request is None:
                return
            self._request.write(before + item)
            before = b",\n"
            if self._paused:
                self._waiting = Deferred()
                await self._waiting
        if self._request is not None:
            request, self._request = self._request, None
            request.write((b"[\n" if before == b"[\n" else b"") + b"\n]")
            request.unregisterProducer()
            request.finish()

    def _failed(self, reason: Failure) -> None:
        """Of what is on its way the client learns by the end of the connection."""
        log.failure("a list ends early", reason)
        request, self._request = self._request, None
        if request is not None:
            request.transport.abortConnection()

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
