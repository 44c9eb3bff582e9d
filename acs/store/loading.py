"""Bringing a device into memory with its open jobs, one thing at a time for each device."""

from __future__ import annotations

from weakref import WeakValueDictionary

from twisted.internet.defer import DeferredLock

from acs.store.database import Row
from acs.store.foundation import Foundation, Parts
from acs.store.interface import StoreError
from acs.store.listing.listings import (
    DEVICE_COLUMNS,
    DEVICE_SHAPE,
    DEVICES,
    JOB_COLUMNS,
    JOB_SHAPE,
    JOBS,
    PRESENCE_SHAPE,
    SEALED_OF_JOB,
)
from acs.store.records import Device, Job
from acs.store.residents import Resident

_DEVICE = f"SELECT {DEVICE_COLUMNS} {DEVICES.source} AND d.id = ?"
_OPEN_JOBS = f"SELECT {JOB_COLUMNS} {JOBS.source} AND j.device = ? AND j.state IN ('queued', 'sent')"


class Loading(Foundation):
    """What the parts share that read devices and jobs."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._locks: WeakValueDictionary[str, DeferredLock] = WeakValueDictionary()

    def _alone(self, device_id: str) -> DeferredLock:
        """Held (``async with``) by what must not meet a load, a change of identity or another of its kind
        half-way."""
        return self._locks.setdefault(device_id, DeferredLock())

    async def _bring(self, device_id: str) -> Resident | None:
        """The device, brought into memory where it is not yet, or not as it is now."""
        resident = self._residents.get(device_id)
        if resident is None or resident.stale:
            async with self._alone(device_id):
                resident = await self._bring_alone(device_id)
        return resident

    async def _bring_alone(self, device_id: str) -> Resident | None:
        """The same for one that holds the lock."""
        resident = self._residents.get(device_id)
        if resident is not None:
            return await self._renewed(resident) if resident.stale else resident
        # Nothing else of a device that is not in memory is still unwritten: there is no more to wait for.
        await self._settling.settle_for(device_id)
        row = await self._row(_DEVICE, device_id, fresh=False)
        if row is None:
            return None
        device = read_device(row)
        resident = Resident(device, {job.id: job for job in await self._open_jobs_of(device)})
        self._residents.add(resident)
        return resident

    async def _bring_known(self, device_id: str) -> Resident:
        """The same for a device that has to be there; raises LookupError."""
        resident = await self._bring_alone(device_id)
        if resident is None:
            raise LookupError(f"there is no device {device_id}")
        return resident

    async def _open_jobs_of(self, device: Device) -> list[Job]:
        return [self._read_job(row) for row in await self._rows(_OPEN_JOBS, device.key, fresh=False)]

    async def _renewed(self, resident: Resident) -> Resident | None:
        """Read a device anew that another process has changed; None where that has forgotten it."""
        device_id = resident.record.id
        await self._settling.settle()
        while True:
            resident.stale, touched = False, resident.touched
            try:
                row = await self._row(_DEVICE, device_id)
                device = None if row is None else read_device(row)
                jobs = [] if device is None else await self._open_jobs_of(device)
            except StoreError:
                resident.stale = True
                raise
            # What is changed meanwhile, here or elsewhere, is not in what was read.
            if not resident.stale and resident.touched == touched:
                break
        if device is None:
            self._residents.remove(device_id)
            return None
        self._residents.renew(resident, device, jobs)
        return resident

    def _read_job(self, row: Row) -> Job:
        """The job that a row of `JOB_COLUMNS` holds."""
        fields = JOB_SHAPE.fields(row[1 + len(SEALED_OF_JOB) :])
        for (name, purpose), sealed in zip(SEALED_OF_JOB.items(), row[1:], strict=False):
            fields[name] = (
                None if sealed is None else self._vault.open_document(sealed, purpose, fields["id"])
            )
        return Job(device=row[0], **fields)


def read_device(row: Row) -> Device:
    """The device that a row of `DEVICE_COLUMNS` holds."""
    return Device(**DEVICE_SHAPE.fields(row), **PRESENCE_SHAPE.fields(row[len(DEVICE_SHAPE.names) :]))
