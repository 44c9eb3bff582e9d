"""Devices' parameters as they are, with the journal of how they changed.

Each device has one sealed document of them; the few that are searched for stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import DecodeError, Struct, json
from msgspec.structs import replace

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
_WRITER = json.Encoder()
_WEIGHT = 256
"""About how many bytes of memory a parameter takes."""
_JOURNAL = "change"
_SELECT = "SELECT device, document FROM parameters WHERE device = ?"
_SELECT_BY_ID = (
    "SELECT p.device, p.document FROM parameters p JOIN devices d ON d.key = p.device"
    " WHERE d.id = ? AND d.deleted IS NULL"
)
_PUT = (
    "INSERT INTO parameters (device, document, updated) VALUES (?, ?, ?)"
    " ON CONFLICT (device) DO UPDATE SET document = excluded.document, updated = excluded.updated"
)
_DOCUMENTS = Table(
    "parameters",
    ("device", "document", "updated"),
    "(device) DO UPDATE SET document = excluded.document, updated = excluded.updated",
)
_CHANGES = Table("changes", ("id", "device", "time", "session", "name", "entry"), "(id) DO NOTHING")


class _Recent(Struct):
    """What was read or written last of a device, with the bytes that it is kept as; ``parameters`` is None
    where nobody has asked for them since.

    It is what the database has as long as ``stands_for`` is the device in memory, as all that changes it goes
    through that: the database is not asked then, and need not be up to date.  What went with a ``group`` is
    there when that has landed, and unless more writes were ``refused`` since.
    """

    sealed: bytes
    parameters: dict[str, Parameter] | None
    stands_for: Resident | None = None
    group: int = 0
    refused: int = 0


class Parameters(Loading):
    """The verbs about parameters (`acs.store.interface.Store`)."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        # A full session reads its document three times, one with a job twice: without opening it each time
        # they take 0.7 and 0.6 of the CPU (benchmarks/full_session.py, benchmarks/jobs.py, both ways in
        # turns).
        self._recent: Memo[_Recent] = Memo()

    async def parameters(self, device_id: str) -> dict[str, Parameter]:
        """All that is known of a device's parameters, by name; empty where nothing is."""
        return (await self._known(device_id, self._residents.get(device_id))).copy()

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
            old = await self._known(device_id, resident)
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
            old = {} if row is None else self._read_parameters(row)[1]
            new = old | {each.name: _with(old.get(each.name), each) for each in told}
            return self._keep_whole(resident, old, new, when, session)

    async def changes(self, device_id: str, query: Query) -> Page[tuple[float, Change]]:
        """The journal of a device's parameters, newest first.  Filters: name (a prefix)."""
        asked, rows = await self._ask_of_device(CHANGES, device_id, query)
        return asked.page(rows, self._read_change)

    async def _known(self, device_id: str, resident: Resident | None) -> dict[str, Parameter]:
        """All that is known of a device's parameters: not to be changed.

        The database is asked where it may have something else than memory.
        """
        if resident is not None:
            recent = self._standing(resident)
            if recent is not None and recent.parameters is not None:
                return recent.parameters
            touched = resident.touched
            row = await self._document_of(resident)
        else:
            row = await self._row(_SELECT_BY_ID, device_id)
        if row is None:
            return {}
        recent, parameters = self._read_parameters(row)
        if resident is not None and resident.touched == touched:
            self._stands(recent, resident)
        return parameters

    async def _document_of(self, resident: Resident) -> Row | None:
        key = resident.record.key
        if (recent := self._standing(resident)) is not None:
            return key, recent.sealed
        # Nobody has to wait for what is written of other devices.
        written = resident.told <= self._groups.landed
        return await self._row(_SELECT, key, fresh=not written)

    def _standing(self, resident: Resident) -> _Recent | None:
        """What the database has of a device, where that is known."""
        recent = self._recent.get(str(resident.record.key))
        if recent is None or recent.stands_for is not resident:
            return None
        there = recent.group <= self._groups.landed and recent.refused == self._groups.refused
        return recent if there or not recent.group else None

    def _read_parameters(self, row: Row) -> tuple[_Recent, dict[str, Parameter]]:
        """What a row says."""
        device, sealed = row
        recent = self._recent.get(str(device))
        # Sealed twice, the same would be other bytes.
        if recent is not None and recent.sealed == sealed and recent.parameters is not None:
            return recent, recent.parameters
        try:
            told = _READER.decode(self._vault.open(sealed, _PURPOSE, device))
        except DecodeError as error:
            raise StoreError(f"the parameters of {as_text(device)}: {error}") from error
        parameters = {parameter.name: parameter for parameter in told}
        return self._keep_recent(device, _Recent(sealed, parameters)), parameters

    def _keep_recent(self, device: int, recent: _Recent) -> _Recent:
        weight = len(recent.sealed) + _WEIGHT * (1 + len(recent.parameters or ()))
        self._recent.keep(str(device), recent, weight)
        return recent

    def _stands(self, recent: _Recent, resident: Resident) -> None:
        """It is on disk, and nothing else that was said of the device since."""
        if self._database.alone:
            recent.stands_for, recent.group = resident, 0

    def _keep_whole(
        self,
        resident: Resident,
        old: dict[str, Parameter],
        parameters: Mapping[str, Parameter],
        when: float,
        session: int | None,
    ) -> tuple[Change, ...]:
        new, differing = _as_of(when, old, parameters)
        changes = tuple(_differences(old, new, differing))
        if differing or len(new) != len(old):
            device = resident.device
            sealed = self._vault.close(_written(new.values()), _PURPOSE, device.key)
            recent = self._keep_recent(device.key, _Recent(sealed, new))
            resident.told = self._groups.number
            self._groups.behind(
                Statement(_PUT, (device.key, sealed, when)),
                *appending(_CHANGES, self._entries(device, when, changes if old else (), session)),
                *_replacing_words(device, old, new, changes),
                then=lambda rows: self._stands(recent, resident),
            )
            self._settling.changed(resident)
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
                changes += _differences({} if old is None else {old.name: old}, {new.name: new}, [new.name])
        if plain is not before:
            sealed = self._vault.close(plain, _PURPOSE, device.key)
            # So few rows go with those of other devices: a statement for all of them, not one for each.
            journal = self._entries(device, when, changes, session)
            self._put_patched(resident, sealed, when, journal)
        return tuple(changes)

    def _put_patched(self, resident: Resident, sealed: bytes, when: float, journal: list[Row]) -> None:
        key = resident.record.key
        resident.told = self._groups.number
        # The next value is put into these very bytes: that they are not asked for, in another thread, has a
        # session with a job take 0.94 of the CPU (benchmarks/jobs.py, both ways in turns).
        stands_for = resident if self._database.alone else None
        self._keep_recent(key, _Recent(sealed, None, stands_for, resident.told, self._groups.refused))
        self._groups.append((_DOCUMENTS, (key, sealed, when)), *((_CHANGES, row) for row in journal))
        self._settling.changed(resident)

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


def _written(parameters: Iterable[Parameter]) -> bytes:
    """The document; raises `StoreError` for what cannot be kept."""
    try:
        return _WRITER.encode(list(parameters))
    except UnicodeEncodeError as error:
        raise StoreError(f"cannot be kept as JSON: {error}") from error


def _replacing_words(
    device: Device, old: Mapping[str, Parameter], new: Mapping[str, Parameter], changes: Iterable[Change]
) -> Iterator[Statement]:
    # Only where something has changed that is searched for: without looking at all of them, twice, a session
    # with a job takes 0.82 of the CPU, a full one 0.94 (benchmarks/jobs.py, both ways in turns).
    if any(tells_words(each.name) for each in changes):
        yield from replacing_facts(device, parameter_facts(old.values()), parameter_facts(new.values()))


def _as_of(
    when: float, old: Mapping[str, Parameter], parameters: Mapping[str, Parameter]
) -> tuple[dict[str, Parameter], list[str]]:
    """The parameters with a time to each, and the names of those that are not as they were."""
    # Most are the very objects that were given out: looked at as a whole they would cost four times as much.
    others = [name for name, parameter in parameters.items() if old.get(name) is not parameter]
    new = dict(parameters)
    for name in others:
        if not new[name].updated:
            new[name] = replace(new[name], updated=when)
    return new, [name for name in others if new[name] != old.get(name)]


def _differences(
    old: Mapping[str, Parameter], new: Mapping[str, Parameter], differing: Iterable[str]
) -> Iterator[Change]:
    for name in differing:
        before, value = old.get(name), new[name].value
        if before is None:
            if value is not None:
                yield Change(name, None, value)
        elif before.value != value:
            yield Change(name, before.value, value)
    for name in [name for name in old if name not in new]:
        if (gone := old[name].value) is not None:
            yield Change(name, gone, None)
