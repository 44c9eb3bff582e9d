"""The feed of events: what happens in this process, or in others on its database, for all open streams.

It costs nothing while nobody listens.  A process that has streams says to the others what these want, now and
then, and they pass that on as long as they have heard it.
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
from acs.store.records.people import Only
from acs.web.objects.events import show_event
from acs.web.people.sight import Sight
from acs.web.serving.problems import Problem
from acs.web.telling import interests
from acs.web.telling.interests import Interests, Wanted
from acs.web.telling.passing import Passing, unpacked
from acs.web.telling.ring import Ring
from acs.web.telling.streams import Stream

INTEREST, EVENTS = "interest", "events"
"""What nodes tell each other: what somebody wants to hear of; what has happened."""

MOST_STREAMS = 200
MOST_OF_ONE = 20
"""How many streams there may be, and how many of one token or user."""
TURN = 5.0
"""Seconds from one look at the streams to the next."""
SAID_EVERY = 20.0
FRESH = 60.0
"""Seconds after which a process says again what it wants, and for which the others believe it."""
LINGER = 120.0
"""Seconds for which events are remembered after the last stream that wanted such has ended."""
MOST_COVERED = 1000
"""How many different wishes are remembered."""

log = Logger()


class _Covered(msgspec.Struct):
    """What is remembered: from the event of this number on, and when the last stream of it ended."""

    since: int
    left_at: float


class Feed:
    """All streams of this process, and what they are told.  ``random_text`` gives so many random bytes as
    URL-safe text."""

    def __init__(self, store: Store, clock: IReactorTime, random_text: Callable[[int], str]) -> None:
        self._store = store
        self._now = clock.seconds
        self._random_text = random_text
        self._desired = Desired(store)
        self._streams: dict[Stream, None] = {}
        self._ring = Ring()
        self._covered: dict[Wanted, _Covered] = {}
        self._ours = Interests()
        self._others: dict[int, tuple[float, Interests]] = {}
        self._said_at = 0.0
        self._closed = False
        self._passing = Passing(store, clock, EVENTS)
        self._turns = Recurring(clock, TURN, self._turn, "the streams of events could not be looked after")
        store.listen(INTEREST, self._others_want)
        store.listen(EVENTS, self._told_by_others)
        store.happenings.watch(self.reset)

    async def stream(self, who: str, wanted: Wanted, last: str, only: Only | None = None) -> Stream:
        """A stream for ``who``, to begin at once, that goes on after the event of the id ``last``, and is of
        ``only`` these devices (None: all).

        Raises `Problem` 429 or 503, and `StoreUnavailable`.
        """
        if self._closed:
            raise Problem(503, "the appliance is stopping", headers={"Retry-After": "30"})
        self._cover(wanted)
        await self._store.committed()  # and with it, what the other processes are to tell
        of_whom = Counter(stream.who for stream in self._streams)
        if of_whom[who] >= MOST_OF_ONE or of_whom.total() >= MOST_STREAMS:
            raise Problem(429, "too many streams are open", headers={"Retry-After": "30"})
        self._cover(wanted)
        since = min(covered.since for each, covered in self._covered.items() if each.includes(wanted))
        position = self._ring.position_of(last, since)
        sight = None if only is None else Sight(self._store, only, self._now)
        return Stream(self._ring, self._now, who, wanted, position, self._joined, self._left, sight)

    def close(self) -> None:
        """End all streams, and be silent."""
        self._closed = True
        for stream in tuple(self._streams):
            stream.end("the appliance stops")
        self._turns.stop()
        self._passing.close()
        self._covered.clear()
        self._others.clear()
        self._store.happenings.leave(self._happened)

    def reset(self) -> None:
        """Something may have been missed: whoever listens has to ask anew for what it shows."""
        if self._covered:
            self._ring.begin(self._random_text(6))
            self._advance()

    def _joined(self, stream: Stream) -> None:
        self._streams[stream] = None

    def _left(self, stream: Stream) -> None:
        if stream in self._streams:
            del self._streams[stream]
            self._cover(stream.wanted)

    def _advance(self) -> None:
        for stream in tuple(self._streams):
            stream.advance()

    # What is heard

    def _cover(self, wanted: Wanted) -> None:
        """Have what is wanted heard and remembered, for some time from now on."""
        now = self._now()
        if not self._covered and not self._closed:
            self._ring.begin(self._random_text(6))
            self._listen()
            self._turns.start()
        covered = self._covered.get(wanted)
        if covered is None:
            if len(self._covered) >= MOST_COVERED:
                self._forget_what_nobody_wants(now)
            covered = self._covered[wanted] = _Covered(self._ring.mark(), now)
            self._ours = Interests(self._covered)
            self._say_what_we_want()
        covered.left_at = now

    def _forget_what_nobody_wants(self, left_before: float) -> None:
        current = {stream.wanted for stream in self._streams}
        for wanted, covered in tuple(self._covered.items()):
            if wanted not in current and covered.left_at <= left_before:
                del self._covered[wanted]
        self._ours = Interests(self._covered)

    def _listen(self) -> None:
        self._store.happenings.leave(self._happened)
        self._store.happenings.listen(self._happened)

    def _happened(self, happening: Happening) -> None:
        """Something has happened in this process."""
        about = happening.topic, happening.device, happening.formerly
        ours, others = self._ours.has(*about), self._is_for_others(*about)
        if not (ours or others):
            if not (self._covered or self._others):
                self._store.happenings.leave(self._happened)
            return
        try:
            self._tell(happening, ours, others)
        except Exception:  # whoever has done it has nothing to do with who is told
            log.failure("an event could not be told")

    def _tell(self, happening: Happening, ours: bool, others: bool) -> None:
        event = show_event(happening, self._desired)
        if event is not None and others:
            self._passing.add(event)
        if event is not None and ours:
            self._ring.add(event)
            self._advance()

    # What the other processes say, or are told

    def _say_what_we_want(self) -> None:
        if self._store.available:
            self._said_at = self._now()
            self._store.tell(INTEREST, interests.write(self._store.node, self._covered))

    def _others_want(self, words: str) -> None:
        try:
            said = interests.read(words)
        except msgspec.DecodeError as error:
            log.warn("another process, of another version, wants events: {error}", error=error)
            return
        self._others.pop(said.node, None)
        if said.wanted and not self._closed:
            self._others[said.node] = self._now() + FRESH, Interests(said.wanted)
            self._listen()

    def _is_for_others(self, type_: str, device: str, formerly: str) -> bool:
        if not self._others:
            return False
        now = self._now()
        for node, (until, _) in tuple(self._others.items()):
            if now >= until:
                del self._others[node]
        return any(wanted.has(type_, device, formerly) for _, wanted in self._others.values())

    def _told_by_others(self, words: str) -> None:
        if not self._covered:
            return
        try:
            told = unpacked(words)
            for event in told or ():
                if self._ours.has(event["type"], event["device"] or "", event["formerly"] or ""):
                    self._ring.add(event)
        except (msgspec.DecodeError, KeyError) as error:
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
        self._forget_what_nobody_wants(now - LINGER)
        if now - self._said_at >= SAID_EVERY or not self._covered:
            self._say_what_we_want()
        if not self._covered:
            self._turns.stop()
            if not self._others:
                self._store.happenings.leave(self._happened)


def _not_looked_at(failure: Failure) -> None:
    log.failure("a stream of events could not be looked after", failure)
