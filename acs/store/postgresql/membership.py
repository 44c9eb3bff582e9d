"""One node among those that share a database, known by the number that it holds.

The number is held by an advisory lock of the connection on which the node listens: a node that is gone holds
nothing, without anybody having to find that out.  A node that has lost its connection has some time to come
back (`GRACE`) before the others take it for dead and settle what it left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.internet.defer import ensureDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.store.database import Clock, DelayedCall, Membership, Reactor
from acs.store.ids import GUESTS, of_node
from acs.store.interface import StoreError, StoreUnavailable
from acs.store.postgresql.link import Line, Link
from acs.store.records import Node

GRACE = 30.0
"""Seconds without one after which a node whose lock is free is taken for dead."""
AGAIN = 1.0
"""Seconds after which a lost connection is tried again."""

CHANNEL = "acs"
_LOCKS = 0x616373  # the first number of a node's lock; its own is the second

_TAKE = (
    "INSERT INTO nodes (number, name, address, started, seen) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (number) DO UPDATE SET name = excluded.name, address = excluded.address,"
    " started = excluded.started, seen = excluded.seen"
)
# Nodes that are not registered, as those of a database that was copied, are there to be found dead.
_ORPHANS = f"""
INSERT INTO nodes (number, name, address, started, seen)
SELECT number, '', '', 0, 0 FROM (
    SELECT {of_node("id")} AS number FROM sessions WHERE settled = 0
    UNION SELECT {of_node("id")} FROM sessions WHERE result = 'open'
    UNION SELECT {of_node("session")} FROM jobs WHERE state = 'sent' AND session IS NOT NULL
) AS found WHERE number < {GUESTS}
ON CONFLICT DO NOTHING"""
_BEAT = "UPDATE nodes SET seen = ? WHERE number = ? AND started = ? RETURNING number"


class Member:
    """This node's membership (`acs.store.database.Membership`).

    ``arguments`` and ``greeting`` are as of `Link`.
    """

    log = Logger()

    def __init__(
        self, reactor: Reactor, clock: Clock, arguments: Mapping[str, str], greeting: str, me: Membership
    ) -> None:
        self._clock = clock
        self._me = me
        self._link = Link(reactor, clock, arguments, greeting, me.heard, self._lost, self._prepare)
        self._number = -1
        self._started = 0.0
        self._burying: set[int] = set()
        self._left = False
        self._again: DelayedCall | None = None

    async def join(self) -> int:
        """Take a number, which is returned: the one that this node had before, where that is free."""
        self._started = self._clock.seconds()
        await self._link.do(self._take)
        return self._number

    async def leave(self) -> None:
        """Give the number back."""
        self._left = True
        if self._again is not None:
            self._again.cancel()
        try:
            await self._link.do(self._forget)
        except StoreUnavailable as error:
            self.log.warn("the database does not know that this node has left: {reason}", reason=str(error))
        await self._link.close()

    async def beat(self) -> tuple[list[int], list[Node]]:
        """Say that this node lives; the numbers of those that do not, which are this node's to bury, and all
        that are registered."""
        return await self._link.do(self._look_around)

    async def bury(self, number: int) -> None:
        """Forget a dead node, all that it left being settled."""

        async def work(line: Line) -> None:
            await line.say(line.quote("DELETE FROM nodes WHERE number = ?", (number,)))
            await line.say(f"SELECT pg_advisory_unlock({_LOCKS}, {number})")
            self._burying.discard(number)

        await self._link.do(work)

    async def _take(self, line: Line) -> None:
        rows = await line.say("SELECT number, name FROM nodes ORDER BY number")
        for number in _candidates(rows, self._me.name):
            if await _locked(line, number):
                values = (number, self._me.name, self._me.address, self._started, self._started)
                await line.say(line.quote(_TAKE, values))
                self._number = number
                await line.say(_ORPHANS)
                return
        raise StoreError(f"there are {GUESTS} nodes already")

    async def _forget(self, line: Line) -> None:
        await line.say(
            line.quote("DELETE FROM nodes WHERE number = ? AND started = ?", (self._number, self._started))
        )

    async def _look_around(self, line: Line) -> tuple[list[int], list[Node]]:
        now = self._clock.seconds()
        beat = line.quote(_BEAT, (now, self._number, self._started))
        if not await line.say(beat):
            self._me.buried()
            return [], []
        nodes = [Node(*row) for row in await line.say("SELECT number, name, address, seen FROM nodes")]
        for node in nodes:
            silent = node.number != self._number and node.seen < now - GRACE
            if silent and node.number not in self._burying and await _locked(line, node.number):
                self._burying.add(node.number)
        return sorted(self._burying), nodes

    # The connection

    async def _prepare(self, line: Line) -> None:
        """Listen, and hold our number again where this is not the first connection."""
        await line.say(f"LISTEN {CHANNEL}")
        self._burying.clear()
        if self._number < 0:
            return
        if not await _locked(line, self._number):
            # The server may not have noticed yet that the former connection is gone; or another node buries
            # us, which the next beat will tell.
            raise StoreUnavailable("this node's number is not free yet")
        self._me.deaf()

    def _lost(self) -> None:
        """Whatever the others say now is missed."""
        if self._number >= 0 and not self._left and self._again is None:
            self._again = self._clock.callLater(AGAIN, self._come_back)

    def _come_back(self) -> None:
        self._again = None
        ensureDeferred(self._link.do(_nothing)).addErrback(self._still_lost)

    def _still_lost(self, failure: Failure) -> None:
        if isinstance(failure.value, StoreUnavailable):
            self._lost()
        else:
            self.log.failure("this node could not come back", failure)


async def _nothing(line: Line) -> None:
    """To be connected is all."""


async def _locked(line: Line, number: int) -> bool:
    """Whether the number's lock was free, and is ours now."""
    ((free,),) = await line.say(f"SELECT pg_try_advisory_lock({_LOCKS}, {number})")
    return bool(free)


def _candidates(rows: Sequence[tuple[int, str]], name: str) -> list[int]:
    """The numbers to try: those that a node of this name had, then those that nobody has."""
    taken = dict(rows)
    mine = [number for number, named in rows if named == name]
    return mine + [number for number in range(GUESTS) if number not in taken]
