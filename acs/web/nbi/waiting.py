"""Waits for what becomes of a job that somebody wants done at once."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from acs.session.jobs import answered
from acs.store.happenings import Happening, Topic
from acs.store.interface import Store
from acs.store.records import Job, JobState
from acs.store.records.wakes import WakeOutcome

LONGEST = 120.0
"""Seconds that a session may take."""
_LOOK = 1.0
"""Seconds from one look to the next: what happens in other processes nobody tells here."""
_HOPEFUL = ("", WakeOutcome.INFORMED.value, WakeOutcome.ACCEPTED.value)


async def settled(store: Store, clock: IReactorTime, job: Job, seconds: float) -> Job | None:
    """The job when its device has answered, cannot be woken, or has not called within so many seconds; None
    where it is gone meanwhile."""
    begun = clock.seconds()
    news = _News(job.id)
    store.happenings.listen(news.heard)
    try:
        while (now := await store.job(job.id)) is not None and not is_over(now, job.wake_tries):
            patience = seconds if now.state is JobState.QUEUED else LONGEST
            if (left := begun + patience - clock.seconds()) <= 0:
                break
            await news.wait(clock, min(left, _LOOK))
        return now
    finally:
        store.happenings.leave(news.heard)


def is_over(job: Job, tries: int = 0) -> bool:
    """Whether its device has answered, or after so many ``tries`` to wake it is known not to call now."""
    if not job.state.open or answered(job) or job.uncertain:
        return True
    return job.state is JobState.QUEUED and job.wake_tries > tries and job.wake_outcome not in _HOPEFUL


class _News:
    """Hears of one job."""

    def __init__(self, job: int) -> None:
        self._job = job
        self._waiting: Deferred[None] | None = None

    def heard(self, happening: Happening) -> None:
        record: Any = happening.record
        if happening.topic is Topic.JOB and record is not None and record.id == self._job:
            self._wake()

    async def wait(self, clock: IReactorTime, seconds: float) -> None:
        """Until there is news, or so many seconds have passed."""
        self._waiting = Deferred()
        call = clock.callLater(seconds, self._wake)
        await self._waiting
        if call.active():
            call.cancel()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(None)
