"""The store's whole contents, as they are at one moment, into a file."""

from __future__ import annotations

from typing import BinaryIO

from msgspec import Struct

from acs.store import marks
from acs.store.building import Premises
from acs.store.database import Read, Row
from acs.store.migrations import shipped
from acs.store.threads import in_thread
from acs.store.transfer.account import Account
from acs.store.transfer.contents import Contents
from acs.store.transfer.exports import ExportWriter, Header, Trailer
from acs.store.transfer.tables import TABLES, Stored


class Exported(Struct, frozen=True):
    """What an export has become; ``digest`` is that of the file."""

    trailer: Trailer
    digest: bytes


async def export(
    premises: Premises, file: BinaryIO, created: float, version: str, account: Account
) -> Exported:
    """Write all that a store holds, be it in use or not; sealed columns stay sealed.

    ``created`` is the time, ``version`` the appliance's.  Raises `StoreError`, `StoreUnavailable`, OSError.
    """
    steps = shipped(premises.database.dialect)
    await premises.database.open(steps)

    async def write(read: Read) -> Exported:
        marks.check(await read(marks.ALL, ()), premises.vault)
        header = Header(
            premises.database.dialect,
            len(steps),
            created,
            version,
            premises.vault.key_fingerprint,
            {table.name: table.columns for table in TABLES},
        )
        return await _Writing(premises, read, account).all_of(ExportWriter(file, header))

    try:
        return await premises.database.snapshot(write)
    finally:
        await premises.database.close()


class _Writing:
    """One export under way."""

    def __init__(self, premises: Premises, read: Read, account: Account) -> None:
        self._reactor = premises.reactor
        self._contents = Contents(premises.reactor, read, premises.archive)
        self._account = account

    async def all_of(self, writer: ExportWriter) -> Exported:
        """Write every table, and the end."""
        self._account.begin("exporting")
        for table in TABLES:
            await self._table(table, writer)
        trailer = await in_thread(self._reactor, writer.end, self._contents.lost)
        return Exported(trailer, writer.digest)

    async def _table(self, table: Stored, writer: ExportWriter) -> None:
        self._account.table, self._account.share = table.name, 0.0
        span = await self._contents.span(table)
        async for rows in self._contents.pages(table):
            if rows:
                await in_thread(self._reactor, writer.rows, table.name, rows)
                self._note(table, rows, span)
        self._account.share = 1.0

    def _note(self, table: Stored, rows: list[Row], span: tuple[int, int] | None) -> None:
        self._account.rows += len(rows)
        if span is not None:
            first, last = span
            self._account.share = (rows[-1][table.key_at[0]] - first + 1) / (last - first + 1)
