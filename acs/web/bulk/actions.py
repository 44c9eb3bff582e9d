"""What can be done to many devices, each as the function that does it to one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from acs.configuration.levels import level_at, level_of
from acs.session.jobs import AcceptJob, UnknownDevice
from acs.session.software import begin_anew
from acs.store.interface import Store
from acs.store.records import Device
from acs.store.records.wakes import Wake, WakeOutcome
from acs.web.serving.schema import JSON, moment

UNKNOWN = "there is no device with this id"
MOST_TAGS = 64

Act = Callable[[str], Awaitable[str]]
"""Does it to the device of an id; why it cannot be, "" where it is done."""

_WOKEN = frozenset({WakeOutcome.INFORMED, WakeOutcome.ACCEPTED})


Forget = Callable[[str], Awaitable[bool]]
"""Forgets the device of an id, with all that is kept of it; False where there is none."""


@dataclass(frozen=True, slots=True)
class Actions:
    """What they are done with: ``wake`` wakes a device when it is its turn, ``forget`` forgets one, ``now``
    gives seconds since 1970."""

    store: Store
    now: Callable[[], float]
    accept_job: AcceptJob
    wake: Callable[[str], Awaitable[Wake]]
    forget: Forget

    def of(self, action: str, wanted: Mapping[str, JSON], who: str) -> Act:
        """The function that does this for somebody; ``wanted`` is the body of the request."""
        doing: Mapping[str, Act] = {
            "job": partial(self._queue, wanted.get("job", {}), who),
            "wake": self._wake,
            "refresh": partial(self._change, {"full_read_requested": True, "full_read_failures": 0}),
            "patch": partial(self._patch, wanted.get("patch", {})),
            "reconfigure": partial(self._change, {"desired_config_level": level_at(self.now())}),
            "delete": self._delete,
        }
        return doing[action]

    async def _queue(self, job: Mapping[str, JSON], who: str, device_id: str) -> str:
        how = {"reason": job.get("reason", ""), "urgent": job.get("urgent", False)}
        try:
            await self.accept_job(device_id, job["rpc"], job.get("arguments", {}), requested_by=who, **how)
        except UnknownDevice:
            return UNKNOWN
        return ""

    async def _wake(self, device_id: str) -> str:
        try:
            woken = await self.wake(device_id)
        except LookupError:
            return UNKNOWN
        return "" if woken.outcome in _WOKEN else f"{woken.outcome.value}: {woken.detail}"

    async def _change(self, changes: Mapping[str, Any], device_id: str) -> str:
        if await self.store.device(device_id) is None:
            return UNKNOWN
        self.store.change_device(device_id, **changes)
        return ""

    async def _patch(self, patch: Mapping[str, JSON], device_id: str) -> str:
        device = await self.store.device(device_id)
        if device is None:
            return UNKNOWN
        changes = _changes(device, patch)
        if len(changes.get("tags", ())) > MOST_TAGS:
            return f"it would have more than {MOST_TAGS} tags"
        if "desired_software_version" in patch:
            begin_anew(self.store, device_id)
        self.store.change_device(device_id, **changes)
        return ""

    async def _delete(self, device_id: str) -> str:
        return "" if await self.forget(device_id) else UNKNOWN


def _changes(device: Device, patch: Mapping[str, JSON]) -> dict[str, Any]:
    """The fields of a device's record that a patch sets."""
    changes = {name: value or "" for name, value in patch.items() if name != "tags"}
    if level := changes.get("desired_config_level"):
        changes["desired_config_level"] = level_of(moment(level))
    if "tags" in patch:
        gone = patch["tags"].get("remove", ())
        kept = [tag for tag in device.tags if tag not in gone]
        changes["tags"] = tuple(dict.fromkeys([*kept, *patch["tags"].get("add", ())]))
    return changes
