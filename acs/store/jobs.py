"""Jobs: accepted on disk, those that are open kept in memory beside their device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from acs.store.database import Statement
from acs.store.foundation import changing
from acs.store.happenings import Topic
from acs.store.ids import as_text, of_node
from acs.store.interface import JobNotQueued, Query, StoreError
from acs.store.listing.listings import JOB_COLUMNS, JOB_SHAPE, JOBS, SEALED_OF_JOB
from acs.store.neighbours import Neighbours
from acs.store.records import Job, JobState, Page
from acs.store.residents import Resident
from acs.store.verbs.putting_away import JobNotFailed

_COLUMNS = ("device", "fingerprint", *SEALED_OF_JOB, *JOB_SHAPE.names)
# The same job said again makes the queued one urgent if it is, and lasts as long as the longer of both.
_INSERT = f"""
INSERT INTO jobs ({", ".join(_COLUMNS)}) VALUES ({", ".join("?" * len(_COLUMNS))})
ON CONFLICT (device, fingerprint) WHERE state = 'queued' DO UPDATE SET
    urgent = jobs.urgent | excluded.urgent,
    expires = CASE WHEN jobs.expires > excluded.expires THEN jobs.expires
        WHEN jobs.expires IS NULL THEN NULL ELSE excluded.expires END,
    wake_at = CASE WHEN excluded.wake_at > 0 THEN excluded.wake_at ELSE jobs.wake_at END
RETURNING id, urgent, expires, wake_at"""
# A job that goes back to the queue, where an identical one has come to stand meanwhile, is no longer the same
# as that.
_APART = """
UPDATE jobs SET fingerprint = ? WHERE id = ? AND EXISTS (
    SELECT 1 FROM jobs AS other WHERE other.device = jobs.device AND other.fingerprint = jobs.fingerprint
        AND other.state = 'queued' AND other.id <> jobs.id)"""
_BY_ID = f"SELECT {JOB_COLUMNS} {JOBS.source} AND j.id = ?"
_LEFT_SENT = (
    f"SELECT {JOB_COLUMNS} {JOBS.source} AND j.state = 'sent' AND j.result IS NULL"
    f" AND {of_node('j.session')} = ? ORDER BY j.id"
)
_COUNT_OPEN = "SELECT state, count(*) FROM jobs WHERE state IN ('queued', 'sent') GROUP BY state"
_SEND = (
    "UPDATE jobs SET state = 'sent', sent = ?, session = ?, attempts = ? WHERE id = ? AND state = 'queued'"
    " RETURNING id"
)
_CANCEL = "UPDATE jobs SET state = 'cancelled', ended = ? WHERE id = ? AND state = 'queued' RETURNING id"
_PUT_AWAY = "UPDATE jobs SET state = 'cancelled' WHERE id = ? AND state = 'failed' RETURNING id"


class Jobs(Neighbours):
    """The verbs about jobs (`acs.store.interface.Store`)."""

    async def add_job(self, job: Job) -> Job:
        """Accept a job, on disk when this returns; an identical queued one (device, RPC, arguments) is
        returned instead, made urgent if the new one is, and expiring with the later of both.

        Its device is brought into memory; raises LookupError for an unknown one, `StoreError` for arguments
        that are not JSON.
        """
        async with self._alone(job.device):
            resident = await self._bring_known(job.device)
            self._settling.changed(resident)
            inserting = self._inserting(resident.device.key, job)
            rows = await self._groups.write(inserting, *self._telling(job.device))
            number, urgent, expires, wake_at = rows[0]
            queued = job if number == job.id else resident.jobs.get(number)
            if queued is not None:
                queued = replace(queued, urgent=bool(urgent), expires=expires, wake_at=wake_at)
                self._residents.put_job(resident, queued)
                self._tell_of_job(queued)
        return queued or await self._known_job(number)

    def open_jobs(self, device_id: str) -> tuple[Job, ...]:
        """Queued and sent jobs of a resident device, urgent ones first, then by age; LookupError for
        another."""
        jobs = self._resident(device_id).jobs
        if not jobs:
            return ()
        return tuple(sorted(jobs.values(), key=lambda job: (not job.urgent, job.created, job.id)))

    def has_urgent_job(self, device_id: str) -> bool:
        """Whether an urgent job waits for a device that is in memory; never waits."""
        resident = self._residents.glance(device_id)
        return resident is not None and any(
            job.urgent and job.state is JobState.QUEUED for job in resident.jobs.values()
        )

    def change_job(self, job_id: int, **changes: Any) -> Job:
        """Change fields of an open job of a resident device; a job that ends leaves `open_jobs`.

        Raises LookupError for any other job.
        """
        resident = self._having(job_id)
        before = resident.jobs[job_id]
        different = {name: value for name, value in changes.items() if getattr(before, name) != value}
        if not different:
            return before
        job = replace(before, **different)
        columns = {name: self._job_column(job_id, name, value) for name, value in different.items()}
        statements = [changing("jobs", "id", job_id, columns)]
        if different.get("state") is JobState.QUEUED:
            statements.insert(0, Statement(_APART, (job_id.to_bytes(8, "big"), job_id)))
        self._groups.behind(*statements, *self._telling(job.device))
        self._residents.put_job(resident, job)
        self._settling.changed(resident)
        self._tell_of_job(job, came="state" in different)
        return job

    async def send_job(self, job_id: int, when: float, session: int) -> Job | None:
        """Take a queued job of a resident device, to send it in this session; on disk when this returns.

        None where it is not queued any more: somebody else has cancelled or sent it.  Raises LookupError for
        a job that is not in memory.
        """
        resident = self._having(job_id)
        job = resident.jobs[job_id]
        sent = replace(job, state=JobState.SENT, sent=when, session=session, attempts=job.attempts + 1)
        # At once, lest a session that is lost while this waits for the disk leave it as it was.
        self._residents.put_job(resident, sent)
        self._settling.changed(resident)
        sending = Statement(_SEND, (when, session, sent.attempts, job_id))
        try:
            there = await self._groups.write(sending, *self._telling(job.device))
        except StoreError:
            # Whether it was taken nobody knows: the database will tell.
            self._residents.put_job(resident, job)
            resident.stale = True
            raise
        if there:
            self._tell_of_job(sent)
            return sent
        resident.stale = True
        await self._bring(job.device)
        return None

    async def cancel_job(self, job_id: int, when: float) -> Job:
        """Cancel a queued job, on disk when this returns.

        Raises LookupError for an unknown one, `JobNotQueued` for one that has gone out or ended.
        """
        job = await self._known_job(job_id)
        async with self._alone(job.device):
            resident = await self._bring_alone(job.device)
            job = await self._known_job(job_id)
            if job.state is not JobState.QUEUED or resident is None:
                raise JobNotQueued(job)
            cancelled = replace(job, state=JobState.CANCELLED, ended=when)
            # At once, lest a session send it while this waits for the disk.
            self._residents.put_job(resident, cancelled)
            self._settling.changed(resident)
            try:
                there = await self._groups.write(
                    Statement(_CANCEL, (when, job_id)), *self._telling(job.device)
                )
            except StoreError:
                self._residents.put_job(resident, job)
                raise
        if not there:
            resident.stale = True
            raise JobNotQueued(await self._known_job(job_id))
        self._tell_of_job(cancelled)
        return cancelled

    async def put_job_away(self, job_id: int) -> Job:
        """Have a failed job looked at no more: it is cancelled, on disk when this returns, and keeps its
        fault.

        Raises LookupError for an unknown one, `JobNotFailed` for any other.
        """
        job = await self._known_job(job_id)
        if job.state is not JobState.FAILED or not await self._groups.write(Statement(_PUT_AWAY, (job_id,))):
            raise JobNotFailed(await self._known_job(job_id))
        cancelled = replace(job, state=JobState.CANCELLED)
        self._tell_of_job(cancelled)
        return cancelled

    async def job(self, job_id: int) -> Job | None:
        """A job, open or ended."""
        resident = self._residents.of_job(job_id)
        if resident is not None and not resident.stale:
            return resident.jobs[job_id]
        row = await self._row(_BY_ID, job_id)
        return None if row is None else self._read_job(row)

    async def jobs(self, query: Query) -> Page[Job]:
        """Jobs, the newest first where no order is asked for (`acs.store.listing.listings.JOBS`)."""
        asked, rows = await self._ask(JOBS, query)
        return asked.page(rows, self._read_job)

    async def open_job_counts(self) -> Mapping[str, int]:
        """How many jobs of all devices are queued, and sent, by the state's name."""
        counted = {state.value: 0 for state in JobState if state.open}
        return counted | dict(await self._rows(_COUNT_OPEN))

    async def jobs_left_sent(self, node: int) -> Sequence[Job]:
        """Jobs whose RPC went out in a session of this node and was not answered, of all devices: where the
        node has just started, or is dead, those of lost sessions."""
        return [self._read_job(row) for row in await self._rows(_LEFT_SENT, node)]

    def _tell_of_job(self, job: Job, came: bool = True) -> None:
        """The job has changed; ``came``: to its state."""
        self.measured.jobs[job.state] += came
        self._tell_of(Topic.JOB, job.state, job.device, job)

    def _having(self, job_id: int) -> Resident:
        """The device in memory that has this open job; raises LookupError."""
        resident = self._residents.of_job(job_id)
        if resident is None:
            raise LookupError(f"there is no open job {as_text(job_id)} in memory")
        return resident

    async def _known_job(self, job_id: int) -> Job:
        job = await self.job(job_id)
        if job is None:
            raise LookupError(f"there is no job {as_text(job_id)}")
        return job

    def _inserting(self, device: int, job: Job) -> Statement:
        fingerprint = self._vault.fingerprint([job.rpc, job.arguments])
        sealed = [self._job_column(job.id, name, getattr(job, name)) for name in SEALED_OF_JOB]
        return Statement(_INSERT, (device, fingerprint, *sealed, *JOB_SHAPE.values(job)))

    def _job_column(self, job_id: int, name: str, value: object) -> Any:
        purpose = SEALED_OF_JOB.get(name)
        if purpose is None:
            return JOB_SHAPE.value(name, value)
        return None if value is None else self._vault.close_document(value, purpose, job_id)
