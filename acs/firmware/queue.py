"""The files whose SHA-256 is to be computed, one after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from acs.firmware.beneath import Signature

log = Logger()

Work = Callable[[str, Signature], Awaitable[None]]


class Queue:
    """Calls ``work`` with one file at a time, when it has been the same for ``quiet`` seconds and nobody is
    writing to it (``busy``); ``idle`` after the last."""

    def __init__(
        self,
        clock: IReactorTime,
        quiet: float,
        work: Work,
        busy: Callable[[], Iterable[str]],
        idle: Callable[[], Awaitable[None]],
    ) -> None:
        self._clock = clock
        self._quiet = quiet
        self._work, self._busy, self._idle = work, busy, idle
        self._waiting: dict[str, tuple[Signature, float]] = {}
        self._call: Any = None
        self._running: Deferred[None] | None = None
        self._stopped = False

    def take(self, files: Iterable[tuple[str, Signature]]) -> None:
        """These are all that are to be computed, as they are now; those that have not changed keep their
        time."""
        due = self._clock.seconds() + self._quiet
        before = self._waiting
        self._waiting = {
            path: before[path] if path in before and before[path][0] == signature else (signature, due)
            for path, signature in files
        }
        self._go_on()

    def wants(self, path: str, signature: Signature) -> bool:
        """Whether that is still to be computed."""
        return not self._stopped and self._waiting.get(path, (None,))[0] == signature

    async def stop(self) -> None:
        """Begin no other; ends when the one at work has."""
        self._stopped = True
        if self._call is not None and self._call.active():
            self._call.cancel()
        if self._running is not None:
            running, self._running = self._running, None
            await running

    def _go_on(self) -> None:
        if self._running is None and not self._stopped:
            self._running = Deferred.fromCoroutine(self._run()).addErrback(self._failed)
            if self._running.called:
                self._running = None

    def _failed(self, reason: Any) -> None:
        log.failure("the checksums of files could not be computed", reason)

    async def _run(self) -> None:
        worked = False
        try:
            while (path := self._next()) is not None and not self._stopped:
                worked = True
                signature = self._waiting[path][0]
                await self._work(path, signature)
                if self._waiting.get(path, (None,))[0] == signature:
                    del self._waiting[path]
            if worked:
                await self._idle()
        finally:
            self._running = None
            self._call_again()

    def _next(self) -> str | None:
        now = self._clock.seconds()
        for path in self._busy():
            if path in self._waiting:
                self._waiting[path] = self._waiting[path][0], now + self._quiet
        return next((path for path, (_, due) in self._waiting.items() if due <= now), None)

    def _call_again(self) -> None:
        if self._call is not None and self._call.active():
            self._call.cancel()
        if self._waiting and not self._stopped:
            due = min(due for _, due in self._waiting.values())
            self._call = self._clock.callLater(max(0.0, due - self._clock.seconds()), self._go_on)
