"""One stream of server-sent events, over a request of twisted.web (WHATWG HTML, section 9.2).

It reads the ring at the pace of its reader, so that nothing is gathered for anybody.  A reader who falls too
far behind is cut off, and may come again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from acs.store.interface import StoreError, StoreUnavailable
from acs.web.people.sight import Sight
from acs.web.serving.problems import Problem
from acs.web.serving.schema import JSON
from acs.web.telling.interests import Wanted
from acs.web.telling.ring import Position, Ring, TooFarBehind, id_of

QUIET = 10.0
"""Seconds without a word after which a comment is sent, and without a look at the token after which that is
looked at, the next time that the stream is: as that is every five seconds, each comes every 15 at least."""
PATIENCE = 60.0
"""Seconds that a reader may take nothing of what waits for it."""

log = Logger()


@implementer(IPushProducer)
class Stream:
    """A stream for ``who``, of what is ``wanted``, which begins at a ``position``, and has to at once.

    ``joined`` and ``left`` are called as it begins and when it is over; ``now`` gives seconds.  With
    ``sight`` it tells only of the devices that this has.
    """

    def __init__(
        self,
        ring: Ring,
        now: Callable[[], float],
        who: str,
        wanted: Wanted,
        position: Position,
        joined: Callable[[Stream], None],
        left: Callable[[Stream], None],
        sight: Sight | None = None,
    ) -> None:
        self.who = who
        self._ring = ring
        self._now = now
        self.wanted = wanted
        self._joined, self._left = joined, left
        self._sight = sight
        self._looking = False
        self._request: Any = None
        self._admitted: Callable[[], Awaitable[object]]
        self._position = position
        self._paused_at: float | None = None
        self._spoken_at = self._looked_at = 0.0

    def begin(self, request: Any, admitted: Callable[[], Awaitable[object]]) -> None:
        """Send events as the body of the answer to a request.  ``admitted`` raises `Problem` where who asks
        may not any more."""
        self._request, self._admitted = request, admitted
        self._looked_at = self._now()
        request.notifyFinish().addErrback(lambda _: self._over())
        request.registerProducer(self, True)
        self._joined(self)
        # Not an event yet; but a reader that is cut off before there is one can say where it was.
        self._write(f"retry: 2000\nid: {id_of(self._position)}\n\n".encode())
        self.advance()

    def advance(self) -> None:
        """Send what there is, as far as the reader takes it."""
        while self._request is not None and self._paused_at is None and not self._looking:
            try:
                step = self._ring.after(self._position)
            except TooFarBehind:
                self._cut("it reads too slowly")
                return
            if step is None:
                return
            self._position = step.position
            if step.text and step.event is None:
                self._write(step.text)
            elif step.text and step.event is not None and self._wants(step.event):
                self._show(step.text, step.event)

    def _show(self, text: bytes, event: dict[str, JSON]) -> None:
        if self._sight is None:
            self._write(text)
        else:
            self._looking = True
            Deferred.fromCoroutine(self._show_if_seen(self._sight, text, event)).addErrback(self._unseen)

    async def _show_if_seen(self, sight: Sight, text: bytes, event: dict[str, JSON]) -> None:
        seen = await sight.has(event)
        self._looking = False
        if seen and self._request is not None:
            self._write(text)
        self.advance()

    def _unseen(self, failure: Failure) -> None:
        """The store does not answer: nobody can say whose the device is."""
        self._looking = False
        if not isinstance(failure.value, StoreError):
            log.failure("it cannot be told whose an event is", failure)
        self._cut("it cannot be told whose an event is")

    def _wants(self, event: dict[str, JSON]) -> bool:
        return self.wanted.has(event["type"], event.get("device") or "", event.get("formerly") or "")

    async def look(self, now: float) -> None:
        """See whether the reader is still there, and may be; to be called every few seconds."""
        if self._paused_at is not None and now - self._paused_at >= PATIENCE:
            self._cut("it reads nothing")
        elif self._paused_at is None and now - self._spoken_at >= QUIET:
            self._write(b":\n\n")
        if self._request is not None and now - self._looked_at >= QUIET:
            self._looked_at = now
            try:
                await self._admitted()
            except Problem as problem:
                self.end(problem.detail)
            except StoreUnavailable:
                self._looked_at = 0.0  # nobody can say: it is asked again the next time

    def end(self, reason: str) -> None:
        """End it, as an answer ends."""
        if (request := self._over()) is not None:
            log.info("the events for {who} end: {reason}", who=self.who, reason=reason)
            request.unregisterProducer()
            request.finish()

    def _write(self, text: bytes) -> None:
        self._spoken_at = self._now()
        self._request.write(text)

    def _cut(self, reason: str) -> None:
        if (request := self._over()) is not None:
            log.info("the events for {who} are cut: {reason}", who=self.who, reason=reason)
            request.transport.abortConnection()

    def _over(self) -> Any:
        request, self._request = self._request, None
        self._left(self)
        return request

    # What the transport says

    def pauseProducing(self) -> None:
        """There is no room."""
        self._paused_at = self._now()

    def resumeProducing(self) -> None:
        """There is again."""
        self._paused_at = None
        self.advance()

    def stopProducing(self) -> None:
        """The reader is gone."""
        self._over()
