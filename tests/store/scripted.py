"""A database whose transactions end as the test says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred

from acs.store.database import Membership, Result, Row, Statement, Unit
from acs.store.interface import StoreError, StoreUnavailable
from acs.store.migrations import Migration
from acs.store.records import Node


class ScriptedDatabase:
    """A database whose transactions end when the test ends them."""

    dialect = "sqlite"
    alone = True

    def __init__(self) -> None:
        self.commits: list[list[list[Statement]]] = []
        self._waiting: Deferred[list[Result]] | None = None

    async def open(self, migrations: Sequence[Migration]) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""

    def commit(
        self, units: Sequence[Unit], before: Callable[[], None] | None = None
    ) -> Deferred[list[Result]]:
        assert self._waiting is None, "one at a time"
        if before is not None:
            before()
        self.commits.append([list(unit) for unit in units])
        self._waiting = Deferred()
        return self._waiting

    def query(self, sql: str, parameters: Sequence[object] = ()) -> Deferred[list[Row]]:
        raise NotImplementedError

    async def join(self, me: Membership) -> int:
        return 0

    async def beat(self) -> tuple[list[int], list[Node]]:
        return [], []

    async def bury(self, number: int) -> None:
        raise NotImplementedError

    def notice(self, words: str) -> Sequence[Statement]:
        return ()

    async def drop_before(self, table: str, number: int) -> int:
        return 0

    def succeed(self, **results: Result) -> None:
        """The transaction is committed; ``results`` are by the SQL of a unit's first statement."""
        waiting, self._waiting = self._waiting, None
        assert waiting is not None
        waiting.callback([results.get(unit[0].sql, []) for unit in self.commits[-1]])

    def refuse_rows(self, bad: object) -> None:
        """The transaction is committed without the units that have a parameter ``bad``."""
        waiting, self._waiting = self._waiting, None
        assert waiting is not None
        error = StoreError("a bad row")
        waiting.callback([error if bad in unit[0].parameters else [] for unit in self.commits[-1]])

    def fail(self, error: Exception | None = None) -> None:
        """The transaction fails."""
        waiting, self._waiting = self._waiting, None
        assert waiting is not None
        waiting.errback(error or StoreUnavailable("the disk is full"))

    @property
    def last(self) -> list[tuple[str, tuple[object, ...]]]:
        """The last transaction's statements, flattened."""
        return [(s.sql.split(" (")[0], tuple(s.parameters)) for unit in self.commits[-1] for s in unit]
