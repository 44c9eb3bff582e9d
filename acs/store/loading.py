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

_IS_OPEN = "state IN ('queued', 'sent')"
# Most have no open jobs, and to ask for them would take as long again.
_HAS_JOBS = f"EXISTS (SELECT 1 FROM jobs o WHERE o.device = d.key AND o.{_IS_OPEN})"
_DEVICE = f"SELECT {DEVICE_COLUMNS}, {_HAS_JOBS} {DEVICES.source} AND d.id = ?"
_OPEN_JOBS = f"SELECT {JOB_COLUMNS} {JOBS.source} AND j.device = ? AND j.{_IS_OPEN}"


class Loading(Foundation):
    """What the parts share that read devices and jobs."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._locks: WeakValueDictionary[str, DeferredLock] = WeakValueDictionary()
        self._being_brought: set[str] = set()
        """The devices that are being read, of which nobody has said meanwhile that they are changed."""

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
        try:
            while True:
                self._being_brought.add(device_id)
                found = await self._on_disk(device_id, fresh=False)
                if device_id in self._being_brought:
                    break
        finally:
            self._being_brought.discard(device_id)
        if found is None:
            return None
        device, jobs = found
        resident = Resident(device, {job.id: job for job in jobs})
        self._residents.add(resident)
        return resident

    async def _bring_known(self, device_id: str) -> Resident:
        """The same for a device that has to be there; raises LookupError."""
        resident = await self._bring_alone(device_id)
        if resident is None:
            raise LookupError(f"there is no device {device_id}")
        return resident

    async def _on_disk(self, device_id: str, fresh: bool) -> tuple[Device, list[Job]] | None:
        """The device and its open jobs; ``fresh``: with all that was said before."""
        row = await self._row(_DEVICE, device_id, fresh=fresh)
        if row is None:
            return None
        device, has_jobs = read_device(row), row[-1]
        jobs = await self._rows(_OPEN_JOBS, device.key, fresh=False) if has_jobs else []
        return device, [self._read_job(job) for job in jobs]

    async def _renewed(self, resident: Resident) -> Resident | None:
        """Read a device anew that another process has changed; None where that has forgotten it."""
        device_id = resident.record.id
        await self._settling.settle()
        while True:
            resident.stale, touched = False, resident.touched
            try:
                found = await self._on_disk(device_id, fresh=True)
            except StoreError:
                resident.stale = True
                raise
            # What is changed meanwhile, here or elsewhere, is not in what was read.
            if not resident.stale and resident.touched == touched:
                break
        if found is None:
            self._residents.remove(device_id)
            return None
        self._residents.renew(resident, *found)
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
