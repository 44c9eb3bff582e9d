"""The software modules of a simulated CPE, as ChangeDUState changes them."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, replace

from acs.cwmp.faults import CPE_FAULTS
from acs.cwmp.types import UNKNOWN_TIME
from acs.cwmp.values import (
    NO_FAULT,
    FaultStruct,
    InstallOpStruct,
    Operation,
    OpResultStruct,
    UpdateOpStruct,
)
from acs.simulate.firmware import version_after
from acs.simulate.transfers import Files, TransferFailed

INVALID_UUID = 9022
DUPLICATE_UNIT = 9026
UNKNOWN_UNIT = 9028
VERSION_EXISTS = 9032
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
_NO_UUID = str(uuid.UUID(int=0))
_VERSIONS = ("", "1.0")  # none before it is installed, and this one where the file does not tell
_LONGEST_VERSION = 32


@dataclass(frozen=True, slots=True)
class Unit:
    """A deployment unit that is installed; ``number`` is its instance in the tree of modules."""

    uuid: str
    version: str
    url: str
    number: int


class Modules:
    """The deployment units of one device.

    ``table`` is the path of SoftwareModules.DeploymentUnit without a dot at its end, for references to them;
    "" for a device that does not show them.
    """

    __slots__ = ("_made", "table", "units")

    def __init__(self, table: str = "") -> None:
        self.table = table
        self.units: list[Unit] = []
        self._made = 0

    async def change(self, operation: Operation, files: Files) -> list[OpResultStruct]:
        """Carry out one operation; a failure is told in its results."""
        try:
            if isinstance(operation, InstallOpStruct):
                return [await self._install(operation, files)]
            if isinstance(operation, UpdateOpStruct):
                return [await self._updated(unit, operation, files) for unit in self._to_update(operation)]
            return [self._uninstall(unit) for unit in self._named(operation.UUID, operation.Version)]
        except TransferFailed as failure:
            return [_failed(operation.UUID, failure)]

    async def _install(self, operation: InstallOpStruct, files: Files) -> OpResultStruct:
        identifier = operation.UUID or str(uuid.uuid5(uuid.NAMESPACE_URL, operation.URL))
        if not _UUID.match(identifier):
            raise _refused(INVALID_UUID)
        version = await self._fetch(operation.URL, operation, files, "")
        if any((unit.uuid, unit.version) == (identifier, version) for unit in self.units):
            raise _refused(DUPLICATE_UNIT)
        self._made += 1
        unit = Unit(identifier, version, operation.URL, self._made)
        self.units.append(unit)
        return self._done(unit, "Installed")

    async def _updated(self, unit: Unit, operation: UpdateOpStruct, files: Files) -> OpResultStruct:
        try:
            return await self._update(unit, operation, files)
        except TransferFailed as failure:
            return _failed(unit.uuid, failure)

    async def _update(self, unit: Unit, operation: UpdateOpStruct, files: Files) -> OpResultStruct:
        url = operation.URL or unit.url
        version = await self._fetch(url, operation, files, unit.version)
        if version == unit.version:
            raise _refused(VERSION_EXISTS)
        updated = replace(unit, version=version, url=url)
        self.units[self.units.index(unit)] = updated
        return self._done(updated, "Installed")

    def _uninstall(self, unit: Unit) -> OpResultStruct:
        self.units.remove(unit)
        return self._done(unit, "Uninstalled")

    def _to_update(self, operation: UpdateOpStruct) -> list[Unit]:
        """By UUID, by URL, or all of them (A.4.1.10)."""
        if operation.UUID:
            return self._named(operation.UUID, operation.Version)
        found = [unit for unit in self.units if operation.URL in (None, "", unit.url)]
        if not found:
            raise _refused(UNKNOWN_UNIT)
        return found

    def _named(self, identifier: str, version: str | None) -> list[Unit]:
        if not _UUID.match(identifier):
            raise _refused(INVALID_UUID)
        found = [u for u in self.units if u.uuid == identifier and version in (None, "", u.version)]
        if not found:
            raise _refused(UNKNOWN_UNIT)
        return found

    async def _fetch(
        self, url: str, operation: InstallOpStruct | UpdateOpStruct, files: Files, current: str
    ) -> str:
        """Fetch a module; the version that it brings."""
        fetched = await files.fetch(url, operation.Username or "", operation.Password or "")
        version = version_after(url, fetched.start, current, _VERSIONS)
        return version[:_LONGEST_VERSION]

    def _done(self, unit: Unit, state: str) -> OpResultStruct:
        return OpResultStruct(
            UUID=unit.uuid,
            DeploymentUnitRef=f"{self.table}.{unit.number}" if self.table else "",
            Version=unit.version,
            CurrentState=state,
            Resolved=True,
            StartTime=UNKNOWN_TIME,
            CompleteTime=UNKNOWN_TIME,
            Fault=NO_FAULT,
        )


def _refused(code: int) -> TransferFailed:
    return TransferFailed(code, CPE_FAULTS[code])


def _failed(identifier: str | None, failure: TransferFailed) -> OpResultStruct:
    known = identifier if identifier and _UUID.match(identifier) else _NO_UUID
    return OpResultStruct(
        UUID=known, CurrentState="Failed", Fault=FaultStruct(failure.code, failure.reason[:256])
    )
