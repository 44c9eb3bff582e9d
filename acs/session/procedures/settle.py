"""Events that tell how an RPC of ours ended: `M Reboot` and its relatives bring its CommandKey back."""

from __future__ import annotations

from acs.session.visit import Visit
from acs.store.records import JobState

_ENDED_BY = {"M Reboot": "Reboot", "M ScheduleInform": "ScheduleInform"}


def settle(visit: Visit) -> None:
    """A job whose answer was lost with its session is done after all, if the device did what it was asked."""
    if _ENDED_BY.keys().isdisjoint(visit.cpe.events.codes):
        return
    told = [(_ENDED_BY.get(event.EventCode), event.CommandKey) for event in visit.cpe.inform.Event]
    for job in visit.store.open_jobs(visit.device_id):
        if job.state is JobState.SENT and (job.rpc, job.command_key) in told:
            visit.store.change_job(job.id, state=JobState.DONE, ended=visit.now(), uncertain=False)
