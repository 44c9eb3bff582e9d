"""What takes long to find is told as it was a moment ago, while it is found anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from acs.store.interface import StoreUnavailable

T = TypeVar("T")

QUICK = 0.005
"""Seconds: what takes no longer is found whenever it is asked for."""
SHARE = 20.0
"""It is good for so many times as long as it took: so finding it takes a twentieth of the time at most."""
LONGEST = 60.0
"""Seconds after which nobody is told what was found before, however long that took."""


class Remembered(Generic[T]):
    """``find`` finds it; if it is not found quickly it is good for at least ``good_for`` seconds, less than
    `LONGEST`."""

    def __init__(
        self, find: Callable[[], Awaitable[T]], now: Callable[[], float], good_for: float = 0.0
    ) -> None:
        self._find = find
        self._good_for = good_for
        self._now = now
        self._last: tuple[float, float, T] | None = None
        self._finding = False

    async def get(self) -> T:
        """What there is, or was a moment ago; raises what finding raises."""
        if self._last is None:
            return await self._anew()
        at, took, found = self._last
        age = self._now() - at
        if took <= QUICK or age >= LONGEST:
            return await self._anew()
        if age >= max(took * SHARE, self._good_for) and not self._finding:
            self._finding = True
            Deferred.fromCoroutine(self._anew()).addErrback(_unless_away).addBoth(self._is_found)
        return found

    async def _anew(self) -> T:
        began = self._now()
        found = await self._find()
        now = self._now()
        self._last = now, now - began, found
        return found

    def _is_found(self, result: object) -> None:
        self._finding = False


def _unless_away(reason: Failure) -> None:
    reason.trap(StoreUnavailable)  # type: ignore[no-untyped-call]  # which is told elsewhere
