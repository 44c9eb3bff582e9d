"""What the store said of credentials, believed for a short while."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

BELIEVED_FOR = 5.0
"""Seconds for which a credential that was found is believed: one that is revoked elsewhere serves so long."""
_REMEMBERED = 1000


class Believed(Generic[T]):
    """Asks by digest, so that a client's requests do not each wait for it; ``now`` gives seconds since 1970.

    Only credentials that exist are remembered: a new one is good at once.
    """

    def __init__(self, read: Callable[[str], Awaitable[T | None]], now: Callable[[], float]) -> None:
        self._read = read
        self._now = now
        self._found: dict[str, tuple[float, T]] = {}
        self._forgotten = 0

    async def find(self, digest: str) -> tuple[T | None, bool]:
        """What is known by that, and whether the store was asked for it."""
        until, found = self._found.get(digest, (0.0, None))
        if found is not None and self._now() < until:
            return found, False
        self._found.pop(digest, None)
        forgotten = self._forgotten
        found = await self._read(digest)
        if found is not None and forgotten == self._forgotten:
            self._remember(digest, found)
        return found, True

    def _remember(self, digest: str, found: T) -> None:
        if len(self._found) >= _REMEMBERED:
            del self._found[next(iter(self._found))]
        self._found[digest] = (self._now() + BELIEVED_FOR, found)

    def forget(self) -> None:
        """Ask anew for each, what is being asked at this moment too: one of them is not good any more."""
        self._found.clear()
        self._forgotten += 1
