"""Devices' parameters as they are, with the journal of how they changed.

Each device has one sealed document of them; the few that are searched for stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import DecodeError, json
from msgspec.structs import astuple, replace

from acs.cwmp.memo import Memo
from acs.store.database import Row, Statement, Table
from acs.store.facts import parameter_facts, replacing_facts, tells_words
from acs.store.foundation import Parts
from acs.store.groups import appending
from acs.store.ids import as_text
from acs.store.interface import Change, Query, StoreError
from acs.store.listing.listings import CHANGES
from acs.store.loading import Loading
from acs.store.patching import find, is_patchable, patched
from acs.store.records import Device, Page, Parameter
from acs.store.residents import Resident
from acs.store.shapes import storable
from acs.store.vault import json_bytes

_PURPOSE = "parameters"
_READER = json.Decoder(list[Parameter])
_WEIGHT = 256
"""About how many bytes of memory a parameter takes."""
_JOURNAL = "change"
_SELECT = "SELECT device, document FROM parameters WHERE device = ?"
_SELECT_BY_ID = (
    "SELECT p.device, p.document FROM parameters p JOIN devices d ON d.key = p.device"
    " WHERE d.id = ? AND d.deleted IS NULL"
)
_DOCUMENTS = Table(
    "parameters",
    ("device", "document", "updated"),
    "(device) DO UPDATE SET document = excluded.document, updated = excluded.updated",
)
_CHANGES = Table("changes", ("id", "device", "time", "session", "name", "entry"), "(id) DO NOTHING")


class Parameters(Loading):
    """The verbs about parameters (`acs.store.interface.Store`)."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        # What was read or written last, each with the bytes that it is kept as.  A full session reads its
        # document three times, one with a job twice: without opening it each time they take 0.7 and 0.6 of
        # the CPU (benchmarks/full_session.py, benchmarks/jobs.py, both ways in turns).
        self._recent: Memo[tuple[bytes, dict[str, Parameter]]] = Memo()

    async def parameters(self, device_id: str) -> dict[str, Parameter]:
        """All that is known of a device's parameters, by name; empty where nothing is."""
        resident = self._residents.get(device_id)
        if resident is None:
            row = await self._row(_SELECT_BY_ID, device_id)
        else:
            row = await self._document_of(resident)
        return {} if row is None else self._read_parameters(row).copy()

    async def keep_parameters(
        self, device_id: str, parameters: Mapping[str, Parameter], when: float, session: int | None = None
    ) -> tuple[Change, ...]:
        """Replace what is known of a device's parameters; what differs in value goes to the journal and is
        returned.

        The first document is where the journal begins: its parameters are returned, and not journalled.  Nor
        is one that nobody has seen before, until the device has been read as a whole: its first Inform tells
        a few, and the rest are no news.  A parameter without a time of its own is taken to be as of
        ``when``.  On disk with the next `committed`; LookupError for an unknown device.
        """
        async with self._alone(device_id):
            resident = await self._bring_known(device_id)
            row = await self._document_of(resident)
            old = {} if row is None else self._read_parameters(row)
            return self._keep_whole(resident, old, parameters, when, session)

    async def tell_parameters(
        self, device_id: str, told: Sequence[Parameter], when: float, session: int | None = None
    ) -> tuple[Change, ...]:
        """The same where a few values are told, with their types where those have none yet or others, and all
        else that is known stays.  ``updated`` says when that was."""
        # Where nothing is made of all the others a session with a job takes 0.65 of the CPU
        # (benchmarks/jobs.py, both ways in turns).
        async with self._alone(device_id):
            resident = await self._bring_known(device_id)
            row = await self._document_of(resident)
            if row is None or any(tells_words(each.name) for each in told):
                plain = b""
            else:
                plain = self._vault.open(row[1], _PURPOSE, row[0])
            if is_patchable(plain, [each.name for each in told]):
                return self._patch(resident, plain, told, when, session)
            old = {} if row is None else self._read_parameters(row)
            new = old | {each.name: _with(old.get(each.name), each) for each in told}
            return self._keep_whole(resident, old, new, when, session)

    async def changes(self, device_id: str, query: Query) -> Page[tuple[float, Change]]:
        """The journal of a device's parameters, newest first.  Filters: name (a prefix)."""
        asked, rows = await self._ask_of_device(CHANGES, device_id, query)
        return asked.page(rows, self._read_change)

    async def _document_of(self, resident: Resident) -> Row | None:
        # Nobody has to wait for what is written of other devices.
        written = resident.told <= self._groups.landed
        return await self._row(_SELECT, resident.record.key, fresh=not written)

    def _keep_whole(
        self,
        resident: Resident,
        old: Mapping[str, Parameter],
        parameters: Mapping[str, Parameter],
        when: float,
        session: int | None,
    ) -> tuple[Change, ...]:
        device = resident.device
        new = {name: p if p.updated else replace(p, updated=when) for name, p in parameters.items()}
        changes = tuple(_differences(old, new))
        if new != old:
            plain = json_bytes([astuple(p) for p in new.values()])
            sealed = self._vault.close(plain, _PURPOSE, device.key)
            self._keep_recent(device.key, sealed, new)
            journal = self._entries(device, when, changes if old else (), session)
            beside = (*appending(_CHANGES, journal), *_replacing_words(device, old, new, changes))
            if beside:
                self._groups.behind(*beside)  # before the document, which may close the group
            self._replace(resident, sealed, when)
        return changes

    def _patch(
        self, resident: Resident, plain: bytes, told: Sequence[Parameter], when: float, session: int | None
    ) -> tuple[Change, ...]:
        device = resident.device
        changes: list[Change] = []
        before = plain
        for each in told:
            old = find(plain, each.name)
            new = _with(old, each)
            if new is not old:
                plain = patched(plain, new)
                changes += _differences({} if old is None else {old.name: old}, {new.name: new})
        if plain is not before:
            sealed = self._vault.close(plain, _PURPOSE, device.key)
            # So few rows go with those of other devices: a statement for all of them, not one for each.
            journal = self._entries(device, when, changes, session)
            self._replace(resident, sealed, when, *((_CHANGES, row) for row in journal))
        return tuple(changes)

    def _replace(self, resident: Resident, sealed: bytes, when: float, *beside: tuple[Table, Row]) -> None:
        resident.told = self._groups.number
        self._groups.append((_DOCUMENTS, (resident.record.key, sealed, when)), *beside)
        self._settling.changed(resident)

    def _read_parameters(self, row: Row) -> dict[str, Parameter]:
        """What a row says: not to be changed."""
        device, sealed = row
        recent = self._recent.get(str(device))
        if recent is not None and recent[0] == sealed:  # sealed twice, the same would be other bytes
            return recent[1]
        try:
            told = _READER.decode(self._vault.open(sealed, _PURPOSE, device))
        except DecodeError as error:
            raise StoreError(f"the parameters of {as_text(device)}: {error}") from error
        found = {parameter.name: parameter for parameter in told}
        self._keep_recent(device, sealed, found)
        return found

    def _keep_recent(self, device: int, sealed: bytes, parameters: dict[str, Parameter]) -> None:
        self._recent.keep(str(device), (sealed, parameters), len(sealed) + _WEIGHT * (1 + len(parameters)))

    def _entries(
        self, device: Device, when: float, changes: Sequence[Change], session: int | None
    ) -> list[Row]:
        whole = device.full_read_at is not None
        journal = [each for each in changes if whole or each.old is not None]
        numbers = [self.new_id() for _ in journal]
        plain = [
            (number, json_bytes((change.old, change.new)))
            for number, change in zip(numbers, journal, strict=True)
        ]
        return [
            (number, device.key, when, session, storable(change.name), sealed)
            for number, change, sealed in zip(
                numbers, journal, self._vault.close_all(plain, _JOURNAL), strict=True
            )
        ]

    def _read_change(self, row: Row) -> tuple[float, Change]:
        number, when, name, entry, *_ = row
        old, new = self._vault.open_document(entry, _JOURNAL, number)
        return when, Change(name, old, new)


def _with(old: Parameter | None, told: Parameter) -> Parameter:
    """What is known of a parameter when a value is told, and when was told."""
    return (old or Parameter(told.name)).with_value(told.value, told.type, told.updated)


def _replacing_words(
    device: Device, old: Mapping[str, Parameter], new: Mapping[str, Parameter], changes: Iterable[Change]
) -> Iterator[Statement]:
    # Only where something has changed that is searched for: without looking at all of them, twice, a session
    # with a job takes 0.82 of the CPU, a full one 0.94 (benchmarks/jobs.py, both ways in turns).
    if any(tells_words(each.name) for each in changes):
        yield from replacing_facts(device, parameter_facts(old.values()), parameter_facts(new.values()))


def _differences(old: Mapping[str, Parameter], new: Mapping[str, Parameter]) -> Iterator[Change]:
    for name, parameter in new.items():
        before = old.get(name)
        if before is None:
            if parameter.value is not None:
                yield Change(name, None, parameter.value)
        elif before.value != parameter.value:
            yield Change(name, before.value, parameter.value)
    for name, parameter in old.items():
        if name not in new and parameter.value is not None:
            yield Change(name, parameter.value, None)
