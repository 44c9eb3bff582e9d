"""What is known of a device's parameters, while a session adds to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from operator import attrgetter

from msgspec.structs import replace

from acs.configuration.comparing import same
from acs.cwmp.values import ParameterAttributeStruct, ParameterInfoStruct, ParameterValueStruct
from acs.store.interface import Change, Store
from acs.store.records import Parameter

LONGEST_INTERVAL = 366 * 86400
"""Seconds between two Informs of a device, at the most that makes sense."""

_INTERVAL = "ManagementServer.PeriodicInformInterval"
_ENABLE = "ManagementServer.PeriodicInformEnable"
_NUMBER = re.compile("[0-9]{1,10}", re.ASCII)
_UNKNOWN = Parameter("")
_NAME = attrgetter("Name")
_Named = ParameterInfoStruct | ParameterValueStruct


class ParameterTree:
    """The parameters of one device by name: loaded when first needed, kept when asked to if anything was
    learnt.

    Most of what a device tells is what it told before: that is looked at first, of each, and goes no further.

    :ivar changed: the parameters whose values are not those that were known, or which are gone, though that
        was not our doing; each with what it was.
    """

    __slots__ = ("changed", "_store", "_device_id", "_session", "_known", "_noted", "_learnt")

    def __init__(self, store: Store, device_id: str, session: int) -> None:
        self._store = store
        self._device_id = device_id
        self._session = session
        self._known: dict[str, Parameter] | None = None
        self._noted: dict[str, Parameter] = {}
        self._learnt = False
        self.changed: dict[str, str | None] = {}

    async def load(self) -> dict[str, Parameter]:
        """All that is known, by name."""
        if self._known is None:
            self._known = await self._store.parameters(self._device_id)
            noted, self._noted = self._noted, {}
            for each in noted.values():
                old = self._known.get(each.name) or Parameter(each.name)
                self._known[each.name] = old.with_value(each.value, each.type, each.updated)
                self._learnt = True
        return self._known

    async def learn_values(
        self, values: Iterable[ParameterValueStruct], now: float, ours: bool = False
    ) -> None:
        """Values and types that the device told (``ours``: or took, in a set that it confirmed)."""
        if ours and self._known is None:
            self._note((value for value in values if not value.Name.endswith(".")), now)
            return
        known = await self.load()
        for value in values:
            last = known.get(value.Name, _UNKNOWN)
            if last.value == value.Value and last.type == value.Type:
                continue
            if value.Name.endswith("."):
                continue
            old = known.get(value.Name) or Parameter(value.Name)
            new = old.with_value(value.Value, value.Type, now)
            if new is not old:
                known[value.Name] = new
                self._learnt = True
                if not (ours or old.value is None or same(old.value, value.Value, new.type)):
                    self.changed.setdefault(value.Name, old.value)

    def _note(self, values: Iterable[ParameterValueStruct], now: float) -> None:
        """Values that we have set: what they were only the store has to know, unless they tell more."""
        for value in values:
            old = self._noted.get(value.Name) or Parameter(value.Name)
            self._noted[value.Name] = old.with_value(value.Value, value.Type, now)

    async def learn_names(self, names: Iterable[ParameterInfoStruct], now: float) -> None:
        """Names and whether they may be written."""
        known = await self.load()
        for info in names:
            if known.get(info.Name, _UNKNOWN).writable is info.Writable:
                continue
            old = known.get(info.Name) or Parameter(info.Name, updated=now)
            if old.writable is not info.Writable or info.Name not in known:
                known[info.Name] = replace(old, writable=info.Writable)
                self._learnt = True

    async def learn_attributes(self, attributes: Iterable[ParameterAttributeStruct]) -> None:
        """Notifications and access lists; of parameters that are known, as others may have vanished in
        between."""
        known = await self.load()
        for attribute in attributes:
            old = known.get(attribute.Name)
            if old is None or (
                old.notification == attribute.Notification and old.access_list == attribute.AccessList
            ):
                continue
            known[attribute.Name] = replace(
                old, notification=attribute.Notification, access_list=attribute.AccessList
            )
            self._learnt = True

    async def forget_all_but(self, told: Iterable[Iterable[_Named]], root: str) -> None:
        """Drop what is below ``root`` and was not ``told`` of: a full read has shown that it is gone."""
        known = await self.load()
        unseen = set(known)
        for each in told:
            if unseen:
                unseen.difference_update(map(_NAME, each))
        gone = [name for name in known if name in unseen and name.startswith(root)] if unseen else []
        self.changed = {name: known[name].value for name in gone} | self.changed
        self._drop(gone)

    async def forget(self, place: str) -> None:
        """Drop an object and what is below it."""
        self._drop([name for name in await self.load() if name.startswith(place)])

    def _drop(self, names: Iterable[str]) -> None:
        assert self._known is not None, "whoever drops some has loaded them"
        for name in names:
            del self._known[name]
            self._learnt = True

    async def keep(self, now: float) -> tuple[Change, ...]:
        """Write what was learnt; returns what is different from what was known before."""
        if self._noted and not any(name.endswith((_INTERVAL, _ENABLE)) for name in self._noted):
            noted, self._noted = tuple(self._noted.values()), {}
            return await self._store.tell_parameters(self._device_id, noted, now, self._session)
        if self._noted:
            await self.load()
        if not self._learnt or self._known is None:
            return ()
        self._learnt = False
        device = self._store.resident(self._device_id)
        if device is not None and device.inform_interval != (every := interval_in(self._known, device.root)):
            self._store.change_device(self._device_id, inform_interval=every)
        return await self._store.keep_parameters(self._device_id, self._known, now, self._session)


def interval_in(known: Mapping[str, Parameter], root: str) -> int:
    """Every how many seconds the device calls by itself; 0 where it does not, or does not tell."""
    told = known.get(root + _INTERVAL)
    enabled = known.get(root + _ENABLE)
    if enabled is not None and (enabled.value or "").strip().lower() in ("0", "false"):
        return 0
    words = "" if told is None else (told.value or "").strip()
    return min(int(words), LONGEST_INTERVAL) if _NUMBER.fullmatch(words) else 0
