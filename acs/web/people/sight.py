"""Which devices are there for somebody who may see some only, as events tell of them."""

from __future__ import annotations

from collections.abc import Callable

from acs.store.happenings import Topic
from acs.store.interface import Store
from acs.store.records.people import Only
from acs.web.serving.schema import JSON

BELIEVED_FOR = 5.0
"""Seconds for which a device is taken to be one of them, or none, after it was looked at."""
_REMEMBERED = 1000


class Sight:
    """Looks devices up, and remembers them for a moment; ``now`` gives seconds."""

    def __init__(self, store: Store, only: Only, now: Callable[[], float]) -> None:
        self._store = store
        self._only = only
        self._now = now
        self._known: dict[str, tuple[float, bool]] = {}

    async def has(self, event: JSON) -> bool:
        """Whether an event is of a device that is there; of one that is no more, whether it was."""
        device_id = event["device"]
        if not device_id:
            return False
        until, known = self._known.get(device_id, (0.0, False))
        # What happens to a device itself may be that it is another's now.
        if self._now() < until and event["type"] != Topic.DEVICE:
            return known
        device = await self._store.device(device_id)
        if device is None:
            return known and event["type"] == Topic.DEVICE
        found = self._only.has(device)
        self._known.pop(device_id, None)
        if len(self._known) >= _REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[device_id] = self._now() + BELIEVED_FOR, found
        return found
