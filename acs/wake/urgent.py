"""Urgent jobs wake their devices.

That is done at once, again after a while, and no more after a few times: the job then waits for the device's
next Inform, as any job does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.store.interface import Store, StoreError, StoreUnavailable
from acs.store.records import Job, JobState
from acs.store.records.wakes import NoMoreWaking, Wake, WakeOutcome
from acs.wake.pacing import Pace
from acs.wake.waker import ALTOGETHER, Waker

LEASE = ALTOGETHER + 15.0
"""Seconds for which a job is one process's to wake its device; if that dies, another takes over."""
WAITS = (15.0, 60.0, 300.0, 900.0)
"""Seconds from one try to the next."""
WAITS_WHERE_BUSY = (5.0, 15.0, 60.0, 300.0)
"""The same for a device that has no time (checklist 8.1)."""

log = Logger()


class UrgentJobs:
    """Sees to the devices of this process's urgent jobs, and to those that nobody sees to.

    :param waker: what wakes them, at the ``pace``.
    """

    def __init__(self, store: Store, now: Callable[[], float], waker: Waker, pace: Pace) -> None:
        self._store = store
        self._now = now
        self._waker = waker
        self._pace = pace

    def wake_at(self) -> float:
        """What is to stand in an urgent job that is about to be accepted."""
        return self._now() + LEASE

    async def accept(self, device_id: str, requested_by: str, accepting: Deferred[Job]) -> Job:
        """An urgent job (with `wake_at`), once it is accepted: the device is woken as the pace allows it.

        Where it does, and no other process is to hold the session, the device is called while the job goes to
        the disk: that is done before the device can ask for it (`acs.store.verbs.wakes.Wakes.jobs_accepted`).
        """
        device = self._store.resident(device_id)
        if accepting.called or device is None or self._store.neighbours():
            job = await accepting
            if job.state is JobState.QUEUED:
                self._begin_in_time(job)
            return job
        if self._pace.wait(device.client_ip):
            job = await accepting
            self._change(job, wake_at=self._now())
            return job
        accepted: list[Job] = []
        waking = self._wake(device_id, requested_by, lambda: accepted[0].id if accepted else None)
        try:
            accepted.append(await accepting)
        except Exception:
            waking.addErrback(_not_woken)
            raise
        self._follow(accepted[0], waking)
        return accepted[0]

    def _begin_in_time(self, job: Job) -> None:
        device = self._store.resident(job.device)
        if self._pace.wait(device.client_ip if device else ""):
            self._change(job, wake_at=self._now())
        else:
            self._begin(job)

    async def look(self) -> None:
        """Wake the devices for which the time has come; to be called every second or so."""
        free = self._pace.free
        if not free or not self._store.available:
            return
        now = self._now()
        try:
            for job in await self._store.due_wakes(now, now + LEASE, free):
                await self._see_to(job)
        except StoreUnavailable:
            return  # which is told elsewhere; their time comes again

    async def _see_to(self, job: Job) -> None:
        device = await self._store.device(job.device)
        if device is None:
            return
        if wait := self._pace.wait(device.client_ip):
            self._change(job, wake_at=self._now() + wait)
        else:
            self._begin(job)

    def _begin(self, job: Job) -> None:
        if self._waits(job):
            self._follow(job, self._wake(job.device, job.requested_by, lambda: job.id))

    def _wake(self, device_id: str, requested_by: str, job: Callable[[], int | None]) -> Deferred[Wake]:
        return Deferred.fromCoroutine(self._waker.wake(device_id, requested_by=requested_by, job=job))

    def _follow(self, job: Job, waking: Deferred[Wake]) -> None:
        told = waking.addCallbacks(self._told, self._left, callbackArgs=(job,), errbackArgs=(job,))
        told.addErrback(_not_woken)

    def _left(self, reason: Failure, job: Job) -> None:
        """Where the process stops another, or the same once it is back, sees to the job at once."""
        if isinstance(reason.value, NoMoreWaking):
            self._change(job, wake_at=self._now())
        else:
            _not_woken(reason)

    def _told(self, wake: Wake, job: Job) -> None:
        """Say in the job what came of it."""
        tries = job.wake_tries + 1
        again = wait_after(wake.outcome, tries)
        detail = wake.detail
        if again is None and wake.outcome is not WakeOutcome.INFORMED:
            detail = f"{detail}; it waits for the device's next Inform".removeprefix("; ")
        self._change(
            job,
            wake_at=0.0 if again is None else self._now() + again,
            wake_tries=tries,
            wake_method=wake.method,
            wake_outcome=wake.outcome.value,
            wake_detail=detail,
        )

    def _waits(self, job: Job) -> bool:
        """Whether the job still waits, as far as this process knows."""
        try:
            waiting = self._store.open_jobs(job.device)
        except LookupError:
            return True  # not in memory
        return any(each.id == job.id and each.state is JobState.QUEUED for each in waiting)

    def _change(self, job: Job, **changes: Any) -> None:
        try:
            self._store.change_job(job.id, **changes)
        except LookupError:
            log.debug("{device}: the job for which it was woken has ended", device=job.device)


def wait_after(outcome: WakeOutcome, tries: int) -> float | None:
    """Seconds until the next try after so many; None where there is none.

    A device that has called takes the job in that session; it is looked at again in case that is lost.
    """
    if outcome is WakeOutcome.IMPOSSIBLE:
        return None
    waits = WAITS_WHERE_BUSY if outcome is WakeOutcome.BUSY else WAITS
    return waits[tries - 1] if tries <= len(waits) else None


def _not_woken(reason: Failure) -> None:
    """Its time comes again; of a device that was deleted the jobs are gone too."""
    if isinstance(reason.value, StoreError):
        log.warn("a device was not woken: {reason}", reason=reason.getErrorMessage())
    elif not isinstance(reason.value, (LookupError, NoMoreWaking)):
        log.failure("the device of a job could not be woken", reason)
