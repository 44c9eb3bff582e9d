"""Group commit: what is said within a few milliseconds goes to the database in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.store.database import Clock, Database, DelayedCall, Result, Row, Statement, Table
from acs.store.database import appending as at_once
from acs.store.interface import StoreClosed, StoreError, StoreUnavailable
from acs.store.verbs.measured import COMMITS, Durations

DELAY = 0.040
"""Seconds that what nobody waits for may wait: the longer, the fewer transactions, and each makes the two
threads hand the interpreter's lock to and fro a dozen times."""
FULL = 256
"""How many rows of a table end a group's wait."""
SIZE = 64
"""The most rows of one statement."""
KEEP = 20_000
REST = 0.5

_Chunk = tuple[Table, Sequence[Row]]


@dataclass(slots=True)
class Unit:
    """Statements that are carried out together or not at all; who waits for them, and what follows."""

    statements: Sequence[Statement]
    waiting: Deferred[list[Row]] | None = None
    then: Callable[[list[Row]], None] | None = None


@dataclass(slots=True)
class Group:
    """What goes to the database in one transaction; ``wanted``: it is to go as soon as it can."""

    number: int = 1
    rows: dict[Table, dict[int, Row]] = field(default_factory=dict)
    units: list[Unit] = field(default_factory=list)
    waiting: list[Deferred[None]] = field(default_factory=list)
    wanted: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to be written."""
        return not self.rows and not self.units


class GroupCommit:
    """Collects what is to be written, and gives it to the database a group at a time.

    A group goes out when somebody waits for it and the database is idle, 40 ms after its first word, or with
    its 256th row of a table; while the database is busy the next one grows.  What nobody waits for (`append`,
    `behind`) and could not be written is kept, at most ``keep`` pieces, and goes with the next group; while
    the database fails, one is tried every half second, be it empty.  ``before`` is called, off the reactor,
    before each commit; ``gather`` before a group is closed, to say what was put off until then.

    :ivar durations: how long groups took to be on disk, or to fail.
    :ivar landed: the number of the last group that is on disk, with all that was said before it, ...
    :ivar refused: ... but for so many writes that nobody waited for, and that were refused.
    """

    log = Logger()

    def __init__(
        self,
        database: Database,
        clock: Clock,
        before: Callable[[], None] | None = None,
        keep: int = KEEP,
    ) -> None:
        self.gather: Callable[[], None] = _nothing
        self.failing = False
        self.landed = 0
        self.refused = 0
        self.durations = Durations(COMMITS)
        self._sent_at = 0.0
        self._database = database
        self._clock = clock
        self._before = before
        self._keep = keep
        self._open = Group()
        self._flight: Group | None = None
        self._gathering = False
        self._timer: DelayedCall | None = None
        self._rest: DelayedCall | None = None
        self._closing = self._closed = False

    def open(self) -> None:
        """Take what is said, after `close` too."""
        self._closing = self._closed = False

    @property
    def number(self) -> int:
        """The number of the group that what is said now belongs to."""
        return self._open.number

    def append(self, *pieces: tuple[Table, Row]) -> None:
        """Add rows behind the caller's back, all with one commit; of those with the same key the last
        counts.

        Raises `StoreClosed`.
        """
        self._check_open()
        full = False
        for table, row in pieces:
            rows = self._open.rows.setdefault(table, {})
            rows[row[0]] = row
            full = full or len(rows) >= FULL
        if full:
            self._want()
        else:
            self._soon()

    def behind(self, *statements: Statement, then: Callable[[list[Row]], None] | None = None) -> None:
        """Carry out a unit behind the caller's back, in the order of saying; ``then``, which must not raise,
        is called with the rows it returned once they are on disk.

        Raises `StoreClosed`.
        """
        self._check_open()
        self._open.units.append(Unit(statements, None, then))
        self._soon()

    def write(self, *statements: Statement) -> Deferred[list[Row]]:
        """Carry out a unit; fires with the rows it returned once they are on disk.

        Fails with what refused it (`StoreError`), or `StoreUnavailable`, which is `StoreClosed` from the
        beginning of `close`; nothing of it was then stored.
        """
        if self._closing:
            return fail(StoreClosed())
        waiting: Deferred[list[Row]] = Deferred()
        self._open.units.append(Unit(statements, waiting))
        self._want()
        return waiting

    def committed(self) -> Deferred[None]:
        """Fires when all that was said up to now is on disk; fails with `StoreError` where some of it is
        not."""
        if self._closed:
            return fail(StoreClosed())
        group = self._flight if self._open.empty else self._open
        if group is None:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        group.waiting.append(waiting)
        if group is self._open:
            self._want()
        return waiting

    def tried(self) -> Deferred[None]:
        """Fires when all that was said up to now is on disk, or cannot be put there at present; fails with
        `StoreClosed`."""
        if self._rest is not None:
            return succeed(None)
        return self.committed().addErrback(_let_pass)

    async def close(self) -> None:
        """Write what is left; raises `StoreUnavailable`, and logs how much, where that cannot be done.

        Work that writes one piece after the other ends with its next one: nobody would wait for that.
        """
        if self._closed:
            return
        self._closing = True
        try:
            while self._flight is not None or not self._open.empty:
                await self.committed()
        finally:
            self._closed = True
            for call in (self._timer, self._rest):
                if call is not None:
                    call.cancel()
            self._timer = self._rest = None
            if not self._open.empty:
                self._forsake()

    def _forsake(self) -> None:
        """Tell that what is left will not be written."""
        group, self._open = self._open, Group(self._open.number + 1)
        lost = len(group.units) + sum(map(len, group.rows.values()))
        self.log.critical("{lost} writes are lost: the database cannot be written", lost=lost)
        for unit in group.units:
            if unit.waiting is not None:
                unit.waiting.errback(StoreClosed())
        _tell_all(group.waiting, StoreClosed())

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed

    def _soon(self) -> None:
        if self._timer is None and not self._open.wanted:
            self._timer = self._clock.callLater(DELAY, self._timed)

    def _timed(self) -> None:
        self._timer = None
        self._want()

    def _want(self) -> None:
        self._open.wanted = True
        if self._flight is None and self._rest is None and not self._gathering:
            self._send()

    def _send(self) -> None:
        # What is gathered may fill the group, which goes then with all of it.
        self._gathering = True
        try:
            self.gather()
        finally:
            self._gathering = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        group, self._open = self._parted()
        self._flight = group
        self._sent_at = self._clock.seconds()
        chunks = [
            chunk for table, rows in group.rows.items() for chunk in _chunks(table, list(rows.values()))
        ]
        units = [(at_once(*chunk),) for chunk in chunks] + [unit.statements for unit in group.units]
        done = self._database.commit(units, self._before)
        done.addCallbacks(self._landed, self._failed, callbackArgs=(group, chunks), errbackArgs=(group,))
        done.addErrback(lambda failure: self.log.failure("the store's bookkeeping failed", failure))

    def _parted(self) -> tuple[Group, Group]:
        """What goes out now, and what the next one is to begin with."""
        return self._open, Group(self._open.number + 1)

    def _landed(self, results: list[Result], group: Group, chunks: list[_Chunk]) -> None:
        self._flight = None
        self.durations.note(self._clock.seconds() - self._sent_at)
        self.failing = False
        split = False
        refused: StoreError | None = None
        for (table, rows), result in zip(chunks, results[: len(chunks)], strict=True):
            if isinstance(result, StoreError):
                split = True
                later = self._open.rows.get(table, {})
                alone = [row for row in rows if row[0] not in later]
                self._open.units.extend(Unit((at_once(table, [row]),)) for row in alone)
        for unit, result in zip(group.units, results[len(chunks) :], strict=True):
            refused = self._tell(unit, result) or refused
        if split:
            # Rows that were refused together go once more, each alone; who waits for the group waits for
            # them.
            self._open.waiting += group.waiting
            self._open.wanted = True
        else:
            self.landed = group.number
            _tell_all(group.waiting, refused)
        if refused is not None:
            # Who asked since then asked for this group too.
            since, self._open.waiting = self._open.waiting, []
            _tell_all(since, refused)
        self._next()

    def _tell(self, unit: Unit, result: Result) -> StoreError | None:
        """Hand over a unit's result; returns the error where nobody else takes it."""
        if unit.waiting is not None:
            if isinstance(result, StoreError):
                unit.waiting.errback(result)
            else:
                unit.waiting.callback(result)
        elif isinstance(result, StoreError):
            self.refused += 1
            self.log.error("a write was refused: {error}: {sql}", error=result, sql=unit.statements[0].sql)
            return result
        elif unit.then is not None:
            unit.then(result)
        return None

    def _failed(self, failure: Failure, group: Group) -> None:
        self._flight = None
        self.durations.note(self._clock.seconds() - self._sent_at)
        self.failing = True
        error = failure.value
        if not isinstance(error, StoreUnavailable):
            self.log.failure("a group could not be written", failure)
            error = StoreUnavailable(f"{type(error).__name__}: {error}")
        self._retain(group)
        self._rest = self._clock.callLater(REST, self._rested)
        for unit in group.units:
            if unit.waiting is not None:
                unit.waiting.errback(error)
        _tell_all(group.waiting, error)

    def _retain(self, group: Group) -> None:
        """Put what nobody waited for back, before what was said since."""
        units = [unit for unit in group.units if unit.waiting is None] + self._open.units
        lost = max(0, len(units) - self._keep)
        self._open.units = units[lost:]
        for table, rows in group.rows.items():
            rows.update(self._open.rows.get(table, {}))
            over = max(0, len(rows) - self._keep)
            for key in list(islice(rows, over)):
                del rows[key]
            lost += over
            self._open.rows[table] = rows
        if lost:
            self.log.critical("{lost} writes are lost: the database takes none", lost=lost)
        self._open.wanted = not self._open.empty

    def _rested(self) -> None:
        self._rest = None
        self._open.wanted = True
        self._next()

    def _next(self) -> None:
        if self._open.wanted and self._flight is None and self._rest is None:
            self._send()


def appending(table: Table, rows: Sequence[Row]) -> Iterator[Statement]:
    """What appends rows to a table: a statement to each `SIZE` of them."""
    for chunk in _chunks(table, rows):
        yield at_once(*chunk)


def _chunks(table: Table, rows: Sequence[Row]) -> Iterator[_Chunk]:
    """The rows in pieces of `SIZE`, of one width each: a statement to each, and no more different ones than
    that to a table."""
    for width in sorted(set(map(len, rows))):
        alike = [row for row in rows if len(row) == width]
        for start in range(0, len(alike), SIZE):
            yield table, alike[start : start + SIZE]


def _nothing() -> None:
    """Where nothing is put off."""


def _let_pass(failure: Failure) -> None:
    if isinstance(failure.value, StoreClosed) or not isinstance(failure.value, StoreError):
        failure.raiseException()


def _tell_all(waiting: Sequence[Deferred[None]], error: StoreError | None) -> None:
    for deferred in waiting:
        if error is None:
            deferred.callback(None)
        else:
            deferred.errback(error)
