"""One device being woken, which may call at any moment, even before it has answered."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred, race
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from acs.store.records.wakes import NoMoreWaking
from acs.wake.way import Attempt, Target, WakeOutcome, Way

log = Logger()

Answer = Attempt | int | None
"""What a way says, the number of the session in which the device calls, or nothing in all the time."""


class Errand:
    """By this ``method``, within so many ``seconds``; ``ends`` is the time of the clock by which it is over.

    :ivar session: the number of the session in which the device has called; None as long as it has not.
    """

    def __init__(self, clock: IReactorTime, seconds: float, method: str = "") -> None:
        self._clock: Any = clock
        self.method = method
        self.began = float(clock.seconds())
        self.ends = self.began + seconds
        self.session: int | None = None
        self._waiting: list[Deferred[Answer]] = []
        self._stopped = False

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return max(0.0, self.ends - float(self._clock.seconds()))

    def called(self, session: int) -> None:
        """The device has called, because it was asked to."""
        self.session = session
        self._end_waiting(session)

    def stop(self) -> None:
        """Wait for nothing any more: whoever does hears `NoMoreWaking`."""
        self._stopped = True
        self._end_waiting(None)

    def _end_waiting(self, answer: Answer) -> None:
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.callback(answer)

    async def ask(self, way: Way, target: Target) -> Attempt:
        """What comes of one way in the time that is left; whatever the way is at, it stops when the device
        has called: INFORMED."""
        if self._stopped:
            raise NoMoreWaking
        if self.session is not None:
            return Attempt(way.method, WakeOutcome.INFORMED)
        answer = await self._first(self.left, Deferred.fromCoroutine(_asked(way, target)))
        if isinstance(answer, Attempt):
            return answer
        if answer is not None:
            return Attempt(way.method, WakeOutcome.INFORMED)
        return Attempt(way.method, WakeOutcome.TIMEOUT, "there was no time left for an answer")

    async def call(self, seconds: float) -> bool:
        """Whether the device calls within so many seconds, and the time that is left."""
        seconds = min(seconds, self.left)
        if self.session is None and seconds > 0:
            await self._first(seconds)
        return self.session is not None

    async def _first(self, seconds: float, *asked: Deferred[Attempt]) -> Answer:
        """What comes first: an answer, the device's call, or the end of the time.  Raises `NoMoreWaking`."""
        call: Deferred[Answer] = Deferred(lambda gone: self._waiting.remove(gone))
        self._waiting.append(call)
        over: Deferred[Answer] = deferLater(self._clock, seconds)
        which: Deferred[tuple[int, Answer]] = race([call, over, *asked])  # type: ignore[list-item]
        answer = (await which)[1]
        if self._stopped:
            raise NoMoreWaking
        return answer


async def _asked(way: Way, target: Target) -> Attempt:
    """A fault of ours in a way is no reason not to try the next one."""
    try:
        return await way.request(target)
    except CancelledError:
        raise
    except Exception:
        log.failure("{device} could not be asked by {method}", device=target.device, method=way.method)
        return Attempt(way.method, WakeOutcome.UNREACHABLE, "the appliance itself has failed: see its log")
