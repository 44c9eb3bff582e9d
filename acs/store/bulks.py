"""What is done to many devices: a row each, which the process that does it keeps up to date."""

from __future__ import annotations

from acs.store.database import Row, Statement
from acs.store.foundation import Foundation
from acs.store.listing.deeds import BULK_SHAPE, BULKS
from acs.store.listing.queries import Query
from acs.store.records import Page
from acs.store.records.bulks import Bulk, BulkState

_SEALED = "bulk"
_ADD = f"INSERT INTO bulks ({BULK_SHAPE.columns()}, wanted) VALUES ({BULK_SHAPE.marks}, ?)"
_SAVE = (
    "UPDATE bulks SET done = ?, refused = ?, reasons = ?, changed = ?, ended = ?,"
    " state = CASE WHEN state = 'stopping' AND CAST(? AS TEXT) = 'running' THEN state ELSE ? END"
    " WHERE id = ? RETURNING state"
)
_STOP = "UPDATE bulks SET state = 'stopping' WHERE id = ? AND state = 'running' RETURNING id"
_ONE = f"SELECT {BULKS.columns} {BULKS.source} AND b.id = ?"


class Bulks(Foundation):
    """The verbs about them (`acs.store.verbs.bulks.Bulking`)."""

    async def add_bulk(self, bulk: Bulk) -> None:
        """Keep a new one; on disk when this returns."""
        wanted = self._vault.close_document(bulk.wanted, _SEALED, bulk.id)
        await self._groups.write(Statement(_ADD, (*BULK_SHAPE.values(bulk), wanted)))

    async def save_bulk(self, bulk: Bulk) -> BulkState:
        """Keep how far it has come, on disk when this returns; its state then."""
        told = [BULK_SHAPE.value(name, getattr(bulk, name)) for name in ("done", "refused", "reasons")]
        state = bulk.state.value
        values = (*told, bulk.changed, bulk.ended, state, state, bulk.id)
        rows = await self._groups.write(Statement(_SAVE, values))
        return BulkState(rows[0][0]) if rows else bulk.state

    async def stop_bulk(self, number: int) -> bool:
        """Say that it is to stop; False where it does not run."""
        return bool(await self._groups.write(Statement(_STOP, (number,))))

    async def bulk(self, number: int) -> Bulk | None:
        """One of them."""
        row = await self._row(_ONE, number)
        return None if row is None else self._read(row)

    async def bulks(self, query: Query) -> Page[Bulk]:
        """All of them, the newest first where no order is asked for."""
        asked, rows = await self._ask(BULKS, query)
        return asked.page(rows, self._read)

    def _read(self, row: Row) -> Bulk:
        fields = BULK_SHAPE.fields(row)
        closed = row[len(BULK_SHAPE.names)]
        return Bulk(wanted=self._vault.open_document(bytes(closed), _SEALED, fields["id"]), **fields)
