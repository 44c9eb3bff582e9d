"""A device is brought to the firmware that is wanted of it (DESIGN: "firmware").

It is told to fetch an image, and that has served when the device says that it runs its version; what it says
of the transfer decides nothing.  Who never gets there is left alone after a few tries, and an alarm tells.
"""

from __future__ import annotations

from twisted.logger import Logger

from acs.firmware.image import FIRMWARE, Image
from acs.session import jobs
from acs.session.desired import Desired
from acs.session.files import is_firmware, url_of
from acs.session.procedures.run_jobs import run_jobs
from acs.session.software import (
    GIVEN_UP,
    LONGEST_PROBLEM,
    NoWay,
    end_trouble,
    is_time,
    most_tries,
    next_image,
    runs,
    tries_so_far,
    was_in_vain,
)
from acs.session.visit import Visit
from acs.store.records import Job, JobState
from acs.store.records.alarms import AlarmKind

log = Logger()


async def upgrade(visit: Visit, desired: Desired) -> bool:
    """Have the device fetch what it is to run, if it is verified and does not run it; True if the session
    should end now.

    Not in a session that tells of a transfer: what that has brought, the device may not run yet.
    """
    device, wanted = visit.device, desired.software(visit.device).value
    if not wanted or runs(visit.files, device, wanted):
        end_trouble(visit.store, visit.device_id)
        return False
    if not visit.verified or visit.cpe.events.transferred or _under_way(visit):
        return False
    paths = desired.profiles.of(device).upgrade_paths
    try:
        image = next_image(visit.files, device, wanted, paths)
    except NoWay as why:
        _stop(visit, why.kind, str(why))
        return False
    tries = tries_so_far(device, wanted, visit.now())
    if tries >= most_tries(wanted, paths):
        if not device.firmware_problem.startswith(GIVEN_UP):
            reason = device.firmware_problem or f"it does not stay at {wanted}"
            _stop(visit, AlarmKind.FIRMWARE_FAILED, f"{GIVEN_UP}{tries} downloads, of the last: {reason}")
        return False
    if not (is_time(device, tries, visit.now()) and visit.cpe.may_ask):
        return False
    return await _fetch(visit, wanted, image, tries)


async def _fetch(visit: Visit, wanted: str, image: Image, tries: int) -> bool:
    """Have it fetch the image, in this session; the try is counted before it is made."""
    end_trouble(visit.store, visit.device_id)
    visit.store.change_device(
        visit.device_id, firmware_tried=wanted, firmware_tries=tries + 1, firmware_tried_at=visit.now()
    )
    job = await jobs.accept(
        visit.store,
        visit.now(),
        visit.device_id,
        "Download",
        {"FileType": FIRMWARE, "URL": url_of(image)},
        reason=f"firmware {image.version}",
        urgent=True,
        automatic=True,
    )
    ends = await run_jobs(visit, urgent=True)
    now = await visit.store.job(job.id)
    if now is not None and now.state is JobState.FAILED:
        was_in_vain(visit.store, now, _why(now))
        if now.sent is None:  # it was not the device that would not: that is no try of its
            visit.store.change_device(visit.device_id, firmware_tries=tries)
    return ends


def _why(job: Job) -> str:
    fault = job.fault or {}
    code, words = fault.get("FaultCode"), str(fault.get("FaultString", ""))
    return f"fault {code} {words}".rstrip() if code else words


def _under_way(visit: Visit) -> bool:
    """Whether firmware is on its way to the device, or waits to be, as a person has said."""
    return bool(visit.resident.jobs) and any(map(is_firmware, visit.store.open_jobs(visit.device_id)))


def _stop(visit: Visit, kind: AlarmKind, reason: str) -> None:
    """Leave it as it is, and have a person look at it."""
    reason = reason[:LONGEST_PROBLEM]
    if visit.device.firmware_problem == reason:
        return
    end_trouble(visit.store, visit.device_id)
    visit.store.change_device(visit.device_id, firmware_problem=reason)
    visit.store.raise_alarm(kind, reason, visit.device_id)
    visit.cpe.record.remark(f"firmware: {reason}")
    log.warn("{device}: firmware: {reason}", **visit.about, reason=reason)
