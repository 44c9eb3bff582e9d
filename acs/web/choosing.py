"""Many devices, chosen by the filters of their list."""

from __future__ import annotations

from collections.abc import Mapping

from acs.store.interface import Query, Store


async def chosen_by(store: Store, filters: Mapping[str, str], most: int) -> list[str]:
    """The ids of the devices that a list with these filters finds; where there are more than ``most``, so
    many and some.  Raises `BadQuery`."""
    found: list[str] = []
    cursor = None
    while len(found) <= most:
        page = await store.devices(Query(dict(filters), limit=1000, cursor=cursor))
        found += [device.id for device in page.items]
        cursor = page.next
        if cursor is None:
            break
    return found
