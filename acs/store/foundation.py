"""What every part of the store stands on.

That is the database with its group commit, the devices in memory, the vault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from msgspec.structs import replace
from twisted.internet.defer import Deferred

from acs.store.archive import Archive
from acs.store.database import Clock, Database, Reactor, Row, Statement
from acs.store.groups import GroupCommit
from acs.store.happenings import Happening, Happenings, Record, Topic
from acs.store.ids import Ids
from acs.store.interface import BadQuery, Query
from acs.store.listing.lists import (
    Among,
    Asked,
    Condition,
    Either,
    Listing,
    Sign,
    ask,
    ask_along,
    count,
    understand,
)
from acs.store.listing.restricting import restricted
from acs.store.residents import Resident, Residents
from acs.store.settling import Settling
from acs.store.shapes import storable
from acs.store.threads import in_thread
from acs.store.vault import Vault
from acs.store.verbs.measured import Measured
from acs.store.weighing import Weighing

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parts:
    """The few things that a store is made of.  ``sign`` makes list cursors ours."""

    reactor: Reactor
    clock: Clock
    database: Database
    groups: GroupCommit
    ids: Ids
    vault: Vault
    archive: Archive
    residents: Residents
    settling: Settling
    weighing: Weighing
    sign: Sign


class Foundation:
    """The parts, and what all verbs do with them."""

    def __init__(self, parts: Parts) -> None:
        self._clock = parts.clock
        self._reactor = parts.reactor
        self._database = parts.database
        self._groups = parts.groups
        self._ids = parts.ids
        self._vault = parts.vault
        self._archive = parts.archive
        self._residents = parts.residents
        self._settling = parts.settling
        self._weighing = parts.weighing
        self._sign = parts.sign
        self.happenings = Happenings()
        self.measured = Measured(parts.groups.durations)

    def committed(self) -> Deferred[None]:
        """Fires when all that was said up to now is on disk; fails with `StoreUnavailable` if it cannot
        be."""
        return self._groups.committed()

    def new_id(self) -> int:
        """A new number for a session or a job: unique, below 2**63, growing with time."""
        return self._ids.next()

    def derive(self, purpose: str) -> bytes:
        """32 bytes for a purpose, which all processes on the database have and nobody else."""
        return self._vault.derive(purpose)

    async def _rows(self, sql: str, *parameters: object, fresh: bool = True) -> list[Row]:
        """The rows of a SELECT; ``fresh``: with all that was said before."""
        if fresh:
            await self._groups.tried()
        clean = [storable(value) if isinstance(value, str) else value for value in parameters]
        return await self._database.query(sql, clean)

    async def _row(self, sql: str, *parameters: object, fresh: bool = True) -> Row | None:
        """The first row of a SELECT."""
        rows = await self._rows(sql, *parameters, fresh=fresh)
        return rows[0] if rows else None

    async def _ask(self, listing: Listing, query: Query) -> tuple[Asked, list[Row]]:
        """What a query asks for, and its rows; raises `BadQuery`."""
        meant = [
            *understand(listing, query, self._clock.seconds()),
            *restricted(listing, query.only),
        ]
        found = [each for each in meant if isinstance(each, Among)]
        if found and len(found) == len(meant) and not query.sort:
            leader = max(found, key=lambda each: each.weight)
            others = [(each, await self._has_row(each.probe)) for each in found if each is not leader]
            asked = ask_along(listing, query, leader, others, self._sign)
        else:
            asked = ask(listing, query, [await self._quickest(each) for each in meant], self._sign)
        return asked, await self._rows(asked.statement.sql, *asked.statement.parameters)

    async def _count_settled(self, listing: Listing, query: Query) -> int:
        """How many rows the filters of a query find; raises `BadQuery`."""
        await self._settling.settle()
        meant = understand(listing, query, self._clock.seconds())
        counting = count(listing, [await self._quickest(each) for each in meant])
        ((found,),) = await self._rows(counting.sql, *counting.parameters)
        return int(found)

    async def _quickest(self, meant: Condition | Among | Either) -> Condition:
        if isinstance(meant, Condition):
            return meant
        return meant.condition(many=await self._has_row(meant.probe))

    async def _has_row(self, statement: Statement) -> bool:
        return bool(await self._rows(statement.sql, *statement.parameters))

    async def _ask_of_device(self, listing: Listing, device_id: str, query: Query) -> tuple[Asked, list[Row]]:
        """The same for a list of what belongs to one device, which is no filter of it."""
        if "device" in query.filters:
            raise BadQuery("device", "there is no such filter")
        return await self._ask(listing, replace(query, filters={**query.filters, "device": device_id}))

    async def _ask_settled(self, listing: Listing, query: Query) -> tuple[Asked, list[Row]]:
        """The same for a list whose rows follow from the sessions."""
        await self._settling.settle()
        return await self._ask(listing, query)

    def _in_thread(self, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> Deferred[T]:
        """Fires with the result of a blocking call."""
        return in_thread(self._reactor, work, *args, **more)

    def _tell_of(
        self,
        topic: Topic,
        what: str,
        device_id: str,
        record: Record | None,
        **more: Any,
    ) -> None:
        """Tell whoever listens what has happened."""
        if self.happenings.wanted:
            self.happenings.tell(Happening(topic, what, device_id, self._clock.seconds(), record, **more))

    def _resident(self, device_id: str) -> Resident:
        """A device in memory; raises LookupError."""
        resident = self._residents.get(device_id)
        if resident is None:
            raise LookupError(f"the device {device_id} is not in memory")
        return resident


def changing(table: str, key: str, number: int, columns: dict[str, object]) -> Statement:
    """The UPDATE of these columns in the row of that key."""
    sets = ", ".join(f"{name} = ?" for name in columns)
    return Statement(f"UPDATE {table} SET {sets} WHERE {key} = ?", (*columns.values(), number))
