"""One question on its way, which is broken off when nobody waits any more."""

from __future__ import annotations

from typing import Any, TypeVar

from twisted.internet.defer import Deferred

T = TypeVar("T")


class Errand:
    """Knows what is waited for at the moment.

    :ivar late: whether it was broken off.
    """

    def __init__(self) -> None:
        self.late = False
        self._waiting: Deferred[Any] | None = None

    def wait(self, waiting: Deferred[T]) -> Deferred[T]:
        """What is waited for now."""
        self._waiting = waiting
        return waiting

    def stop(self) -> None:
        """Nobody waits for it."""
        self.late = True
        if self._waiting is not None:
            self._waiting.cancel()
