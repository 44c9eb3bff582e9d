"""What the operator wants devices' parameters to be: sealed documents, by whose devices those are.

Every process has all of them in memory that are not of one device.  Of those that are, the device's record
tells the level, so that nobody has to look for one that is not there.
"""

from __future__ import annotations

from msgspec.structs import replace
from twisted.internet.defer import DeferredLock

from acs.store.database import Row, Statement
from acs.store.foundation import Parts
from acs.store.interface import Query
from acs.store.listing.listings import CONFIGURATION_COLUMNS, CONFIGURATION_SHAPE, CONFIGURATIONS
from acs.store.neighbours import Neighbours
from acs.store.records import Configuration, Page, Scope
from acs.store.shapes import storable
from acs.store.weighing import AFRESH, noting

_PURPOSE = "configuration"
_WORD = "configurations"
_INSERT = f"INSERT INTO configurations (id, document, {CONFIGURATION_SHAPE.columns()}, device)"
_MARKS = f"?, ?, {CONFIGURATION_SHAPE.marks}"
_REPLACE = (
    " ON CONFLICT (scope, name) DO UPDATE SET id = excluded.id, document = excluded.document,"
    f" {CONFIGURATION_SHAPE.updates('')}, device = excluded.device"
)
_PUT = f"{_INSERT} VALUES ({_MARKS}, NULL){_REPLACE}"
_PUT_OWN = (
    f"{_INSERT} SELECT {_MARKS}, key FROM devices WHERE id = ? AND deleted IS NULL{_REPLACE} RETURNING id"
)
_DELETE = "DELETE FROM configurations WHERE scope = ? AND name = ? RETURNING id"
_LEVEL = "UPDATE devices SET own_config_level = ? WHERE id = ? AND deleted IS NULL"
_ONE = f"SELECT {CONFIGURATION_COLUMNS} {CONFIGURATIONS.source} AND c.scope = ? AND c.name = ?"
_SHARED = (
    f"SELECT {CONFIGURATION_COLUMNS} {CONFIGURATIONS.source} AND c.device IS NULL ORDER BY c.scope, c.name"
)


class Configurations(Neighbours):
    """The verbs about configurations (`acs.store.interface.Store`)."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._by_number: dict[int, Configuration] = {}
        self._configurations: tuple[Configuration, ...] = ()
        self._reading = DeferredLock()
        self._shared[_WORD] = self._read_configurations

    def shared_configurations(self) -> tuple[Configuration, ...]:
        """All that are not of one device, by scope and name: the same tuple until one of them is changed."""
        return self._configurations

    async def configuration(self, scope: str, name: str) -> Configuration | None:
        """The configuration of this scope and name."""
        row = await self._row(_ONE, scope, name, fresh=False)
        return None if row is None else self._read_configuration(row)

    async def put_configuration(self, configuration: Configuration) -> None:
        """Keep a configuration instead of the one of its scope and name; on disk when this returns.

        With a device's own, the device's ``own_config_level`` is changed.  LookupError for an unknown device.
        """
        values = self._columns(configuration)
        if configuration.scope != Scope.DEVICE:
            await self._change_shared(Statement(_PUT, values))
            return
        device_id = configuration.name
        putting = Statement(_PUT_OWN, (*values, device_id))
        if not await self._change_own(device_id, configuration.level, putting):
            raise LookupError(f"there is no device {device_id}")

    async def delete_configuration(self, scope: str, name: str) -> bool:
        """Forget a configuration, on disk when this returns; False where there is none."""
        deleting = Statement(_DELETE, (storable(scope), storable(name)))
        if scope != Scope.DEVICE:
            return bool(await self._change_shared(deleting))
        return bool(await self._change_own(name, "", deleting))

    async def configurations(self, query: Query) -> Page[Configuration]:
        """Configurations by scope and name (`acs.store.listing.listings.CONFIGURATIONS`)."""
        asked, rows = await self._ask(CONFIGURATIONS, query)
        return await self._in_thread(asked.page, rows, self._read_configuration)

    async def _change_shared(self, changing: Statement) -> list[Row]:
        rows = await self._groups.write(changing, AFRESH, *self._telling_of(_WORD))
        self._weighing.later()
        await self._read_configurations()
        return rows

    async def _change_own(self, device_id: str, level: str, changing: Statement) -> list[Row]:
        """Change a device's own document, and the level in its record; nothing where there is no device."""
        async with self._alone(device_id):
            resident = await self._bring_alone(device_id)
            if resident is None:
                return []
            self._settling.changed(resident)
            self._weighing.later()
            # First the device's row, for which whoever forgets or renames it elsewhere at this moment waits.
            levelling = Statement(_LEVEL, (level, device_id))
            noted = noting(device_id)
            rows = await self._groups.write(levelling, changing, *noted, *self._telling(device_id))
            resident.device = replace(resident.device, own_config_level=level)
            return rows

    async def _read_configurations(self) -> None:
        # One after the other: what was read first may take longer to be opened than what was read later.
        async with self._reading:
            rows = await self._rows(_SHARED)
            if [row[0] for row in rows] != list(self._by_number):
                self._by_number = await self._in_thread(self._opened, rows, self._by_number)
                self._configurations = tuple(self._by_number.values())

    def _opened(self, rows: list[Row], known: dict[int, Configuration]) -> dict[int, Configuration]:
        """The configurations by number, which is another for each document."""
        return {row[0]: known.get(row[0]) or self._read_configuration(row) for row in rows}

    def _columns(self, configuration: Configuration) -> list[object]:
        number = self._ids.next()
        document = self._vault.close_document(configuration.parameters, _PURPOSE, number)
        return [number, document, *CONFIGURATION_SHAPE.values(configuration)]

    def _read_configuration(self, row: Row) -> Configuration:
        """The configuration that a row of `CONFIGURATION_COLUMNS` holds."""
        number, document, *fields = row
        parameters = self._vault.open_document(document, _PURPOSE, number)
        return Configuration(parameters=parameters, **CONFIGURATION_SHAPE.fields(fields))
