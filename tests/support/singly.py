"""Commits without groups: each unit, and what is appended at once, in a transaction of its own."""

from __future__ import annotations

from twisted.python.failure import Failure

from acs.store.database import Row, Table
from acs.store.groups import Group, GroupCommit, appending


class Singly(GroupCommit):
    """Gives the database one thing after another, in the order of saying, and waits for company with none.

    Who waits for all that was said waits for the last of it, and is told of what was refused before.
    """

    def append(self, *pieces: tuple[Table, Row]) -> None:
        """Add rows as one unit."""
        self.behind(*(each for table, row in pieces for each in appending(table, [row])))

    def _soon(self) -> None:
        if self._timer is None and not self._open.wanted:
            self._timer = self._clock.callLater(0.0, self._timed)

    def _parted(self) -> tuple[Group, Group]:
        whole = self._open
        if len(whole.units) < 2:
            return super()._parted()
        first, *others = whole.units
        # The number has landed when the last of it has.
        return (
            Group(whole.number - 1, units=[first]),
            Group(whole.number, units=others, waiting=whole.waiting, wanted=True),
        )

    def _failed(self, failure: Failure, group: Group) -> None:
        # An outage is one for all that would have been in the same group.
        group.waiting, self._open.waiting = group.waiting + self._open.waiting, []
        group.units += [unit for unit in self._open.units if unit.waiting is not None]
        self._open.units = [unit for unit in self._open.units if unit.waiting is None]
        super()._failed(failure, group)
