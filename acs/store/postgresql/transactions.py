"""Whole transactions: all units at once as a rule, each by itself where one of them is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache

from acs.store.database import Result, Row, Statement, Unit
from acs.store.interface import StoreError, StoreUnavailable
from acs.store.postgresql.link import Line

_LONGEST = 1 << 20
"""Bytes that are said at a time."""


async def together(line: Line, units: Sequence[Unit]) -> list[Result]:
    """Carry out all units with as few round trips as there are answers.

    Raises what refused one of them; nothing was done then.
    """
    saying = _Saying(line)
    results: list[Result] = []

    async def all_of_them() -> None:
        for unit in units:
            rows: list[Row] = []
            for statement in unit:
                rows += await saying.add(statement)
            results.append(rows)
        await saying.end()

    await _undone_if_refused(line, all_of_them)
    return results


async def apart(line: Line, units: Sequence[Unit]) -> list[Result]:
    """Carry out each unit behind a savepoint; those that are refused have the error as their result."""
    results: list[Result] = []

    async def each_of_them() -> None:
        await line.say("BEGIN")
        for unit in units:
            results.append(await _guarded(line, unit))
        await line.say("COMMIT")

    await _undone_if_refused(line, each_of_them)
    return results


async def _undone_if_refused(line: Line, work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except Exception:
        if line.open:
            await line.say("ROLLBACK")
        raise


async def _guarded(line: Line, unit: Unit) -> Result:
    await line.say("SAVEPOINT unit")
    try:
        rows = [row for statement in unit for row in await line.say(quoted(line, statement))]
    except StoreUnavailable:
        raise
    except StoreError as error:
        await line.say("ROLLBACK TO unit; RELEASE unit")
        return error
    await line.say("RELEASE unit")
    return rows


class _Saying:
    """Statements are collected until one of them has rows to tell."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._said = [b"BEGIN"]
        self._bytes = 0

    async def add(self, statement: Statement) -> list[Row]:
        """The rows of this statement, where it has any to tell."""
        words = quoted(self._line, statement)
        self._said.append(words)
        self._bytes += len(words)
        answers = _has_rows(statement.sql)
        if not answers and self._bytes < _LONGEST:
            return []
        rows = await self._say()
        return rows if answers else []

    async def end(self) -> None:
        """Say what is left, and commit."""
        self._said.append(b"COMMIT")
        await self._say()

    async def _say(self) -> list[Row]:
        words, self._said, self._bytes = b"; ".join(self._said), [], 0
        return await self._line.say(words)


def quoted(line: Line, statement: Statement) -> bytes:
    """A statement as it is said."""
    return line.quote(placeholders(statement.sql), statement.parameters)


@lru_cache(maxsize=1024)
def placeholders(sql: str) -> str:
    """The SQL with ``%s`` for each ``?``; no statement of ours has a question mark that means anything
    else."""
    return sql.replace("%", "%%").replace("?", "%s")


@lru_cache(maxsize=1024)
def _has_rows(sql: str) -> bool:
    return "RETURNING" in sql or sql.lstrip().startswith("SELECT")
