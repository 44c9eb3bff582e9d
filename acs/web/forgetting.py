"""Devices that are forgotten, with what they have uploaded to this node."""

from __future__ import annotations

from dataclasses import dataclass

from acs.firmware.uploads import Uploads
from acs.store.interface import Store
from acs.web.serving.threads import InThread


@dataclass(frozen=True, slots=True)
class Forgetting:
    """``uploads`` are what devices have sent, None where they send nothing."""

    store: Store
    uploads: Uploads | None
    in_thread: InThread

    async def forget(self, device_id: str) -> bool:
        """Forget a device; False where there is none."""
        device = await self.store.device(device_id)
        if device is None or not await self.store.delete_device(device_id):
            return False
        if self.uploads is not None:
            await self.in_thread(self.uploads.delete_all, device.key)
        return True
