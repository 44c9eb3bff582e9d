"""What became of RPCs of earlier sessions: some events tell that they were done, the others are lost."""

from __future__ import annotations

from acs.session.jobs import left_by_lost_session, unanswered
from acs.session.procedures.conclude import conclude
from acs.session.visit import Visit
from acs.store.records import JobState

_ENDED_BY = {"M Reboot": "Reboot", "M ScheduleInform": "ScheduleInform"}


def settle(visit: Visit) -> None:
    """Settle the jobs that earlier sessions left."""
    if visit.resident.jobs:
        _settle_told(visit)
        _settle_lost(visit)
        conclude(visit)


def _settle_told(visit: Visit) -> None:
    """A job whose answer was lost with its session is done after all, if the device did what it was asked."""
    if _ENDED_BY.keys().isdisjoint(visit.cpe.events.codes):
        return
    told = [(_ENDED_BY.get(event.EventCode), event.CommandKey) for event in visit.cpe.inform.Event]
    for job in visit.store.open_jobs(visit.device_id):
        if job.state is JobState.SENT and (job.rpc, job.command_key) in told:
            visit.store.change_job(job.id, state=JobState.DONE, ended=visit.now(), uncertain=False)


def _settle_lost(visit: Visit) -> None:
    """A device has one session at a time, and this one has sent nothing yet: what was sent, and nobody has
    answered, was lost with another.

    Mostly that is known already.  It is not where the database broke off as the job was taken, and nobody can
    say whether it was.
    """
    for job in visit.store.open_jobs(visit.device_id):
        if unanswered(job):
            visit.store.change_job(job.id, **left_by_lost_session(job, visit.now()))
