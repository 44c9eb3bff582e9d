"""How many devices are in which state, as of a moment ago."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from acs.store.interface import Store
from acs.store.remembered import Remembered

ONLINE_FOR = 86_400.0
"""Seconds for which a device counts as online after its Inform, as in the list of devices."""


class Counts(Struct, frozen=True):
    """``time``: when it was counted; ``devices`` in all, and those in each of the ``states``
    (`acs.store.interface.Store.state_counts`); ``jobs`` by state."""

    time: float
    devices: int
    states: Mapping[str, int]
    jobs: Mapping[str, int]


class Census:
    """Counts, and remembers what it has counted where that takes long."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        self._counts = Remembered(self._count, now)

    async def counts(self) -> Counts:
        """What there is.  Raises `StoreUnavailable`."""
        return await self._counts.get()

    async def _count(self) -> Counts:
        now, store = self._now(), self._store
        states = await store.state_counts(now - ONLINE_FOR)
        devices = sum(count.devices for count in await store.vendors())
        return Counts(now, devices, states, await store.open_job_counts())
