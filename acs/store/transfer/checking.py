"""Checks that an export is whole, by reading it from beginning to end.

What is in it is told too.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import BinaryIO

from msgspec import Struct

from acs.store.database import Reactor, Row
from acs.store.interface import StoreError
from acs.store.seal import SealBroken
from acs.store.threads import in_thread
from acs.store.transfer.account import Account
from acs.store.transfer.exports import Block, ExportReader, Header, Trailer
from acs.store.transfer.frames import ExportDamaged
from acs.store.transfer.opened import Opened
from acs.store.transfer.tables import BY_NAME, Stored
from acs.store.transfer.tally import Tally, Total
from acs.store.vault import Vault


class OtherKey(StoreError):
    """A secret key is not the one that an export's columns are sealed with."""


class Checked(Struct, frozen=True):
    """An export that is whole.

    ``digest`` is the file's, by which it is known again; ``size`` its bytes.  ``bare`` has the totals of the
    rows without their seals (`acs.store.transfer.opened`), where the key was at hand; else it is empty.
    """

    header: Header
    trailer: Trailer
    digest: bytes
    size: int
    bare: dict[str, Total]

    @property
    def rows(self) -> int:
        """How many, of all tables."""
        return self.trailer.rows


async def check(reactor: Reactor, file: BinaryIO, account: Account, source: Vault | None = None) -> Checked:
    """Read the whole file; with the ``source``'s vault also below the seals.

    Raises `NotAnExport`, `NewerExport`, `ExportDamaged` (`acs.store.transfer.frames`), `OtherKey`, OSError.
    """
    account.begin("checking")
    checking = await in_thread(reactor, _Checking, file, source)
    while await in_thread(reactor, checking.step, account):
        pass
    return checking.checked()


def tables_of(header: Header) -> dict[str, Stored]:
    """The tables of an export, with the columns that it has of them."""
    found = {}
    for name, columns in header.tables.items():
        known = BY_NAME[name]
        sealed = {column: purpose for column, purpose in known.sealed.items() if column in columns}
        found[name] = replace(known, columns=columns, sealed=sealed)
    return found


class _Checking:
    """One check under way; every call blocks."""

    def __init__(self, file: BinaryIO, source: Vault | None) -> None:
        file.seek(0)
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        self._reader = ExportReader(file)
        header = self._reader.header
        if source is not None and source.key_fingerprint != header.key:
            raise OtherKey("the key is not the one that the export is sealed with")
        self._opened = None if source is None else Opened(source)
        self._tables = tables_of(header)
        self._stored = {name: Tally() for name in header.tables}
        self._bare = {name: Tally() for name in header.tables} if source else {}
        self._trailer: Trailer | None = None

    def step(self, account: Account) -> bool:
        """Read one more block; False behind the last."""
        block = self._reader.next()
        if isinstance(block, Trailer):
            self._trailer = block
            return False
        self._stored[block.table].add(block.rows)
        if self._opened is not None:
            self._bare[block.table].add(self._bared(self._opened, block))
        account.table = block.table
        account.rows += len(block.rows)
        account.share = self._file.tell() / self._size
        return True

    def _bared(self, opened: Opened, block: Block) -> list[Row]:
        try:
            return opened.bare(self._tables[block.table], block.rows)
        except SealBroken as error:
            # The key is the right one, and the rows are as they were written: it was so in the store already.
            raise ExportDamaged(f"the export is of a damaged store: {error}") from error

    def checked(self) -> Checked:
        """The result; raises `ExportDamaged` where the trailer tells of other rows than there are."""
        assert self._trailer is not None
        found = _totals(self._stored)
        if found != self._trailer.tables:
            raise ExportDamaged("the export is damaged: its rows are not those that its end tells of")
        bare = _totals(self._bare)
        return Checked(self._reader.header, self._trailer, self._reader.digest, self._size, bare)


def _totals(tallies: dict[str, Tally]) -> dict[str, Total]:
    return {name: tally.total for name, tally in tallies.items()}
