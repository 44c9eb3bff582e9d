"""A device is recognised although its OUI changed with its firmware."""

from __future__ import annotations

from acs.store.interface import Store
from acs.store.records import Device


async def under_another_oui(store: Store, device: Device) -> Device | None:
    """The device that this one must be, of which nothing is known by its own name; None where there is none,
    or where it may be any of several."""
    similar = await store.similar_devices(device)
    return similar[0] if len(similar) == 1 else None
