"""Threads for the files alone, so that who waits for the disk here keeps nobody waiting elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from twisted.internet.defer import maybeDeferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

T = TypeVar("T")

MOST = 4
"""How many there are at most."""


class Threads:
    """They are there from the first call until `stop`."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._pool: ThreadPool | None = None
        self._stopped = False

    def __call__(self, function: Callable[..., T], *arguments: Any) -> Awaitable[T]:
        """The function's result."""
        if self._stopped:
            return maybeDeferred(function, *arguments)  # a last word, and nobody is served any more
        if self._pool is None:
            self._pool = ThreadPool(0, MOST, name="files")
            self._pool.start()
        return deferToThreadPool(self._reactor, self._pool, function, *arguments)

    def stop(self) -> None:
        """Wait for what is being done, and have no more of them."""
        self._stopped = True
        if self._pool is not None:
            self._pool.stop()
            self._pool = None
