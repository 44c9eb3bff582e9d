"""Devices that the appliance has known for a while, of which nothing is asked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import ensureDeferred, gatherResults

from acs.cwmp.values import DeviceId
from acs.store.building import store_at
from acs.store.records import Device

_AT_ONCE = 500


async def register(reactor: Any, url: str, folder: Path, devices: Sequence[DeviceId]) -> None:
    """Let the store of the appliance that will run in this folder know these devices."""
    store = store_at(url or "sqlite", reactor, reactor, folder / "state")
    await store.open()
    records = [_known(who) for who in devices]
    for start in range(0, len(records), _AT_ONCE):
        chunk = records[start : start + _AT_ONCE]
        await gatherResults([ensureDeferred(store.add_device(record)) for record in chunk])
    await store.close()


def _known(who: DeviceId) -> Device:
    return Device(
        who.key,
        who.Manufacturer,
        who.OUI,
        who.ProductClass,
        who.SerialNumber,
        first_seen=time.time(),
        full_read_requested=False,
    )
