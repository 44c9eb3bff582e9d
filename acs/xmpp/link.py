"""A link keeps one XML stream up: when one ends, or none can be had, the next is tried after a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred, ensureDeferred, succeed
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.task import deferLater
from twisted.logger import Logger

from acs.xmpp.streams import Stream, Streams

log = Logger()

READY_SECONDS = 15.0
"""How long a server has to take us, from the first byte on."""
STEADY_SECONDS = 30.0
"""A stream that ends before has failed like one that never was: two who cast each other out are to tire."""


class Watcher(Protocol):
    """Whom a link tells how it is."""

    def up(self, stream: Stream) -> None:
        """A stream is ready."""

    def down(self, reason: Exception | None) -> None:
        """There is none: the reason for which it did not become ready, None where it was and has ended."""


class Link:
    """Keeps a stream up between `start` and `stop`.

    :param authenticator: makes what says who we are, anew for each stream (`Authenticator` of Twisted's).
    :param wait: seconds until the next try, by how many have failed in a row, at least 1.
    """

    def __init__(
        self,
        clock: IReactorTime,
        endpoint: IStreamClientEndpoint,
        authenticator: Callable[[], Any],
        watcher: Watcher,
        wait: Callable[[int], float],
    ) -> None:
        self.streams = Streams(authenticator, clock)
        self.stream: Stream | None = None
        self._clock: Any = clock
        self._endpoint = endpoint
        self._watcher = watcher
        self._wait = wait
        self._stopping = False
        self._running: Deferred[None] | None = None

    def start(self) -> None:
        """Begin to try."""
        self._stopping = False
        self._running = ensureDeferred(self._run())

    def stop(self) -> Deferred[None]:
        """Close what there is; fires when it is closed."""
        self._stopping = True
        running, self._running = self._running, None
        if running is None:
            return succeed(None)
        if self.stream is not None:
            self.stream.close()
        else:
            running.cancel()
        return running

    async def _run(self) -> None:
        failures = 0
        while not self._stopping:
            began = self._clock.seconds()
            try:
                await self._hold()
                reason = None
            except Exception as error:
                if self._stopping:
                    return
                reason = error
            self._watcher.down(reason)
            steady = reason is None and self._clock.seconds() - began >= STEADY_SECONDS
            failures = 1 if steady else failures + 1
            await self._pause(self._wait(failures))

    async def _hold(self) -> None:
        """Have a stream until it ends; raises where it does not become ready."""
        connected: Any = await self._endpoint.connect(self.streams)
        stream: Stream = connected
        try:
            await stream.ready.addTimeout(READY_SECONDS, self._clock)
        except BaseException:
            stream.abort()
            raise
        self.stream = stream
        try:
            self._tell(stream)
            await stream.ended
        finally:
            self.stream = None

    def _tell(self, stream: Stream) -> None:
        try:
            self._watcher.up(stream)
        except Exception:
            log.failure("an XML stream could not be put to use")
            stream.abort()

    async def _pause(self, seconds: float) -> None:
        if self._stopping:
            return
        try:
            await deferLater(self._clock, seconds)
        except Exception:
            if not self._stopping:
                raise
