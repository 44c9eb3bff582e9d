"""The operator's own PostgreSQL, asked by queries of his over a few connections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg2
from psycopg2.extensions import parse_dsn
from twisted.internet.defer import CancelledError, DeferredSemaphore
from txpostgres import txpostgres

from acs.hooks.circuit import Circuit
from acs.hooks.errors import HookFailed
from acs.hooks.waiting import Clock, Guard
from acs.libpq import Connection, drop, located, run

CONNECTIONS = 4
MOST_ROWS = 10_000
"""An answer of more rows has failed: it is meant for one device."""

_DEFAULTS = {"application_name": "acs hooks", "client_encoding": "UTF8", "tcp_user_timeout": "30000"}

Row = Mapping[str, Any]


class _Errand:
    """One question on its way: it holds a connection, which is closed when nobody waits any more."""

    def __init__(self) -> None:
        self.connection: txpostgres.Connection | None = None
        self.late = False

    def stop(self) -> None:
        """Nobody waits for it."""
        self.late = True
        drop(self.connection)

    def check(self) -> None:
        """Raises `HookFailed` where it is too late to go on."""
        if self.late:
            raise HookFailed("nobody waits for it")


class Database:
    """The database at ``url``, which is only read, by transactions that are read only.

    Connections are made when they are wanted and kept; a question on one that was lost meanwhile is asked
    once more.  What takes longer than ``seconds`` has failed, and its connection is closed.

    :raises ValueError: for a URL that cannot be read.
    """

    def __init__(self, reactor: Any, clock: Clock, url: str, seconds: float, circuit: Circuit) -> None:
        self._reactor = reactor
        self._guard = Guard(clock, seconds, circuit)
        self._greeting = f"SET statement_timeout = {int(seconds * 1000)}; SET timezone = 'UTC'"
        try:
            self._arguments = _DEFAULTS | {name: str(value) for name, value in parse_dsn(url).items()}
        except psycopg2.Error:
            raise ValueError("is no URL of PostgreSQL's, as libpq reads it") from None
        self._turns = DeferredSemaphore(CONNECTIONS)
        self._idle: list[txpostgres.Connection] = []
        self._closed = False

    async def rows(self, query: str, parameters: Mapping[str, Any]) -> list[Row]:
        """The rows of a SELECT, each by the names of its columns; raises `HookFailed`."""
        errand = _Errand()
        return await self._guard.ask(self._in_turn(errand, query, parameters), errand.stop)

    async def close(self) -> None:
        """Let go of the connections; no question is taken any more."""
        self._closed = True
        while self._idle:
            drop(self._idle.pop())

    async def _in_turn(self, errand: _Errand, query: str, parameters: Mapping[str, Any]) -> list[Row]:
        await self._turns.acquire()
        try:
            return await self._asked(errand, query, parameters)
        except (psycopg2.Error, OSError, CancelledError, txpostgres.UnexpectedPollResult) as error:
            raise HookFailed(_reason(error)) from None
        except (UnicodeError, ValueError) as error:
            raise HookFailed(f"a value cannot be said to the database: {type(error).__name__}") from None
        finally:
            drop(errand.connection)
            self._turns.release()

    async def _asked(self, errand: _Errand, query: str, parameters: Mapping[str, Any]) -> list[Row]:
        errand.check()
        while self._idle:
            errand.connection = self._idle.pop()
            try:
                return self._done(errand, await _say(errand.connection, query, parameters))
            except psycopg2.Error:
                # It was lost while nobody used it, or else this is what the server says to the question.
                if errand.late or not errand.connection.disconnected:
                    raise
        await self._connect(errand)
        return self._done(errand, await _say(errand.connection, query, parameters))

    def _done(self, errand: _Errand, rows: list[Row]) -> list[Row]:
        """The rows, with the connection kept for the next question."""
        if not errand.late and not self._closed:
            self._idle.append(errand.connection)
            errand.connection = None
        return rows

    async def _connect(self, errand: _Errand) -> None:
        if self._closed:
            raise HookFailed("the appliance stops")
        arguments = await located(self._reactor, self._arguments)
        errand.check()
        errand.connection = Connection(self._reactor)
        await errand.connection.connect(**arguments)
        await run(errand.connection, self._greeting)


async def _say(connection: txpostgres.Connection, query: str, parameters: Mapping[str, Any]) -> list[Row]:
    """The rows of a query.  It is a cursor's, so that no more of them come than anybody wants."""
    quoted: bytes = connection.pollable().cursor().mogrify(query.strip().rstrip(";"), parameters)
    begin = b"BEGIN READ ONLY; DECLARE answer NO SCROLL CURSOR FOR %s\n; FETCH %d FROM answer"
    try:
        cursor = await run(connection, begin % (quoted, MOST_ROWS + 1))
        names = [column.name for column in cursor.description]
        rows: list[Row] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    finally:
        if not connection.disconnected:
            await run(connection, "ROLLBACK")
    if len(rows) > MOST_ROWS:
        raise HookFailed(f"the query gives more than {MOST_ROWS:,} rows")
    return rows


def _reason(error: BaseException) -> str:
    if isinstance(error, CancelledError):
        return "the query took too long, and was cancelled"
    # The first line alone: the others show the query, with what was asked for in it.
    return f"the database says: {str(error).partition(chr(10))[0] or type(error).__name__}"
