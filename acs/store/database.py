"""The one seam that parts the store from a database system: whole transactions in, rows out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Protocol, TypeVar

from msgspec import Struct
from twisted.internet.defer import Deferred

from acs.store.interface import StoreError
from acs.store.migrations import Migration
from acs.store.records import Node

T = TypeVar("T")
Row = tuple[Any, ...]
Read = Callable[[str, Sequence[object]], Awaitable[list[Row]]]
"""The rows of a SELECT, given its SQL and its parameters."""


class DelayedCall(Protocol):
    """What `Clock.callLater` returns."""

    def cancel(self) -> None:
        """Do not call."""


class Clock(Protocol):
    """The part of `twisted.internet.interfaces.IReactorTime` that the store needs."""

    def seconds(self) -> float:
        """The time; for records seconds since 1970."""

    def callLater(self, delay: float, callable: Callable[..., object], /, *args: Any) -> DelayedCall:
        """Call it ``delay`` seconds from now."""


class Reactor(Protocol):
    """The part of the reactor that hands work to threads and back."""

    def callFromThread(self, callable: Callable[..., object], /, *args: Any) -> None:
        """Call it in the reactor's thread."""

    def getThreadPool(self) -> Any:  # noqa: N802
        """The pool for blocking calls."""


class Statement(Struct, frozen=True):
    """SQL with ``?`` for each parameter, in the dialect common to SQLite 3.35 and PostgreSQL 13.

    Integers stand for booleans, double precision seconds for times; a value never becomes part of ``sql``.
    """

    sql: str
    parameters: Sequence[object] = ()


class Table(Struct, frozen=True, eq=False):
    """A table that rows are appended to, several with one statement.  The first column is the key;
    ``on_conflict`` is what follows ``ON CONFLICT`` in the SQL.  A row may be short of the last columns, where
    these are texts: they are ``''`` then."""

    name: str
    columns: tuple[str, ...]
    on_conflict: str

    def insert(self, rows: int, width: int = 0) -> str:
        """The statement that appends that many rows, each of so many columns; of all without a ``width``."""
        return _insert(self, rows, width or len(self.columns))


class Appending(Statement, frozen=True, kw_only=True):
    """What appends rows, all of the same width, to a table; for a database that has a quicker way to take
    many, ``table`` and ``rows`` beside the ``sql`` and its ``parameters``."""

    table: Table
    rows: Sequence[Row]


def appending(table: Table, rows: Sequence[Row]) -> Appending:
    """What appends these rows, of which there is one at least."""
    sql = table.insert(len(rows), len(rows[0]))
    return Appending(sql, tuple(chain.from_iterable(rows)), table=table, rows=rows)


Unit = Sequence[Statement]
"""Statements that succeed together or not at all."""


class Membership(Struct, frozen=True):
    """How this process takes part among others.

    ``heard`` is called with what another says, ``deaf`` when something that was said may have been missed,
    ``buried`` when the others have taken this process for dead: it must not go on.
    """

    name: str
    address: str
    heard: Callable[[str], None]
    deaf: Callable[[], None]
    buried: Callable[[], None]


class Database(Protocol):
    """A database system, as the store sees it.  PostgreSQL and SQLite differ behind this and nowhere else.

    ``dialect`` names the folder of its schema (`acs.store.migrations.shipped`).  ``alone`` is true where no
    other process changes what is known of devices, so that what is in memory stands.
    """

    dialect: str

    @property
    def alone(self) -> bool:
        """Whether nobody else changes devices."""

    async def open(self, migrations: Sequence[Migration]) -> None:
        """Connect, and bring the schema up to date; raises `NewerSchema`, `StoreUnavailable`."""

    async def close(self) -> None:
        """Let go of connections, threads and files."""

    async def join(self, me: Membership) -> int:
        """Take part among the processes on this database; returns the number of this one, 0 to 255, which no
        other has."""

    async def beat(self) -> tuple[list[int], list[Node]]:
        """To be called every few seconds: say that this process lives; the numbers of those that do not any
        more, whose remains are this one's to settle, and all that there are."""

    async def bury(self, number: int) -> None:
        """Forget a process that is dead, all that it left being settled."""

    def notice(self, words: str) -> Sequence[Statement]:
        """What, as part of a unit, tells the others so once that is committed; nothing where there cannot be
        others."""

    def commit(
        self, units: Sequence[Unit], before: Callable[[], None] | None = None
    ) -> Deferred[list[Result]]:
        """One durable transaction of all units, each inside its own savepoint: one that is refused undoes its
        own statements alone.

        Fires after the commit with each unit's result: the rows that its statements returned, one after
        another, or the error that refused it (`StoreConflict` where a unique key is taken).  ``before`` is
        called first, off the reactor.  Fails with `StoreUnavailable` where nothing was committed.  Not called
        again before it has fired.
        """

    def query(self, sql: str, parameters: Sequence[object] = ()) -> Deferred[list[Row]]:
        """The rows of a SELECT; sees what was committed before.  Fails with `StoreUnavailable` or
        `StoreError`."""

    async def snapshot(self, work: Callable[[Read], Awaitable[T]]) -> T:
        """Let ``work`` read all that was committed up to now and nothing that is committed later, however
        long it takes; returns what it returns.

        Raises what ``work`` raises; its reads fail with `StoreUnavailable` or `StoreError`.
        """

    async def make_room(self, table: str, numbers: Collection[int]) -> None:
        """See to it that rows of a table with these keys lie where `drop_before` will find them."""

    async def drop_before(self, table: str, number: int) -> int:
        """Forget rows of a table whose keys are below ``number``, as far as that can be done for many at
        once; how many.  The others are left."""


Result = list[Row] | StoreError


@lru_cache(maxsize=256)
def _insert(table: Table, rows: int, width: int) -> str:
    row = "(" + ", ".join(["?"] * width + ["''"] * (len(table.columns) - width)) + ")"
    return (
        f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES {', '.join([row] * rows)}"
        f" ON CONFLICT {table.on_conflict}"
    )
