"""Whole transactions: all units at once as a rule, each by itself where one of them is refused."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from acs.store.database import Appending, Result, Row, Statement, Unit
from acs.store.interface import StoreError, StoreUnavailable
from acs.store.postgresql.link import Line
from acs.store.postgresql.many import at_once

_LONGEST = 1 << 20
"""Bytes that are said at a time."""


async def together(line: Line, units: Sequence[Unit]) -> list[Result]:
    """Carry out all units with as few round trips as there are answers.

    Raises what refused one of them; nothing was done then.
    """
    saying = _Saying(line)
    results: list[Result] = []
    async with line.all_or_nothing():
        for unit in units:
            results.append([row for statement in unit for row in await saying.add(statement)])
        await saying.end()
    return results


async def apart(line: Line, units: Sequence[Unit]) -> list[Result]:
    """Carry out each unit behind a savepoint; those that are refused have the error as their result."""
    results: list[Result] = []
    async with line.all_or_nothing():
        await line.say("BEGIN")
        for unit in units:
            results.append(await _guarded(line, unit))
        await line.say("COMMIT")
    return results


async def _guarded(line: Line, unit: Unit) -> Result:
    await line.say("SAVEPOINT unit")
    try:
        rows = [row for statement in unit for row in await line.say(_quoted(line, statement))]
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
        words = _quoted(self._line, statement)
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


def _quoted(line: Line, statement: Statement) -> bytes:
    if isinstance(statement, Appending):
        statement = at_once(statement)
    return line.quote(statement.sql, statement.parameters)


@lru_cache(maxsize=1024)
def _has_rows(sql: str) -> bool:
    return "RETURNING" in sql or sql.lstrip().startswith("SELECT")
