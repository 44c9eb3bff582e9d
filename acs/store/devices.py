"""Devices: brought into memory when they call, written when something in them changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from acs.store.categorising import categorising, entering
from acs.store.database import Statement
from acs.store.facts import adding_facts, identity_facts, replacing_facts
from acs.store.foundation import changing
from acs.store.happenings import Topic
from acs.store.interface import Query, StoreError
from acs.store.listing.listings import DEVICE_COLUMNS, DEVICE_SHAPE, DEVICES, PRESENCE_SHAPE
from acs.store.loading import read_device
from acs.store.neighbours import Neighbours
from acs.store.records import Device, Page
from acs.store.residents import Resident
from acs.store.shapes import storable
from acs.store.weighing import matters, noting

_IDENTITY = ("id", "manufacturer", "oui", "product_class")
_FIXED = frozenset([*_IDENTITY, "key", "serial_number"])
_OF_DEVICES = frozenset(DEVICE_SHAPE.names)
_SIMILAR = (
    f"SELECT {DEVICE_COLUMNS} {DEVICES.source}"
    " AND d.serial_number = ? AND d.manufacturer = ? AND d.product_class = ? AND d.oui <> ? ORDER BY d.key"
)
# A forgotten device's row stays for its sessions; the same device, seen again, takes it over.
_INSERT = (
    f"INSERT INTO devices ({DEVICE_SHAPE.columns()}) VALUES ({DEVICE_SHAPE.marks})"
    f" ON CONFLICT (id) DO UPDATE SET {DEVICE_SHAPE.updates('key')}, deleted = NULL"
    " WHERE devices.deleted IS NOT NULL RETURNING key"
)
_INSERT_PRESENCE = (
    f"INSERT INTO presence (device, {PRESENCE_SHAPE.columns()})"
    f" SELECT key, {PRESENCE_SHAPE.marks} FROM devices WHERE id = ? ON CONFLICT DO NOTHING"
)
_NEW_MODEL = (
    "INSERT INTO models (manufacturer, product_class, category)"
    " VALUES (?, ?, coalesce((SELECT category FROM profiles WHERE scope = 'model' AND name = ?), ''))"
    " ON CONFLICT DO NOTHING"
)
_IDS = "SELECT key, id FROM devices WHERE deleted IS NULL AND key IN ({marks})"
_PIECE = 500
# Its account on the XMPP server is deleted there when that can be reached.
_LEAVE_ACCOUNT = (
    "INSERT INTO accounts_left (username, since) SELECT xmpp_username, ? FROM wakings"
    " WHERE device = ? AND xmpp_username <> '' ON CONFLICT DO NOTHING"
)
_OF_A_DEVICE = (
    "presence", "tags", "facts", "in_categories", "below", "parameters", "changes", "readings", "jobs",
    "credentials", "configurations", "wakings", "bindings", "wakes", "alarms",
)  # fmt: skip


class Devices(Neighbours):
    """The verbs about devices (`acs.store.interface.Store`)."""

    def resident(self, device_id: str) -> Device | None:
        """The device, if it is in memory; never waits."""
        resident = self._residents.get(device_id)
        return None if resident is None else resident.device

    def is_resident(self, device_id: str) -> bool:
        """True for a device that is in memory as it is."""
        resident = self._residents.get(device_id)
        return resident is not None and not resident.stale

    def at_hand(self, device_id: str) -> Resident | None:
        """The same device, not pinned."""
        resident = self._residents.get(device_id)
        return None if resident is None or resident.stale else resident

    async def device(self, device_id: str) -> Device | None:
        """The device, brought into memory with its open jobs."""
        resident = await self._bring(device_id)
        return None if resident is None else resident.device

    def pin(self, device_id: str) -> Resident:
        """Keep a resident device in memory until `unpin` was called as often, as it has called; raises
        LookupError."""
        resident = self._resident(device_id)
        resident.pins += 1
        self._welcome(resident)
        return resident

    def unpin(self, resident: Resident) -> None:
        """Let a device go again, which may have been deleted meanwhile."""
        resident.pins -= 1

    async def add_device(self, device: Device) -> Device:
        """A device seen for the first time, on disk when this returns; the one that is there if it already
        is."""
        async with self._alone(device.id):
            resident = await self._bring_alone(device.id)
            if resident is None:
                added = replace(device, key=self.new_id())
                rows = await self._groups.write(*_adding(added), *self._entering(added))
                self._weighing.later()
                if rows:
                    added = replace(added, key=rows[0][0])
                    self._residents.add(Resident(added))
                    self._tell_of(Topic.DEVICE, "added", added.id, added)
                else:
                    await self._bring_alone(device.id)
            return self._resident(device.id).device

    def change_device(self, device_id: str, **changes: Any) -> Device:
        """Change fields of a resident device; returns the new record.  Writes nothing where nothing differs.

        Raises LookupError for a device that is not resident, TypeError for a field that makes its identity.
        """
        resident = self._resident(device_id)
        before = resident.device
        if not _FIXED.isdisjoint(changes):
            raise TypeError(f"not to be changed: {', '.join(sorted(_FIXED.intersection(changes)))}")
        different = {name: value for name, value in changes.items() if getattr(before, name) != value}
        if not different:
            return before
        resident.device = replace(before, **different)
        self._groups.behind(
            *_changing(before, resident.device, different, self._database.dialect), *self._telling(device_id)
        )
        self._settling.changed(resident)
        if matters(different):
            self._weighing.later()
        self._tell_of(Topic.DEVICE, "changed", device_id, resident.record, fields=tuple(different))
        return resident.device

    async def rename_device(self, device_id: str, identity: Device) -> Device:
        """Give a device the id, manufacturer, OUI and product class of ``identity`` (its OUI changed with its
        firmware).

        Its sessions, parameters and jobs go with it.  Raises LookupError where there is no such device,
        `StoreConflict` where another has the id.
        """
        first, *second = sorted({device_id, identity.id})
        async with self._alone(first):
            if not second:
                return await self._rename_alone(device_id, identity)
            async with self._alone(second[0]):
                return await self._rename_alone(device_id, identity)

    async def similar_devices(self, device: Device) -> Sequence[Device]:
        """Devices of the same manufacturer, product class and serial number under another OUI."""
        wanted = (device.serial_number, device.manufacturer, device.product_class, device.oui)
        return [read_device(row) for row in await self._rows(_SIMILAR, *wanted, fresh=False)]

    async def device_ids(self, keys: Iterable[int]) -> Mapping[int, str]:
        """The ids of the devices that have these numbers; those that were deleted are left out."""
        wanted = sorted(set(keys) - {0})
        found: dict[int, str] = {}
        for start in range(0, len(wanted), _PIECE):
            piece = wanted[start : start + _PIECE]
            found |= dict(await self._rows(_IDS.format(marks=", ".join("?" * len(piece))), *piece))
        return found

    async def delete_device(self, device_id: str) -> bool:
        """Forget a device, its parameters and its jobs; its sessions stay.  False where there is none."""
        async with self._alone(device_id):
            resident = await self._bring_alone(device_id)
            if resident is None:
                return False
            await self._settling.settle()
            self._residents.remove(device_id)
            try:
                forgetting = _forgetting(resident.device, self._clock.seconds())
                await self._groups.write(*forgetting, *self._telling(device_id))
            except StoreError:
                self._residents.add(resident)
                raise
            self._tell_of(Topic.DEVICE, "deleted", device_id, None, was=resident.device)
            return True

    async def devices(self, query: Query) -> Page[Device]:
        """Devices, those first seen first where no order is asked for (`listings.DEVICES`)."""
        asked, rows = await self._ask_settled(DEVICES, query)
        return asked.page(rows, read_device)

    async def device_count(self, filters: Mapping[str, str]) -> int:
        """How many of them these filters find; raises `BadQuery`."""
        return await self._count_settled(DEVICES, Query(filters))

    def _entering(self, device: Device) -> Iterator[Statement]:
        if device.category or f"{device.manufacturer}/{device.product_class}" in self._categories:
            yield from entering(device, self._database.dialect)

    async def _rename_alone(self, device_id: str, identity: Device) -> Device:
        resident = await self._bring_known(device_id)
        new = {name: getattr(identity, name) for name in _IDENTITY}
        self._settling.changed(resident)
        self._weighing.later()
        renaming = _renaming(resident.device, replace(resident.device, **new), self._database.dialect)
        await self._groups.write(*renaming, *self._telling(device_id), *self._telling(identity.id))
        self._residents.rename(resident, replace(resident.device, **new))
        self._tell_of(Topic.DEVICE, "renamed", identity.id, resident.device, formerly=device_id)
        return resident.device


def _adding(device: Device) -> Iterator[Statement]:
    yield Statement(_INSERT, DEVICE_SHAPE.values(device))
    yield Statement(_INSERT_PRESENCE, (*PRESENCE_SHAPE.values(device), device.id))
    yield from _naming_kind(device)
    yield from adding_facts(device.id, identity_facts(device))
    yield from _tagging(device.id, device.tags)
    yield from noting(device.id)


def _changing(before: Device, after: Device, different: Iterable[str], dialect: str) -> Iterator[Statement]:
    columns: dict[str, object] = {}
    presence: dict[str, object] = {}
    for name in different:
        if name in _OF_DEVICES:
            columns[name] = DEVICE_SHAPE.value(name, getattr(after, name))
        else:
            presence[name] = PRESENCE_SHAPE.value(name, getattr(after, name))
    if columns:
        yield changing("devices", "key", after.key, columns)
    if presence:
        yield changing("presence", "device", after.key, presence)
    if before.tags != after.tags:
        yield Statement("DELETE FROM tags WHERE device = ?", (after.key,))
        yield from _tagging(after.id, after.tags)
    # Before its category, as who weighs holds what was noted before he looks at that.
    if matters(different):
        yield from noting(after.id)
    if before.category != after.category:
        yield from categorising(after, dialect)
    if before.related_device != after.related_device:  # what else is searched for does not change
        yield from replacing_facts(after, identity_facts(before), identity_facts(after))


def _renaming(before: Device, after: Device, dialect: str) -> Iterator[Statement]:
    # A forgotten device that had the new id is this one: its sessions become this one's.
    forgotten = "(SELECT key FROM devices WHERE id = ? AND deleted IS NOT NULL)"
    for settled in (0, 1):
        sql = f"UPDATE sessions SET device = ? WHERE device = {forgotten} AND settled = {settled}"
        yield Statement(sql, (after.key, after.id))
    yield Statement("DELETE FROM devices WHERE id = ? AND deleted IS NOT NULL", (after.id,))
    yield changing("devices", "key", after.key, {name: getattr(after, name) for name in _IDENTITY})
    yield Statement("UPDATE configurations SET name = ? WHERE device = ?", (after.id, after.key))
    yield from _naming_kind(after)
    yield from noting(after.id)
    yield from categorising(after, dialect)
    yield from replacing_facts(after, identity_facts(before), identity_facts(after))


def _forgetting(device: Device, when: float) -> Iterator[Statement]:
    bare = Device(
        device.id, device.manufacturer, device.oui, device.product_class, device.serial_number, device.key
    )
    columns: dict[str, object] = dict(zip(DEVICE_SHAPE.names, DEVICE_SHAPE.values(bare), strict=True))
    # First its row, for which another process waits that is about to give it something.
    yield changing("devices", "key", device.key, columns | {"deleted": when})
    yield Statement(_LEAVE_ACCOUNT, (when, device.key))
    for table in _OF_A_DEVICE:
        yield Statement(f"DELETE FROM {table} WHERE device = ?", (device.key,))


def _naming_kind(device: Device) -> Iterator[Statement]:
    manufacturer, product_class = storable(device.manufacturer), storable(device.product_class)
    yield Statement("INSERT INTO vendors (manufacturer) VALUES (?) ON CONFLICT DO NOTHING", (manufacturer,))
    yield Statement(_NEW_MODEL, (manufacturer, product_class, f"{manufacturer}/{product_class}"))


def _tagging(device_id: str, tags: Iterable[str]) -> Iterator[Statement]:
    for tag in tags:
        yield Statement(
            "INSERT INTO tags (device, tag) SELECT key, ? FROM devices WHERE id = ? ON CONFLICT DO NOTHING",
            (storable(tag), device_id),
        )
