"""The feed of events: what happens in this process, or in others on its database, for all open streams.

It costs nothing while nobody listens.  A process that has streams says so to the others now and then, which
pass on what happens as long as they have heard that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.recurring import Recurring
from acs.session.desired import Desired
from acs.store.happenings import Happening
from acs.store.interface import Store
from acs.web.event_objects import show_event
from acs.web.passing import Passing, unpacked
from acs.web.problems import Problem
from acs.web.ring import Ring
from acs.web.streams import Stream, Wanted

INTEREST, EVENTS = "interest", "events"
"""What nodes tell each other: that somebody listens; what has happened."""

MOST_STREAMS = 200
MOST_OF_ONE = 20
"""How many streams there may be, and how many of one token or user."""
TURN = 5.0
"""Seconds from one look at the streams to the next."""
SAID_EVERY = 20.0
FRESH = 60.0
"""Seconds after which a process says again that somebody listens, and for which the others believe it."""
LINGER = 120.0
"""Seconds for which events are remembered after the last stream has ended."""

log = Logger()


class Feed:
    """All streams of this process, and what they are told.  ``random_text`` gives so many random bytes as
    URL-safe text."""

    def __init__(self, store: Store, clock: IReactorTime, random_text: Callable[[int], str]) -> None:
        self._store = store
        self._now = clock.seconds
        self._random_text = random_text
        self._level = Desired(store).level
        self._streams: dict[Stream, None] = {}
        self._ring = Ring()
        self._live = self._closed = False
        self._left_at = self._said_at = self._others_until = 0.0
        self._passing = Passing(store, clock, EVENTS)
        self._turns = Recurring(clock, TURN, self._turn, "the streams of events could not be looked after")
        store.listen(INTEREST, self._others_listen)
        store.listen(EVENTS, self._told_by_others)
        store.happenings.watch(self.reset)

    async def stream(self, who: str, wanted: Wanted, last: str) -> Stream:
        """A stream for ``who``, to begin at once, that goes on after the event of the id ``last``.

        Raises `Problem` 429 or 503, and `StoreUnavailable`.
        """
        if self._closed:
            raise Problem(503, "the appliance is stopping", headers={"Retry-After": "30"})
        self._begin()
        await self._store.committed()  # and with it, that the other processes are to tell
        of_whom = Counter(stream.who for stream in self._streams)
        if of_whom[who] >= MOST_OF_ONE or of_whom.total() >= MOST_STREAMS:
            raise Problem(429, "too many streams are open", headers={"Retry-After": "30"})
        return Stream(self._ring, self._now, who, wanted, last, self._joined, self._left)

    def close(self) -> None:
        """End all streams, and be silent."""
        self._closed = True
        for stream in tuple(self._streams):
            stream.end("the appliance stops")
        self._turns.stop()
        self._passing.close()
        self._be_deaf()

    def reset(self) -> None:
        """Something may have been missed: whoever listens has to ask anew for what it shows."""
        if self._live:
            self._ring.begin(self._random_text(6))
            self._advance()

    def _joined(self, stream: Stream) -> None:
        self._begin()
        self._streams[stream] = None

    def _left(self, stream: Stream) -> None:
        if stream in self._streams:
            del self._streams[stream]
            self._left_at = self._now()

    def _advance(self) -> None:
        for stream in tuple(self._streams):
            stream.advance()

    # What is heard

    def _begin(self) -> None:
        if not self._live:
            self._live, self._left_at = True, self._now()
            self._ring.begin(self._random_text(6))
            self._listen()
            self._turns.start()
            self._said_at = 0.0
        self._say_that_we_listen()

    def _listen(self) -> None:
        self._store.happenings.leave(self._happened)
        self._store.happenings.listen(self._happened)

    def _be_deaf(self) -> None:
        self._live = False
        self._store.happenings.leave(self._happened)

    def _happened(self, happening: Happening) -> None:
        """Something has happened in this process."""
        others = self._now() < self._others_until
        if not (self._live or others):
            self._be_deaf()
            return
        try:
            event = show_event(happening, self._level)
        except Exception:  # whoever has done it has nothing to do with who is told
            log.failure("an event could not be told")
            return
        if event is not None and others:
            self._passing.add(event)
        if event is not None and self._live:
            self._ring.add(event)
            self._advance()

    # What the other processes say, or are told

    def _say_that_we_listen(self) -> None:
        now = self._now()
        if now - self._said_at >= SAID_EVERY and self._store.available:
            self._said_at = now
            self._store.tell(INTEREST, "-")

    def _others_listen(self, words: str) -> None:
        if not self._closed:
            self._others_until = self._now() + FRESH
            self._listen()

    def _told_by_others(self, words: str) -> None:
        if not self._live:
            return
        try:
            told = unpacked(words)
            for event in told or ():
                self._ring.add(event)
        except (msgspec.DecodeError, KeyError, AttributeError) as error:
            log.warn("another process, of another version, tells what is no event: {error}", error=error)
            told = None
        if told is None:
            self.reset()
        else:
            self._advance()

    # From time to time

    def _turn(self) -> None:
        now = self._now()
        for stream in tuple(self._streams):
            Deferred.fromCoroutine(stream.look(now)).addErrback(_not_looked_at)
        if self._streams or now - self._left_at < LINGER:
            self._say_that_we_listen()
            return
        self._turns.stop()
        self._live = False
        if now >= self._others_until:
            self._be_deaf()


def _not_looked_at(failure: Failure) -> None:
    log.failure("a stream of events could not be looked after", failure)
