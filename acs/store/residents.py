"""The devices in memory, with their open jobs: the truth while they are there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import asdict, replace

from acs.store.records import Device, Job

_LOOKED_AT = 8


class Presence(Struct, frozen=True, gc=False):
    """What each session changes of its device."""

    last_inform: float | None
    inform_count: int
    last_session_result: str
    client_ip: str
    client_ip_verified: bool


@dataclass(slots=True, eq=False)
class Resident:
    """A device in memory, with its open jobs.  Who has pinned it may read both at any time, and changes them
    by the verbs of the store alone.

    ``record`` is the device but for the ``presence`` that its sessions have brought since: the one to look at
    in each session, as making a new record for each would cost more than all else that is done with it.

    ``gone``: it was deleted.  ``stale``: another process has changed it, so that it has to be read anew
    before it is used.  ``home`` is the node that the device called last, -1 where that is not known, and
    ``called`` when that was. ``unfinished`` and ``configuring`` are for the sessions: the reading of a tree,
    and the configuring, that one of them has begun and a later one is to end. ``touched`` numbers its last
    change among all changes of all devices; ``counted`` is the last session that its presence counts;
    ``told`` the group (`acs.store.groups`) that its parameters were last written with; ``pins`` says how many
    need it to stay.  ``edition`` counts how often it has become another than it was, but for its presence;
    ``routine`` is for the sessions: what they come to while it does not.
    """

    record: Device
    jobs: dict[int, Job] = field(default_factory=dict)
    pins: int = 0
    touched: int = 0
    counted: int = 0
    told: int = 0
    gone: bool = False
    stale: bool = False
    home: int = -1
    called: float = 0.0
    unfinished: object = None
    configuring: object = None
    edition: int = 0
    routine: object = None
    presence: Presence | None = None

    @property
    def device(self) -> Device:
        """The device as it is now known."""
        if self.presence is not None:
            self.record = replace(self.record, **asdict(self.presence))
            self.presence = None
        return self.record

    @device.setter
    def device(self, device: Device) -> None:
        self.record, self.presence = device, None
        self.edition += 1


class Residents:
    """Resident devices by id, at most ``limit`` of them beside those that must stay.

    A device stays while it is pinned, and until what was last changed in it is *settled*: on disk, and its
    sessions counted there too, so that the database gives back what memory held.  Of the others, those that
    have been of no use for the longest time go first.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._by_id: OrderedDict[str, Resident] = OrderedDict()
        self._device_of_job: dict[int, str] = {}
        self._settled = 0
        self.changes = 0

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, device_id: str) -> Resident | None:
        """The resident of this id, which becomes the most recently used."""
        resident = self._by_id.get(device_id)
        if resident is not None:
            self._by_id.move_to_end(device_id)
        return resident

    def glance(self, device_id: str) -> Resident | None:
        """The same, and it counts as no use."""
        return self._by_id.get(device_id)

    def all(self) -> Sequence[Resident]:
        """Every one."""
        return tuple(self._by_id.values())

    def renew(self, resident: Resident, device: Device, jobs: Iterable[Job]) -> None:
        """What was read of it anew replaces what was known; its presence is the later of both."""
        known = resident.device
        if (known.last_inform or 0.0) > (device.last_inform or 0.0):
            device = replace(device, **{name: getattr(known, name) for name in Presence.__struct_fields__})
        for number in resident.jobs:
            self._device_of_job.pop(number, None)
        resident.device, resident.jobs, resident.stale = device, {job.id: job for job in jobs}, False
        for number in resident.jobs:
            self._device_of_job[number] = device.id

    def of_job(self, job_id: int) -> Resident | None:
        """The resident that has this open job."""
        device_id = self._device_of_job.get(job_id)
        return None if device_id is None else self._by_id.get(device_id)

    def add(self, resident: Resident) -> None:
        """Take in a device under its id."""
        resident.gone = False
        self._by_id[resident.record.id] = resident
        for job_id in resident.jobs:
            self._device_of_job[job_id] = resident.record.id
        self._make_room()

    def remove(self, device_id: str) -> None:
        """Forget a device, where it is here."""
        resident = self._by_id.pop(device_id, None)
        if resident is not None:
            resident.gone = True
            for job_id in resident.jobs:
                self._device_of_job.pop(job_id, None)

    def touch(self, resident: Resident) -> None:
        """Note that the device has changed."""
        self.changes += 1
        resident.touched = self.changes

    def settle(self, change: int) -> None:
        """Note that all changes up to this number are settled."""
        self._settled = max(self._settled, change)

    def put_job(self, resident: Resident, job: Job) -> None:
        """Keep an open job as it now is; an ended one is forgotten."""
        if job.state.open:
            resident.jobs[job.id] = job
            self._device_of_job[job.id] = resident.record.id
        else:
            resident.jobs.pop(job.id, None)
            self._device_of_job.pop(job.id, None)

    def rename(self, resident: Resident, device: Device) -> None:
        """Let a resident be ``device``, which has another id."""
        self.remove(resident.record.id)
        resident.device = device
        resident.jobs = {number: replace(job, device=device.id) for number, job in resident.jobs.items()}
        self.add(resident)

    def _make_room(self) -> None:
        # At each arrival a few are looked at, so that none takes long; those in use then wait for the others.
        for _ in range(min(_LOOKED_AT, len(self._by_id) - self._limit)):
            device_id, resident = next(iter(self._by_id.items()))
            if resident.pins or resident.touched > self._settled:
                self._by_id.move_to_end(device_id)
            else:
                self.remove(device_id)
