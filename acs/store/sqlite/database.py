"""SQLite behind the store's seam: one thread that writes, one that reads."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path
from typing import TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from acs.store.database import Membership, Reactor, Read, Result, Row, Statement, Unit
from acs.store.interface import StoreClosed, StoreConflict, StoreError, StoreUnavailable
from acs.store.migrations import Migration
from acs.store.records import Node
from acs.store.sqlite.connection_thread import ConnectionThread
from acs.store.sqlite.schema import upgrade

# The file is one box's whole memory: pages stay cached, and the log grows to 16 MiB before it is copied back,
# so that a page which changes in many groups is copied once.
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -65536",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 67108864",
)
_READER_PRAGMAS = ("PRAGMA busy_timeout = 10000", "PRAGMA cache_size = -32768")
# What is the disk's or the file's fault and not the statement's; after these the transaction is void.
_VOID = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
_STATEMENTS = 512

T = TypeVar("T")


class SqliteDatabase:
    """The database in the file ``path`` (`acs.store.database.Database`).

    Of several processes that open one file, one may be the appliance itself (``alone``): it holds a lock
    beside the file for as long as it lives.  The others come and go as guests.
    """

    dialect = "sqlite"

    def __init__(self, reactor: Reactor, path: Path, alone: bool = True) -> None:
        self._reactor = reactor
        self._path = path
        self.alone = alone
        self._lock = -1
        self._writer: ConnectionThread | None = None
        self._reader: ConnectionThread | None = None

    async def open(self, migrations: Sequence[Migration]) -> None:
        """Make the file (readable by its owner alone) or bring it up to date, which leaves a backup beside
        it."""
        if self.alone:
            self._lock = _lock(self._path.with_name(self._path.name + ".lock"))
        self._writer = ConnectionThread(self._reactor, "store-writer", self._connect)
        self._reader = ConnectionThread(self._reactor, "store-reader", self._connect_to_read)
        self._writer.start()
        self._reader.start()
        upgraded = self._writer.do(lambda connection: upgrade(connection, self._path, migrations))
        try:
            await upgraded.addErrback(_explain)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Finish what was asked for, end both threads, close the file."""
        threads = self._reader, self._writer
        self._reader = self._writer = None  # nothing is asked of one behind its last task, which it ends with
        for thread in threads:
            if thread is not None:
                await thread.stop()
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1

    async def join(self, me: Membership) -> int:
        """There is no other appliance on this file."""
        return 0

    async def beat(self) -> tuple[list[int], list[Node]]:
        """Nobody else lives, nobody else dies."""
        return [], []

    async def bury(self, number: int) -> None:
        """Nobody else dies."""

    def notice(self, words: str) -> Sequence[Statement]:
        """Nobody hears."""
        return ()

    def commit(
        self, units: Sequence[Unit], before: Callable[[], None] | None = None
    ) -> Deferred[list[Result]]:
        """One transaction of all units (`acs.store.database.Database.commit`)."""
        if self._writer is None:
            return fail(StoreClosed())
        done = self._writer.do(lambda connection: _commit(connection, units, before))
        return done.addErrback(_explain)

    def query(self, sql: str, parameters: Sequence[object] = ()) -> Deferred[list[Row]]:
        """The rows of a SELECT."""
        return fail(StoreClosed()) if self._reader is None else _asked(self._reader, sql, parameters)

    async def snapshot(self, work: Callable[[Read], Awaitable[T]]) -> T:
        """Read in one transaction, on a connection of its own; the log of what is written meanwhile grows
        until it ends."""
        if self._reader is None:
            raise StoreClosed
        thread = ConnectionThread(self._reactor, "store-snapshot", self._connect_to_read)
        thread.start()
        try:
            await _asked(thread, "BEGIN")
            await _asked(thread, "SELECT 1 FROM marks")  # SQLite's snapshot begins with the first read
            return await work(lambda sql, parameters: _asked(thread, sql, parameters))
        finally:
            await thread.stop()

    async def make_room(self, table: str, numbers: Collection[int]) -> None:
        """Nothing: a table of SQLite's has no parts."""

    async def drop_before(self, table: str, number: int) -> int:
        """None: a table of SQLite's has no parts."""
        return 0

    def _connect(self) -> sqlite3.Connection:
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        return _connection(self._path, "rw", _PRAGMAS)

    def _connect_to_read(self) -> sqlite3.Connection:
        return _connection(self._path, "ro", _READER_PRAGMAS)


def _asked(thread: ConnectionThread, sql: str, parameters: Sequence[object] = ()) -> Deferred[list[Row]]:
    found = thread.do(lambda connection: connection.execute(sql, parameters).fetchall())
    return found.addErrback(_explain)


def _connection(path: Path, mode: str, pragmas: Sequence[str]) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, cached_statements=_STATEMENTS)
    try:
        for pragma in pragmas:
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _lock(path: Path) -> int:
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(str(error)) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise StoreUnavailable(f"{path.parent} is in use by another running appliance") from None
    return lock


def _commit(
    connection: sqlite3.Connection, units: Sequence[Unit], before: Callable[[], None] | None
) -> list[Result]:
    if before is not None:
        before()
    connection.execute("BEGIN IMMEDIATE")
    try:
        results = [_carry_out(connection, unit) for unit in units]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return results


def _carry_out(connection: sqlite3.Connection, unit: Unit) -> Result:
    # A statement that fails undoes itself; only several together need a savepoint.
    savepoint = len(unit) > 1
    if savepoint:
        connection.execute("SAVEPOINT unit")
    try:
        rows = [row for statement in unit for row in _rows(connection, statement)]
    except Exception as error:
        if _void(error):
            raise
        if savepoint:
            connection.execute("ROLLBACK TO unit")
            connection.execute("RELEASE unit")
        return _refusal(error)
    if savepoint:
        connection.execute("RELEASE unit")
    return rows


def _rows(connection: sqlite3.Connection, statement: Statement) -> list[Row]:
    cursor = connection.execute(statement.sql, statement.parameters)
    return cursor.fetchall() if cursor.description else []


def _void(error: Exception) -> bool:
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _VOID


def _refusal(error: Exception) -> StoreError:
    kind = StoreConflict if isinstance(error, sqlite3.IntegrityError) else StoreError
    return kind(f"{type(error).__name__}: {error}")


def _explain(failure: Failure) -> Failure:
    """SQLite's and the disk's errors as the store's own."""
    error = failure.value
    if isinstance(error, OSError) or (isinstance(error, sqlite3.Error) and _void(error)):
        raise StoreUnavailable(str(error)) from error
    if isinstance(error, sqlite3.Error):
        raise _refusal(error) from error
    return failure
