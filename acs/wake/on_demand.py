"""Devices are woken because somebody asks for it.

He does not wait for his turn, as urgent jobs do, but what he takes they miss; and there is an end to that.
"""

from __future__ import annotations

from collections.abc import Sequence

from acs.store.interface import Store
from acs.store.wake_records import TooMuchWaking, Wake
from acs.wake.pacing import Pace
from acs.wake.waker import Waker

AHEAD = 5.0
"""So many seconds' worth of the pace may be taken in advance."""


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
