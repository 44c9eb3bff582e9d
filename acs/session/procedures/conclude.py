"""What became of the firmware that a device was told to fetch: the version that it runs tells."""

from __future__ import annotations

from typing import Any

from acs.session.files import is_firmware
from acs.session.jobs import answered
from acs.session.software import HOLD_OFF, was_in_vain
from acs.session.visit import Visit
from acs.store.records import Job, JobState

GIVE_UP = 3 * 3600.0
"""Seconds after which a transfer that nobody tells the end of is taken to have failed."""
GRACE = HOLD_OFF
"""Seconds for which a device that has told a good end may go on running what it ran: some restart then."""


def conclude(visit: Visit) -> None:
    """End the jobs that have brought the device a version, as its Inform says, and those that will not.

    Where this session is to bring a TransferComplete, that has its say first.
    """
    for job in filter(is_firmware, visit.store.open_jobs(visit.device_id)):
        if job.state is JobState.QUEUED and job.automatic:
            _withdraw(visit, job)
        elif job.state is JobState.SENT and job.session != visit.cpe.record.id:
            _conclude(visit, job, visit.files.versions_of(job))


def _withdraw(visit: Visit, job: Job) -> None:
    """Cancel what an earlier session did not come to: whether it is still due is asked anew, and it was no
    try."""
    _end(visit, job, {"state": JobState.CANCELLED})
    tries = max(0, visit.device.firmware_tries - 1)
    visit.store.change_device(visit.device_id, firmware_tries=tries, firmware_tried_at=0.0)


def _conclude(visit: Visit, job: Job, versions: tuple[str, ...]) -> None:
    device, now, sent = visit.device, visit.now(), job.sent or 0.0
    if device.software_version in versions:
        changed = device.software_changed_at >= sent
        if (changed or told(job)) and not visit.cpe.events.transferred:
            _end(visit, job, {"state": JobState.DONE})
    elif versions and told(job):
        if now >= max(sent, device.firmware_tried_at) + GRACE:
            said = f"the device reports success, and runs {device.software_version or 'nobody knows what'}"
            _failed(visit, job, f"{said}, not {versions[0]}")
    elif now >= _latest(job, sent) + GIVE_UP and (versions or not job.uncertain):
        if not versions and device.software_changed_at >= sent:
            _end(visit, job, {"state": JobState.DONE})
        else:
            _failed(visit, job, f"its end was never told, and the device runs {device.software_version}")


def told(job: Job) -> bool:
    """Whether the device has said that all went well: at once, or with a TransferComplete."""
    result = job.result or {}
    return "FaultStruct" in result or (answered(job) and result.get("Status") == 0)


def _latest(job: Job, sent: float) -> float:
    """When the device may begin at the latest."""
    windows = job.arguments.get("TimeWindowList") or ()
    later = max((window["WindowEnd"] for window in windows), default=job.arguments.get("DelaySeconds") or 0)
    return sent + float(later)


def _failed(visit: Visit, job: Job, reason: str) -> None:
    _end(visit, job, {"state": JobState.FAILED, "fault": {"FaultCode": 0, "FaultString": reason}})
    was_in_vain(visit.store, job, reason)


def _end(visit: Visit, job: Job, how: dict[str, Any]) -> None:
    visit.store.change_job(job.id, ended=visit.now(), uncertain=False, **how)
