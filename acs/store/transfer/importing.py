"""Brings a whole export into an empty store, block by block.

At the end the store is compared with it.

Each block goes with one transaction, which also notes that it is there (`acs.store.marks`): an import that
was interrupted goes on behind the last one.  Until the store has been compared it cannot be opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from acs.store import categorising, marks
from acs.store.building import Premises
from acs.store.database import Read, Row, Statement, Table
from acs.store.groups import appending
from acs.store.ids import time_of
from acs.store.interface import StoreError
from acs.store.migrations import shipped
from acs.store.threads import in_thread
from acs.store.transfer.account import Account
from acs.store.transfer.checking import Checked, OtherKey, tables_of
from acs.store.transfer.contents import Contents
from acs.store.transfer.exports import Block, ExportReader
from acs.store.transfer.frames import ExportDamaged
from acs.store.transfer.opened import Opened
from acs.store.transfer.tables import Stored
from acs.store.transfer.tally import Tally, Total
from acs.store.vault import Vault
from acs.store.weighing import AFRESH

# What an appliance that was only started has already is replaced by what the export has.
_MUST_BE_EMPTY = ("devices", "sessions", "conversations")
_REPLACED = (
    "users", "tokens", "logins", "second_factors", "quirk_rules", "configurations", "profiles", "vendors",
    "models", "categories", "datamodels", "definitions", "audit", "answered", "bulks", "alarms", "webhooks",
    "webhook_deliveries", "views", "dictionaries", "manners",
)  # fmt: skip
_ADVANCE = "UPDATE marks SET value = ? WHERE name = 'import_blocks' AND value = ? RETURNING value"


class StoreNotEmpty(StoreError):
    """There are devices, sessions or running nodes where an export is to go."""


class OtherImport(StoreError):
    """An import of another export has begun in the store, or another import is under way."""


class StoreDiffers(StoreError):
    """The store does not hold what the export does, though all of it was put there."""


class Import:
    """One import.  ``source`` is the vault of the store that was exported, where its key is another.

    :ivar resumed: whether it went on with one that was interrupted.
    """

    def __init__(
        self,
        premises: Premises,
        file: BinaryIO,
        checked: Checked,
        account: Account,
        source: Vault | None = None,
    ) -> None:
        ours = premises.vault.key_fingerprint
        if source is not None and source.key_fingerprint == ours:
            source = None
        if checked.header.key != (ours if source is None else source.key_fingerprint):
            raise OtherKey("the export is sealed with another secret.key than this store's")
        self._source = None if source is None else Opened(source)
        self._target = None if source is None else Opened(premises.vault)
        self._wanted = checked.trailer.tables if source is None else checked.bare
        self._premises = premises
        self._reactor = premises.reactor
        self._database = premises.database
        self._file = file
        self._checked = checked
        self._account = account
        self._tables = tables_of(checked.header)
        self._into = {
            table.name: Table(table.name, table.columns + table.place, "DO NOTHING")
            for table in self._tables.values()
        }
        self.resumed = False

    async def run(self) -> None:
        """Carry it out.

        Raises `StoreNotEmpty`, `OtherImport`, `OtherKey`, `StoreDiffers`, `ExportDamaged` where the file has
        changed since it was checked, `StoreUnavailable`, and OSError; after the last two it can be said
        again.
        """
        await self._database.open(shipped(self._database.dialect))
        try:
            await self._fill(await self._begin())
            await self._database.snapshot(self._compare)
            await self._commit(categorising.ALL, AFRESH, marks.END_IMPORT)
        finally:
            await self._database.close()
            self._premises.archive.close()

    async def _begin(self) -> int:
        """Take the store for this import, or find it taken; how many blocks are in it."""
        key = marks.number_of(self._premises.vault.key_fingerprint)
        this = marks.number_of(self._checked.digest)
        found: dict[str, int] = dict(await self._database.query(marks.ALL))
        if marks.IMPORT in found:
            self.resumed = True
            if found[marks.IMPORT] != this:
                raise OtherImport("an import of another export has begun in this database, and has not ended")
            if found[marks.KEY] != key:
                raise OtherKey("secret.key is not the one that this import began with")
            return found[marks.BLOCKS]
        if nodes := await self._database.query("SELECT name FROM nodes ORDER BY number"):
            names = ", ".join(name for (name,) in nodes)
            raise StoreNotEmpty(
                f"nodes work on it ({names}): stop all nodes first (start one that was killed, and stop it)"
            )
        for table in _MUST_BE_EMPTY:
            if await self._database.query(f"SELECT 1 FROM {table} LIMIT 1"):
                raise StoreNotEmpty(f"it is not empty, but has {table}: an export goes into an empty store")
        empty = [Statement(f"DELETE FROM {table}") for table in _REPLACED]
        noted = [
            marks.putting(marks.KEY, key),
            marks.putting(marks.IMPORT, this),
            marks.putting(marks.BLOCKS, 0),
        ]
        await self._commit(*empty, *noted)
        return 0

    async def _fill(self, done: int) -> None:
        self._account.begin("importing")
        await in_thread(self._reactor, self._file.seek, 0)
        reader = await in_thread(self._reactor, ExportReader, self._file)
        for _ in range(done):
            await in_thread(self._reactor, reader.skip)
        while isinstance(block := await in_thread(self._reactor, reader.next), Block):
            await self._bring(block, done)
            done += 1
        if reader.digest != self._checked.digest:
            raise ExportDamaged("the export has changed while it was imported")

    async def _bring(self, block: Block, number: int) -> None:
        table = self._tables[block.table]
        rows = await in_thread(self._reactor, self._placed, table, block.rows)
        if table.timed:
            await self._database.make_room(table.name, {row[table.key_at[0]] for row in rows})
        advanced = await self._commit(
            *appending(self._into[table.name], rows), Statement(_ADVANCE, (number + 1, number))
        )
        if not advanced:
            raise OtherImport("another import into this database is under way")
        self._account.table = table.name
        self._account.rows += len(rows)
        self._account.share = self._file.tell() / self._checked.size

    def _placed(self, table: Stored, rows: list[Row]) -> list[Row]:
        """The rows as they stand in this store."""
        if self._source is not None and self._target is not None:
            rows = self._target.closed(table, self._source.bare(table, rows))
        if table.place:
            return [self._premises.archive.place(number, blob, time_of(number)) for number, blob in rows]
        return rows

    async def _compare(self, read: Read) -> None:
        self._account.begin("comparing")
        contents = Contents(self._reactor, read, self._premises.archive)
        differences = []
        for name, table in self._tables.items():
            found = await self._total(contents, table)
            differences += list(_differences(name, found, self._wanted[name]))
        if differences:
            raise StoreDiffers(
                f"it differs from the export: {'; '.join(differences)}; make the database anew, and import "
                "again while nothing else uses it"
            )

    async def _total(self, contents: Contents, table: Stored) -> Total:
        self._account.table = table.name
        tally = Tally()
        async for rows in contents.pages(table):
            await in_thread(self._reactor, self._count, tally, table, rows)
            self._account.rows += len(rows)
            self._account.share = self._account.rows / max(1, self._checked.rows)
        return tally.total

    def _count(self, tally: Tally, table: Stored, rows: list[Row]) -> None:
        tally.add(rows if self._target is None else self._target.bare(table, rows))

    async def _commit(self, *statements: Statement) -> list[Row]:
        """The rows that the statements return, all of them carried out or none."""
        (result,) = await self._database.commit([statements], self._premises.archive.flush)
        if isinstance(result, StoreError):
            raise result
        return result


def _differences(name: str, found: Total, wanted: Total) -> Iterator[str]:
    if found.rows != wanted.rows:
        yield f"{name} has {found.rows:,} rows, not {wanted.rows:,}"
    elif found != wanted:
        yield f"{name} has other contents"
