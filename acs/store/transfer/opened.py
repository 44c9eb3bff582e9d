"""Rows without their seals: what they are under any secret key."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from acs.store.database import Row
from acs.store.transfer.tables import Stored
from acs.store.vault import Vault


class Opened:
    """Takes the seals of one vault off rows, and puts them on; for one thread at a time.

    A job's fingerprint depends on the key as well: one that follows from the job is None in a bare row.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def bare(self, table: Stored, rows: Iterable[Row]) -> list[Row]:
        """The rows with sealed columns opened (still compressed); raises `acs.store.seal.SealBroken`,
        `StoreError`."""
        return [self._bare(table, row) for row in rows] if table.sealed else list(rows)

    def closed(self, table: Stored, rows: Iterable[Row]) -> list[Row]:
        """What `bare` opened, sealed."""
        return [self._closed(table, row) for row in rows] if table.sealed else list(rows)

    def _bare(self, table: Stored, row: Row) -> Row:
        number, bare = row[table.key_at[0]], list(row)
        for at, purpose in table.sealed_at:
            if row[at] is not None:
                bare[at] = self._vault.unseal(row[at], purpose, number)
        if table.fingerprint:
            at = table.columns.index(table.fingerprint)
            bare[at] = None if row[at] == self._fingerprint(table, bare) else row[at]
        return tuple(bare)

    def _closed(self, table: Stored, row: Row) -> Row:
        number, closed = row[table.key_at[0]], list(row)
        if table.fingerprint:
            at = table.columns.index(table.fingerprint)
            closed[at] = self._fingerprint(table, row) if row[at] is None else row[at]
        for at, purpose in table.sealed_at:
            if row[at] is not None:
                closed[at] = self._vault.seal(row[at], purpose, number)
        return tuple(closed)

    def _fingerprint(self, table: Stored, bare: Row | list[object]) -> bytes:
        """What `acs.store.jobs` gives a job by which it knows the same one."""
        job = dict(zip(table.columns, bare, strict=True))
        packed, purpose = job["arguments"], table.sealed["arguments"]
        arguments = self._vault.unpack(packed, purpose, job["id"])
        return self._vault.fingerprint([job["rpc"], orjson.loads(arguments)])
