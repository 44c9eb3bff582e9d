"""Settles what a process that is no more has left of its sessions."""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger

from acs.session.jobs import left_by_lost_session, unanswered
from acs.store.interface import Store, StoreUnavailable


async def recover(store: Store, now: float, node: int) -> int:
    """Deal with the jobs that a process which is no more had sent, the node of this number; returns how many.

    For the number that this process has taken it is to be called before any session.
    """
    left = await store.jobs_left_sent(node)
    for job in left:
        if await store.device(job.device) is not None and unanswered(job):
            store.change_job(job.id, **left_by_lost_session(job, now))
    await store.committed()
    return len(left)


class Lookout:
    """Looks after the nodes on one database.

    :param now: the time, seconds since 1970.
    """

    log = Logger()

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now

    async def look(self) -> None:
        """Say that this node lives, and settle what those have left that do not; to be called every few
        seconds."""
        try:
            for node in await self._store.beat():
                left = await recover(self._store, self._now(), node)
                await self._store.bury(node)
                self.log.warn("node {node} is dead; {count} jobs were under way", node=node, count=left)
        except StoreUnavailable as error:
            self.log.debug("no sign of life could be given: {reason}", reason=str(error))
