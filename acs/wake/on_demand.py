"""Devices are woken because somebody asks for it, at once or in their turn.

Who asks for one does not wait, as urgent jobs do, but what he takes they miss, and there is an end to that.
Who has many of them waits.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from acs.store.interface import Store
from acs.store.records.wakes import TooMuchWaking, Wake
from acs.wake.pacing import Pace
from acs.wake.waker import Waker

AHEAD = 5.0
"""So many seconds' worth of the pace may be taken in advance."""

LOOK = 1.0
"""Who waits for his turn looks again after so many seconds, at the earliest."""


class OnDemand:
    """Wakes devices at once, through a ``waker``, as long as the ``pace`` is not exceeded by far."""

    def __init__(self, store: Store, waker: Waker, pace: Pace) -> None:
        self._store = store
        self._waker = waker
        self._pace = pace

    async def wake(self, device_id: str, method: str, requested_by: str) -> Wake:
        """As `Waker.wake`; raises `TooMuchWaking` too."""
        if not self._waker.is_waking(device_id):
            device = await self._store.device(device_id)
            address = device.client_ip if device else ""
            wait = self._pace.due(address)
            if wait > AHEAD:
                raise TooMuchWaking(wait - AHEAD)
            self._pace.take(address)
        return await self._waker.wake(device_id, method, requested_by)

    async def ways(self, device_id: str) -> Sequence[tuple[str, str]]:
        """As `Waker.ways`."""
        return await self._waker.ways(device_id)


class InTurn:
    """Wakes devices through a ``waker`` as the ``pace`` allows it, however many there are."""

    def __init__(self, store: Store, clock: IReactorTime, waker: Waker, pace: Pace) -> None:
        self._store = store
        self._clock = clock
        self._waker = waker
        self._pace = pace

    async def wake(self, device_id: str) -> Wake:
        """As `Waker.wake`, in its turn."""
        device = await self._store.device(device_id)
        address = device.client_ip if device else ""
        while wait := self._pace.wait(address):
            await deferLater(self._clock, max(wait, LOOK))
        return await self._waker.wake(device_id)
