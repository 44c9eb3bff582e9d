"""What other processes on the same database do.

What they change is read anew, what they leave when they die is settled.

A device may be in the memory of several.  Whoever changes it, or a job of it, says so with the change; the
others read theirs anew before they use it next, or at once where it is in a session.  The node that a device
calls says so where the device was not known to have called it last; one that has a session open with the
device loses it then.  Nobody holds a lock: what a dead node had is found out from its number.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.store.database import Membership, Statement
from acs.store.foundation import Parts
from acs.store.ids import of_node
from acs.store.interface import StoreUnavailable
from acs.store.loading import Loading
from acs.store.records import Node
from acs.store.residents import Resident

CHANGED, HERE, JOINED, SAID = "changed", "here", "joined", "said"

LONGEST_WORDS = 7000
"""Bytes that are passed on to other nodes at once: PostgreSQL's NOTIFY takes less than 8000."""

_ALL_STOPPED = (
    "UPDATE sessions SET result = 'failed', failure = 'the appliance stopped', settled = 0"
    " WHERE result = 'open'"
)
# A session's number tells its node (acs.store.ids): another node's sessions may well be open.
_STOPPED = f"{_ALL_STOPPED} AND {of_node('id')} = ?"


class Neighbours(Loading):
    """The verbs about nodes (`acs.store.interface.Store`)."""

    log = Logger()

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._node = 0
        self._nodes: dict[int, Node] = {}
        self._shared: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {}
        """What every process has in memory beside devices: the word for it, and what reads it anew."""
        self._categories: Mapping[str, str] = {}
        """The categories of models that have one, by ``Manufacturer/ProductClass``."""
        self._listeners: dict[str, list[Callable[[str], None]]] = {}
        self._moved: Callable[[str], None] = _nobody
        self._buried: Callable[[], None] = _nothing

    @property
    def node(self) -> int:
        """The number of this process among those on the database."""
        return self._node

    async def nodes(self) -> Sequence[Node]:
        """All nodes that are registered, by number; none on a database that has one process only."""
        return [
            Node(*row) for row in await self._rows("SELECT number, name, address, seen FROM nodes ORDER BY 1")
        ]

    def neighbours(self) -> Sequence[int]:
        """The numbers of the other nodes that were registered a short while ago."""
        return [number for number in sorted(self._nodes) if number != self._node]

    def address_of(self, node: int) -> str:
        """Where a node takes requests that others pass on to it; "" where it does not, or is not known."""
        known = self._nodes.get(node)
        return known.address if known else ""

    def watch(self, moved: Callable[[str], None], buried: Callable[[], None]) -> None:
        """Have ``moved`` called with the id of each device that has called another node, and ``buried`` where
        the others have taken this process for dead, which must then end."""
        self._moved, self._buried = moved, buried

    def tell(self, topic: str, words: str) -> None:
        """Say something to the other nodes, of which nothing is kept: who is not there, misses it.

        Raises ValueError where it is longer than `LONGEST_WORDS`.
        """
        if len(words.encode()) > LONGEST_WORDS:
            raise ValueError("too long to be passed on")
        if telling := self._database.notice(f"{self._node} {SAID} {topic} {words}"):
            self._groups.behind(*telling)

    def listen(self, topic: str, heard: Callable[[str], None]) -> None:
        """Have ``heard`` called with what other nodes say of a topic (a word)."""
        self._listeners.setdefault(topic, []).append(heard)

    async def beat(self) -> Sequence[int]:
        """Say that this process lives; returns the numbers of nodes that do not any more, what they left
        being this one's to settle (`bury`)."""
        dead, nodes = await self._database.beat()
        self._nodes = {node.number: node for node in nodes}
        return dead

    async def bury(self, node: int) -> None:
        """Settle what a dead node left, but for its jobs, and forget it."""
        await self._groups.write(Statement(_STOPPED, (node,)))
        await self._settling.settle_of(node)
        await self._database.bury(node)

    async def _join(self, name: str, address: str) -> None:
        """Take part; what a process of the same number left is settled."""
        me = Membership(name, address, self._heard, self._deaf, lambda: self._buried())
        self._node = await self._database.join(me)
        self._ids.be(self._node)
        stopped = Statement(_ALL_STOPPED)  # by whatever node, where the database came from elsewhere
        if self._database.dialect != "sqlite":
            self._settling.be(self._node)
            stopped = Statement(_STOPPED, (self._node,))
        await self._groups.write(stopped)
        await self._settling.settle_all()
        await self.beat()
        if telling := self._database.notice(f"{self._node} {JOINED} -"):
            await self._groups.write(*telling)

    # What is said, and heard

    def _telling(self, device_id: str) -> Sequence[Statement]:
        """What tells the others that the device, or a job of it, is changed by the same unit."""
        return self._database.notice(f"{self._node} {CHANGED} {device_id}")

    def _telling_of(self, shared: str) -> Sequence[Statement]:
        """The same for what all have in memory."""
        return self._database.notice(f"{self._node} {shared} -")

    async def _read_shared(self) -> None:
        """Read all of that."""
        for read in self._shared.values():
            await read()

    def _welcome(self, resident: Resident) -> None:
        """The device has called this node."""
        resident.called = self._clock.seconds()
        if resident.home != self._node:
            resident.home = self._node
            self._tell_that_it_is_here(resident)

    def _tell_that_it_is_here(self, resident: Resident) -> None:
        words = f"{self._node} {HERE} {resident.record.id} {resident.called!r}"
        if telling := self._database.notice(words):
            self._groups.behind(*telling)

    def _heard(self, words: str) -> None:
        node, what, device_id, *rest = words.split(" ", 3)
        resident = self._residents.glance(device_id)
        if int(node) == self._node:
            return
        if what == JOINED:
            ensureDeferred(self.beat()).addErrback(self._not_read)
        elif what == SAID:
            for heard in self._listeners.get(device_id, ()):
                heard(" ".join(rest))
        elif what in self._shared:
            ensureDeferred(self._shared[what]()).addErrback(self._not_read)
        elif what == HERE and resident is not None:
            self._has_moved(resident, int(node), float(rest[0]))
        elif resident is not None:
            self._spoil(resident)
        else:
            self._being_brought.discard(device_id)

    def _has_moved(self, resident: Resident, node: int, called: float) -> None:
        """The device has called another node; unless that was before it called this one, of which the other
        had not heard then."""
        if (node, called) == (resident.home, resident.called):
            return  # told again, as this node had not heard of it when it told of its own
        if called < resident.called:
            self._tell_that_it_is_here(resident)
            return
        resident.home, resident.called = node, called
        if resident.pins:
            self._moved(resident.record.id)
        self._spoil(resident)

    def _deaf(self) -> None:
        for resident in self._residents.all():
            resident.home = -1
            self._spoil(resident)
        self._being_brought.clear()
        ensureDeferred(self._read_shared()).addErrback(self._not_read)
        self.happenings.miss()

    def _spoil(self, resident: Resident) -> None:
        """What is in memory may not be what is on disk."""
        resident.stale = True
        if resident.pins:
            ensureDeferred(self._bring(resident.record.id)).addErrback(self._not_read)

    def _not_read(self, failure: Failure) -> None:
        if not isinstance(failure.value, StoreUnavailable):
            self.log.failure("what another node has changed could not be read", failure)


def _nobody(device_id: str) -> None:
    """Nobody watches yet."""


def _nothing() -> None:
    """Nobody watches yet."""
