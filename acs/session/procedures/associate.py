"""A device that is assigned to another record of the operator's begins anew, if he wants that.

What it has of its last place would else stay with it: it is reset, and then configured as any device from the
factory.
"""

from __future__ import annotations

from acs.session import jobs
from acs.session.visit import Visit
from acs.store.records import Device, JobState

RPC = "FactoryReset"


async def associate(visit: Visit, before: Device) -> None:
    """Have the device reset where its record is another than ``before`` this session, unless it was just
    reset; a reset that waits has then become needless."""
    if visit.cpe.events.bootstrap:
        _drop_pending(visit)
        return
    device = visit.device
    is_other = device.related_device != before.related_device or not before.related_digest
    if not (visit.operator.resets and visit.verified and visit.related is not None and is_other):
        return
    await jobs.accept(
        visit.store,
        visit.now(),
        device.id,
        RPC,
        {},
        reason=f"assigned to {device.related_device}",
        urgent=True,
        automatic=True,
    )


def _drop_pending(visit: Visit) -> None:
    if not visit.resident.jobs:
        return
    for job in visit.store.open_jobs(visit.device_id):
        if job.rpc == RPC and job.automatic and job.state is JobState.QUEUED:
            visit.store.change_job(job.id, state=JobState.CANCELLED, ended=visit.now())
