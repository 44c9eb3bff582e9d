"""Looks from time to time whether something is the matter, in each process, at what is its own to look at.

What is about all devices one of the processes looks at for all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from acs.alarms import judging
from acs.alarms.judging import About, Disk, Ending
from acs.alarms.limits import DAY, Limits
from acs.recurring import Recurring
from acs.store.interface import Store, StoreUnavailable
from acs.store.records.alarms import AlarmKind

LOOK = 60.0
"""Seconds from one look to the next."""
LATE_EVERY = 300.0
"""Seconds from one time that all devices are looked at to the next."""
TURN, TURN_LATE = "alarms", "late devices"
"""What one process does for all."""

OF_NODES = frozenset([AlarmKind.STORE_SLOW, AlarmKind.CERTIFICATE_ENDING, AlarmKind.DISK_FULL])
"""What is about a node, or something on it."""

log = Logger()


async def no_disks() -> Iterable[Disk]:
    """None are looked at."""
    return ()


def no_certificates() -> Iterable[Ending]:
    """None are shown."""
    return ()


class Looking:
    """What this process looks at.

    :param name: what this node is called.
    :param certificates: tells those that are shown here.
    :param disks: looks at those that are written to here.
    """

    def __init__(
        self,
        store: Store,
        clock: IReactorTime,
        limits: Limits,
        name: str,
        certificates: Callable[[], Iterable[Ending]] = no_certificates,
        disks: Callable[[], Awaitable[Iterable[Disk]]] = no_disks,
    ) -> None:
        self._store = store
        self._now = clock.seconds
        self._limits = limits
        self._name = name
        self._certificates = certificates
        self._disks = disks
        self._commits = (0.0, 0)
        self._turns = Recurring(clock, LOOK, self.look, "it could not be looked at whether all is well")

    def start(self) -> None:
        """Begin, in a minute."""
        self._commits = self._counted()
        self._turns.start()

    def stop(self) -> None:
        """Look no more."""
        self._turns.stop()

    async def look(self) -> None:
        """Raise what is the matter, and end what is no more."""
        try:
            open_ = await self._store.open_subjects()
            await self._look_here(open_)
            await self._look_at_all(open_)
        except StoreUnavailable as error:
            log.warn("it is not looked at whether all is well: {reason}", reason=str(error))

    async def _look_here(self, open_: Collection[About]) -> None:
        """At this process and this machine."""
        limits, node = self._limits, self._name
        found: dict[About, str] = {}
        if limits.store_milliseconds:
            found |= judging.slow(*self._taken(), limits, node, open_)
        if limits.certificate_days:
            found |= judging.ending(self._certificates(), limits, node, self._now())
        if limits.disk_percent:
            found |= judging.full(await self._disks(), limits, node, open_)
        ours = (each for each in open_ if each[0] in OF_NODES and judging.node_of(each[1]) == node)
        self._tell(found, ours, open_)

    async def _look_at_all(self, open_: Collection[About]) -> None:
        """At sessions and devices, where it is this process's turn."""
        now = self._now()
        if await self._store.take_turn(TURN, now, now + LOOK - 1):
            ours = [each for each in open_ if each[0] is AlarmKind.SESSIONS_FAILING]
            self._tell(await self._failing(open_), ours, open_)
            await self._forget_nodes(open_)
        if await self._store.take_turn(TURN_LATE, now, now + LATE_EVERY - 1):
            ours = [each for each in open_ if each[0] is AlarmKind.DEVICES_LATE]
            self._tell(await self._late(open_), ours, open_)

    async def _failing(self, open_: Collection[About]) -> dict[About, str]:
        if not self._limits.failing_percent:
            return {}
        since = self._now() - self._limits.failing_minutes * 60
        return judging.failing(*await self._store.session_counts(since), self._limits, open_)

    async def _late(self, open_: Collection[About]) -> dict[About, str]:
        limits, now = self._limits, self._now()
        if not limits.late_percent:
            return {}
        since = now - limits.late_days * DAY
        found = await self._store.late_devices(now, limits.late_times, limits.late_interval, since)
        return judging.late(found, limits, open_)

    async def _forget_nodes(self, open_: Collection[About]) -> None:
        """End what is about nodes that are no more."""
        there = {self._name, *(node.name for node in await self._store.nodes())}
        gone = (each for each in open_ if each[0] in OF_NODES and judging.node_of(each[1]) not in there)
        self._tell({}, gone, open_)

    def _tell(self, found: dict[About, str], ours: Iterable[About], open_: Collection[About]) -> None:
        """Raise what was found and is not open, and end what is open and was not found."""
        for (kind, subject), text in found.items():
            if (kind, subject) not in open_:
                log.warn("alarm: {subject}: {text}", subject=subject, text=text)
                self._store.raise_alarm(kind, text, subject=subject)
        for kind, subject in ours:
            if (kind, subject) not in found:
                log.info("alarm ended: {kind}: {subject}", kind=kind.value, subject=subject)
                self._store.end_alarm(kind, subject=subject)

    def _counted(self) -> tuple[float, int]:
        commits = self._store.measured.commits
        return commits.total, sum(commits.counts)

    def _taken(self) -> tuple[float, int]:
        """How long the database has taken since the last look, for how many groups."""
        before, self._commits = self._commits, self._counted()
        return self._commits[0] - before[0], self._commits[1] - before[1]
