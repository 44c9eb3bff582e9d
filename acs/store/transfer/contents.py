"""A store's tables in key order, read in pieces that fit into memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from acs.store.archive import Archive
from acs.store.database import Reactor, Read, Row
from acs.store.interface import StoreError
from acs.store.threads import in_thread
from acs.store.transfer.tables import Stored

ROWS = 1000
"""The most rows of a piece."""
BYTES = 4 << 20
"""The most bytes of a piece, unless a single row has more."""


class Contents:
    """The rows as an export has them, wherever their columns lie.

    :ivar lost: how many conversations could not be read: their segment is gone, or damaged.
    """

    def __init__(self, reactor: Reactor, read: Read, archive: Archive) -> None:
        self._reactor = reactor
        self._read = read
        self._archive = archive
        self.lost = 0

    async def pages(self, table: Stored) -> AsyncIterator[list[Row]]:
        """All rows of a table, some at a time."""
        after: Row = ()
        while rows := await self._page(table, after):
            after = tuple(rows[-1][at] for at in table.key_at)
            yield await in_thread(self._reactor, self._fetched, rows) if table.place else rows

    async def span(self, table: Stored) -> tuple[int, int] | None:
        """The least and the greatest key, where it is a number and there are rows."""
        key = table.key[0]
        ((first, last),) = await self._read(f"SELECT min({key}), max({key}) FROM {table.name}", ())
        return (first, last) if isinstance(first, int) else None

    async def _page(self, table: Stored, after: Row) -> list[Row]:
        most = ROWS
        if table.weight:
            weights = await self._read(table.page(table.weight, bool(after)), (*after, ROWS))
            most = fitting(weight for (weight,) in weights)
        columns = ", ".join(table.columns + table.place)
        return await self._read(table.page(columns, bool(after)), (*after, most))

    def _fetched(self, rows: list[Row]) -> list[Row]:
        return [row for row in map(self._fetch, rows) if row is not None]

    def _fetch(self, row: Row) -> Row | None:
        number, *kept = row
        try:
            blob = self._archive.blob(number, tuple(kept))
        except StoreError:
            blob = None
        if blob is None:
            self.lost += 1
            return None
        return number, blob


def fitting(weights: Iterable[int]) -> int:
    """How many of the first rows, of so many bytes each, are `BYTES` together; at least one."""
    count = total = 0
    for weight in weights:
        total += weight
        if count and total > BYTES:
            break
        count += 1
    return max(count, 1)
