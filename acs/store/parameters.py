"""Devices' parameters as they are, with the journal of how they changed.

Each device has one sealed document of them; the few that are searched for stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

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
from acs.store.records import Device, Page, Parameter
from acs.store.shapes import storable
from acs.store.vault import json_bytes

_PURPOSE = "parameters"
_READER = json.Decoder(list[Parameter])
_WEIGHT = 256
"""About how many bytes of memory a parameter takes."""
_JOURNAL = "change"
_SELECT = (
    "SELECT p.device, p.document FROM parameters p JOIN devices d ON d.key = p.device"
    " WHERE d.id = ? AND d.deleted IS NULL"
)
_PUT = (
    "INSERT INTO parameters (device, document, updated) VALUES (?, ?, ?)"
    " ON CONFLICT (device) DO UPDATE SET document = excluded.document, updated = excluded.updated"
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
        row = await self._row(_SELECT, device_id)
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
            row = await self._row(_SELECT, device_id)
            old = {} if row is None else self._read_parameters(row)
            new = {name: p if p.updated else replace(p, updated=when) for name, p in parameters.items()}
            changes = tuple(_differences(old, new))
            if new != old:
                whole = resident.device.full_read_at is not None
                journal = tuple(each for each in changes if whole or each.old is not None) if old else ()
                self._groups.behind(
                    *self._replacing(resident.device, new, when, journal, session),
                    *_replacing_words(resident.device, old, new, changes),
                )
                self._settling.changed(resident)
            return changes

    async def changes(self, device_id: str, query: Query) -> Page[tuple[float, Change]]:
        """The journal of a device's parameters, newest first.  Filters: name (a prefix)."""
        asked, rows = await self._ask_of_device(CHANGES, device_id, query)
        return asked.page(rows, self._read_change)

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

    def _replacing(
        self,
        device: Device,
        new: dict[str, Parameter],
        when: float,
        journal: tuple[Change, ...],
        session: int | None,
    ) -> Iterator[Statement]:
        sealed = self._vault.close_document([astuple(p) for p in new.values()], _PURPOSE, device.key)
        self._keep_recent(device.key, sealed, new)
        yield Statement(_PUT, (device.key, sealed, when))
        yield from appending(_CHANGES, self._entries(device, when, journal, session))

    def _entries(
        self, device: Device, when: float, journal: tuple[Change, ...], session: int | None
    ) -> list[Row]:
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
