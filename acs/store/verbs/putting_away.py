"""The verb by which a person has done with a job that failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from acs.store.records import Job


@dataclass
class JobNotFailed(Exception):
    """A job that has not failed cannot be put away."""

    job: Job

    def __str__(self) -> str:
        return f"the job is {self.job.state.value}"


class PuttingAway(Protocol):
    """A part of `acs.store.interface.Store`."""

    async def put_job_away(self, job_id: int) -> Job:
        """Have a failed job looked at no more: it is cancelled, on disk when this returns, and keeps its
        fault; raises LookupError for an unknown one, `JobNotFailed` for any other."""
