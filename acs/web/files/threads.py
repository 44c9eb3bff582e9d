"""Threads for the files alone, so that who waits for the disk here keeps nobody waiting elsewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

T = TypeVar("T")

MOST = 4
"""How many there are at most."""
AT_ONCE = 8
"""How much they are given to do at a time: between two turns of the reactor no more than this comes back, so
that sessions have theirs however many files are sent."""


class Threads:
    """They are there from the first call until `stop`."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._pool: ThreadPool | None = None
        self._queue: deque[tuple[Deferred[Any], Callable[..., Any], tuple[Any, ...]]] = deque()
        self._busy = 0
        self._stopped = False

    def __call__(self, function: Callable[..., T], *arguments: Any) -> Awaitable[T]:
        """The function's result."""
        if self._stopped:
            return maybeDeferred(function, *arguments)  # a last word, and nobody is served any more
        waiting: Deferred[T] = Deferred()
        self._queue.append((waiting, function, arguments))
        self._go_on()
        return waiting

    def _go_on(self) -> None:
        while self._queue and self._busy < AT_ONCE:
            self._busy += 1
            waiting, function, arguments = self._queue.popleft()
            done = self._do(function, *arguments)
            done.addBoth(self._done).addBoth(waiting.callback)

    def _do(self, function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        if self._stopped:
            return maybeDeferred(function, *arguments)
        if self._pool is None:
            self._pool = ThreadPool(0, MOST, name="files")
            self._pool.start()
        return deferToThreadPool(self._reactor, self._pool, function, *arguments)

    def _done(self, outcome: T) -> T:
        self._busy -= 1
        self._go_on()
        return outcome

    def stop(self) -> None:
        """Wait for what is being done, and have no more of them."""
        self._stopped = True
        if self._pool is not None:
            self._pool.stop()
            self._pool = None
