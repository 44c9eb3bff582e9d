"""PostgreSQL behind the store's seam: one connection that writes, a few that read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

import psycopg2
from psycopg2.extensions import parse_dsn
from twisted.internet.defer import Deferred, DeferredQueue

from acs.store.database import Clock, Membership, Reactor, Read, Result, Row, Statement, Unit
from acs.store.interface import StoreClosed, StoreError, StoreUnavailable
from acs.store.migrations import Migration
from acs.store.postgresql import partitions
from acs.store.postgresql.errors import Deadlock, Lost
from acs.store.postgresql.link import Line, Link
from acs.store.postgresql.membership import CHANNEL, Member
from acs.store.postgresql.schema import check_server, upgrade
from acs.store.postgresql.transactions import apart, together
from acs.store.records import Node
from acs.store.threads import in_thread

READERS = 4
READ_SECONDS = 20
"""How long a query may take."""
WRITE_SECONDS = 60
"""How long a statement of a transaction may take."""

# What libpq is told unless the URL says otherwise: a server that is gone without a word is missed in half a
# minute, and of several servers the one is taken that can be written.
_ARGUMENTS = {
    "application_name": "acs",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "target_session_attrs": "read-write",
}
_GREETING = (
    "SET client_encoding = 'UTF8'; SET bytea_output = 'hex'; SET standard_conforming_strings = on;"
    " SET timezone = 'UTC'; SET extra_float_digits = 1; SET idle_in_transaction_session_timeout = '60s';"
    " SET statement_timeout = '{seconds}s'"
)
# A page of a list is some rows of each table, found by key.  The planner takes what a filter finds to lie
# evenly in the order of the keys, and would merge whole tables up to the last devices where these have it.
_READING = " SET enable_mergejoin = off;"

_SNAPSHOT = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0"
)

T = TypeVar("T")


class PostgresqlDatabase:
    """The database at ``url`` (`acs.store.database.Database`).

    Connections are made when they are wanted, and again when they were lost; while the server is away, what
    is asked of it fails with `StoreUnavailable`.  Raises `StoreError` for a URL that cannot be read.
    """

    dialect = "postgresql"
    alone = False

    def __init__(self, reactor: Reactor, clock: Clock, url: str) -> None:
        self._reactor = reactor
        self._clock = clock
        try:
            arguments = _ARGUMENTS | {name: str(value) for name, value in parse_dsn(url).items()}
        except psycopg2.Error:
            # What is wrong with it is not said: the password may be part of that.
            raise StoreError("the store's URL cannot be read") from None
        self._arguments = arguments
        self._writer: Link | None = None
        self._readers: list[Link] = []
        self._idle: DeferredQueue[Link] = DeferredQueue()
        self._member: Member | None = None

    async def open(self, migrations: Sequence[Migration]) -> None:
        """Connect, and bring the schema up to date; see the contract."""

        async def prepare(line: Line) -> None:
            await check_server(line)
            await upgrade(line, migrations)
            await partitions.make_ahead(line, self._clock.seconds())

        self._writer = self._link(WRITE_SECONDS)
        self._readers = [self._link(READ_SECONDS, _READING) for _ in range(READERS)]
        self._idle = DeferredQueue()
        for link in self._readers:
            self._idle.put(link)
        try:
            await self._writer.do(prepare)
        except Exception:
            await self.close()
            raise

    def _link(self, seconds: int, more: str = "") -> Link:
        greeting = more + _GREETING.format(seconds=seconds)
        return Link(self._reactor, self._clock, self._arguments, greeting)

    def _opened(self) -> Link:
        if self._writer is None:
            raise StoreClosed
        return self._writer

    async def close(self) -> None:
        """Finish what was asked for, and let go of the connections."""
        member, self._member = self._member, None
        if member is not None:
            await member.leave()
        links = [*self._readers, *([self._writer] if self._writer else [])]
        self._writer = None
        for link in links:
            await link.close()

    async def join(self, me: Membership) -> int:
        """Take a number among the nodes; see the contract."""
        greeting = _GREETING.format(seconds=READ_SECONDS)
        self._member = Member(self._reactor, self._clock, self._arguments, greeting, me)
        return await self._member.join()

    async def beat(self) -> tuple[list[int], list[Node]]:
        """A sign of life; see the contract."""
        return await self._member.beat() if self._member else ([], [])

    async def bury(self, number: int) -> None:
        """Forget a dead node; see the contract."""
        if self._member:
            await self._member.bury(number)

    def notice(self, words: str) -> Sequence[Statement]:
        """Tells the other nodes; see the contract."""
        return (Statement(f"NOTIFY {CHANNEL}, ?", (words,)),)

    def commit(
        self, units: Sequence[Unit], before: Callable[[], None] | None = None
    ) -> Deferred[list[Result]]:
        """One transaction of all units; see the contract."""
        return Deferred.fromCoroutine(self._commit(units, before))

    async def _commit(self, units: Sequence[Unit], before: Callable[[], None] | None) -> list[Result]:
        if before is not None:
            await in_thread(self._reactor, before)

        return await self._opened().do(lambda line: _carry_out(line, units))

    def query(self, sql: str, parameters: Sequence[object] = ()) -> Deferred[list[Row]]:
        """The rows of a SELECT; see the contract.  One whose connection breaks is asked once more."""

        return Deferred.fromCoroutine(self._query(sql, parameters))

    async def _query(self, sql: str, parameters: Sequence[object]) -> list[Row]:
        async def work(line: Line) -> list[Row]:
            return await line.say(line.quote(sql, parameters))

        self._opened()
        link = await self._idle.get()
        try:
            try:
                return await link.do(work)
            except Lost:
                return await link.do(work)
        finally:
            self._idle.put(link)

    async def snapshot(self, work: Callable[[Read], Awaitable[T]]) -> T:
        """Read in one REPEATABLE READ transaction, on a connection of its own and without limits of time."""
        self._opened()
        link = self._link(0)

        async def reading(line: Line) -> T:
            await line.say(_SNAPSHOT)
            return await work(lambda sql, parameters: line.say(line.quote(sql, parameters)))

        try:
            return await link.do(reading)
        finally:
            await link.close()

    async def make_room(self, table: str, numbers: Collection[int]) -> None:
        """Make the partitions of these numbers, where the table has such."""
        if table in partitions.PARTITIONED:
            days = {partitions.day_of(number) for number in numbers}
            await self._opened().do(lambda line: partitions.make(line, table, days))

    async def drop_before(self, table: str, number: int) -> int:
        """Drop the partitions that lie before a key, and make those of the next days."""

        async def work(line: Line) -> int:
            await partitions.make_ahead(line, self._clock.seconds())
            if table not in partitions.PARTITIONED:
                return 0
            return await partitions.drop_before(line, table, number)

        return await self._opened().do(work)


async def _carry_out(line: Line, units: Sequence[Unit]) -> list[Result]:
    """One transaction of all units, those that are refused left out."""
    try:
        try:
            return await together(line, units)
        except Deadlock:
            # With another node, whose transaction has gone on.
            return await together(line, units)
    except StoreUnavailable:
        raise
    except StoreError:
        return await apart(line, units)
