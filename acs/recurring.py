"""Work that comes again every so often, whatever became of it the last time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

log = Logger()


class Recurring:
    """Calls ``work``, which may be asynchronous, every ``seconds`` of the clock, never twice at once.

    :param failed: what the log says where it raises, as in "the sessions could not be looked at": it is
        called again at its next turn.
    """

    def __init__(self, clock: IReactorTime, seconds: float, work: Callable[[], Any], failed: str) -> None:
        self._seconds = seconds
        self._work = work
        self._failed = failed
        self._loop = LoopingCall(self._turn)
        self._loop.clock = clock

    @property
    def running(self) -> bool:
        """Whether there will be another turn."""
        return bool(self._loop.running)

    def start(self, now: bool = False) -> None:
        """Begin, at once or after ``seconds``; nothing where it has begun."""
        if not self._loop.running:
            self._loop.start(self._seconds, now=now)

    def stop(self) -> None:
        """Have no further turn; nothing where there is none."""
        if self._loop.running:
            self._loop.stop()

    def _turn(self) -> Deferred[Any]:
        return maybeDeferred(self._work).addErrback(self._told)

    def _told(self, reason: Failure) -> None:
        log.failure("{failed}", reason, failed=self._failed)
