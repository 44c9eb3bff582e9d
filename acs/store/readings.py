"""Values that tracked parameters had, to be seen over time."""

from __future__ import annotations

from collections.abc import Iterable

from acs.store.database import Row, Statement, Table
from acs.store.foundation import Foundation
from acs.store.interface import Query
from acs.store.listing.listings import READINGS
from acs.store.reading import Reading
from acs.store.records import Page
from acs.store.shapes import storable
from acs.store.vault import json_bytes

MOST = 20_000
"""How many are kept of a device: one each hour of nine parameters, for 90 days."""
TRIMMED = 97
"""One in so many times that something is kept, what is too much is removed."""

_PURPOSE = "reading"
_READINGS = Table("readings", ("id", "device", "time", "name", "entry"), "(id) DO NOTHING")
_TRIM = (
    "DELETE FROM readings WHERE device = ? AND id <="
    " (SELECT id FROM readings WHERE device = ? ORDER BY id DESC LIMIT 1 OFFSET ?)"
)


class Readings(Foundation):
    """The verbs about the history of parameters (`acs.store.interface.Store`)."""

    def keep_readings(self, device_id: str, values: Iterable[tuple[str, str]], when: float) -> None:
        """Keep values of a resident device, by name, as they were read at that time; of each device the
        newest `MOST`, and those of a few readings more."""
        key = self._resident(device_id).record.key
        names, plain = [], []
        for name, value in values:
            names.append(storable(name))
            plain.append((self._ids.next(), json_bytes(storable(value))))
        sealed = zip(plain, names, self._vault.close_all(plain, _PURPOSE), strict=True)
        self._groups.append(
            *((_READINGS, (number, key, when, name, entry)) for (number, _), name, entry in sealed)
        )
        # Milliseconds are as good as dice, and nothing has to be remembered of any device.
        if int(when * 1000) % TRIMMED == 0:
            self._groups.behind(Statement(_TRIM, (key, key, MOST)))

    async def readings(self, device_id: str, query: Query) -> Page[Reading]:
        """What was kept of a device's values (`acs.store.listing.listings.READINGS`)."""
        asked, rows = await self._ask_of_device(READINGS, device_id, query)
        return asked.page(rows, self._read_reading)

    def _read_reading(self, row: Row) -> Reading:
        number, when, name, entry, *_ = row
        return Reading(name, self._vault.open_document(entry, _PURPOSE, number), when)
