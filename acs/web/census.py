"""How many devices are in which state, as of a moment ago.

Counting a hundred thousand takes a while: whoever asks is told what was counted last, and has it be counted
anew if that is old.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct
from twisted.internet.defer import Deferred, DeferredLock
from twisted.python.failure import Failure

from acs.store.interface import Store, StoreUnavailable

FRESH = 15.0
"""Seconds for which a count is good."""
STATES: Mapping[str, Mapping[str, str]] = {
    "online": {"online": "true"},
    "failing": {"last_session": "failed"},
    "behind": {"level": "behind"},
    "problems": {"problems": "true"},
}
"""The states that are counted, each with the filters of the list of its devices."""


class Counts(Struct, frozen=True):
    """``time``: when it was counted; ``devices`` in all, and those in each state; ``jobs`` by state."""

    time: float
    devices: int
    states: dict[str, int]
    jobs: dict[str, int]


class Census:
    """Counts, once for however many ask."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        self._last: Counts | None = None
        self._counting = DeferredLock()

    async def counts(self) -> Counts:
        """What was counted last; what is counted now where nothing was yet.  Raises `StoreUnavailable`."""
        if self._last is None:
            return await self._count()
        if self._is_old(self._last) and not self._counting.locked:
            Deferred.fromCoroutine(self._count()).addErrback(_unless_away)
        return self._last

    def _is_old(self, counts: Counts) -> bool:
        return self._now() - counts.time >= FRESH

    async def _count(self) -> Counts:
        await self._counting.acquire()
        try:
            if self._last is None or self._is_old(self._last):
                states = {name: await self._store.device_count(each) for name, each in STATES.items()}
                devices = sum(count.devices for count in await self._store.vendors())
                jobs = dict(await self._store.open_job_counts())
                self._last = Counts(self._now(), devices, states, jobs)
            return self._last
        finally:
            self._counting.release()


def _unless_away(reason: Failure) -> None:
    reason.trap(StoreUnavailable)  # type: ignore[no-untyped-call]  # which is told elsewhere
