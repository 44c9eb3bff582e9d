"""One connection to PostgreSQL, made when it is wanted but not there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, TypeVar

import psycopg2
from psycopg2.extensions import new_type, register_type
from twisted.internet.defer import DeferredLock
from txpostgres import txpostgres

from acs.libpq import Connection, drop, located, run
from acs.store.database import Clock, Reactor, Row
from acs.store.interface import StoreClosed, StoreUnavailable
from acs.store.postgresql.errors import Lost, explained

CONNECT_SECONDS = 10.0
"""How long connecting may take; libpq's own limit does not hold for connections that do not block."""

_BYTEA = 17

T = TypeVar("T")


def _as_bytes(value: Any, cursor: Any) -> bytes | None:
    """A BYTEA's hexadecimal form as bytes, where psycopg2 would give a memoryview."""
    return None if value is None else bytes.fromhex(value[2:])


_BYTES = new_type((_BYTEA,), "BYTES", _as_bytes)


class Line:
    """An open connection in the hands of one who works with it."""

    def __init__(self, connection: txpostgres.Connection) -> None:
        self._connection = connection

    @property
    def open(self) -> bool:
        """Whether the connection is there, as far as is known."""
        return not self._connection.disconnected

    def quote(self, sql: str, parameters: Sequence[object]) -> bytes:
        """A statement whose ``?`` are replaced by these values, quoted as this server wants it."""
        try:
            cursor = self._connection.pollable().cursor()
            quoted: bytes = cursor.mogrify(placeholders(sql), parameters)
        except psycopg2.Error as error:
            raise explained(error, not self.open) from error
        return quoted

    async def say(self, sql: str | bytes) -> list[Row]:
        """The rows of the last statement in it.

        Raises `Lost` where the connection broke, `StoreUnavailable` and `StoreError` for what the server
        said.
        """
        try:
            cursor = await run(self._connection, sql)
            return cursor.fetchall() if cursor.description else []
        except Exception as error:
            raise explained(error, not self.open) from error

    @asynccontextmanager
    async def all_or_nothing(self) -> AsyncIterator[None]:
        """What begins a transaction and commits it: rolled back where something in it fails."""
        try:
            yield
        except Exception:
            if self.open:
                await self.say("ROLLBACK")
            raise


@lru_cache(maxsize=1024)
def placeholders(sql: str) -> str:
    """The SQL with psycopg2's ``%s`` for each ``?``; no statement of ours has a question mark that means
    anything else."""
    return sql.replace("%", "%%").replace("?", "%s")


class Link:
    """A connection that is there when it is wanted, if it can be.

    ``arguments`` are libpq's, by name; ``greeting`` is what each new connection is told first.  ``heard`` is
    called with what is notified on it, ``ended`` when it has ended; ``prepare`` has more to do with each new
    one before it is used.
    """

    def __init__(
        self,
        reactor: Reactor,
        clock: Clock,
        arguments: Mapping[str, str],
        greeting: str,
        heard: Callable[[str], None] | None = None,
        ended: Callable[[], None] = lambda: None,
        prepare: Callable[[Line], Awaitable[None]] | None = None,
    ) -> None:
        self._reactor = reactor
        self._clock = clock
        self._arguments = dict(arguments)
        self._greeting = greeting
        self._heard = heard
        self._ended = ended
        self._prepare = prepare
        self._connection: txpostgres.Connection | None = None
        self._lock = DeferredLock()
        self._closed = False

    async def do(self, work: Callable[[Line], Awaitable[T]]) -> T:
        """Have the connection to oneself for as long as the work takes; returns what that returns.

        Raises `Lost` where it could not be made, `StoreClosed` where it was let go of, and what the work
        raises.
        """
        async with self._lock:
            line = Line(await self._connected())
            try:
                return await work(line)
            except Lost:
                self._drop()
                raise

    async def close(self) -> None:
        """Let go of the connection, after what was asked for; none is made any more."""
        self._closed = True
        async with self._lock:
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        drop(connection)

    async def _connected(self) -> txpostgres.Connection:
        if self._closed:
            raise StoreClosed
        if self._connection is None or self._connection.disconnected:
            self._drop()
            self._connection = await self._connect()
        return self._connection

    async def _located(self) -> dict[str, str]:
        try:
            return await located(self._reactor, self._arguments)
        except OSError as error:
            raise Lost(f"{self._arguments['host'].replace(',', ', ')}: {error}") from error

    async def _connect(self) -> txpostgres.Connection:
        arguments = await self._located()
        connection = Connection(self._reactor, self._ended)
        if self._heard is not None:
            heard = self._heard
            connection.addNotifyObserver(lambda notify: heard(notify.payload))
        overdue: list[str] = []

        def give_up() -> None:
            overdue.append(f"no connection within {CONNECT_SECONDS:.0f} s")
            connection.close()

        call = self._clock.callLater(CONNECT_SECONDS, give_up)
        try:
            await connection.connect(**arguments)
            register_type(_BYTES, connection.pollable())
            await Line(connection).say(self._greeting)
            if self._prepare is not None:
                await self._prepare(Line(connection))
        except BaseException as error:
            drop(connection)
            reason = error if isinstance(error, StoreUnavailable) else explained(error, closed=True)
            raise Lost(*overdue or (str(reason),)) from error
        finally:
            if not overdue:
                call.cancel()
        return connection
