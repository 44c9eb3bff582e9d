"""Alarms: each is raised once, until its cause is gone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from acs.store.database import Row, Statement
from acs.store.foundation import Foundation
from acs.store.happenings import Topic
from acs.store.interface import Query
from acs.store.listing.listings import ALARM_SHAPE, ALARMS
from acs.store.records import Page
from acs.store.records.alarms import Alarm, AlarmKind
from acs.store.shapes import storable

# The device's key, 0 for none.  One that is deleted meanwhile has no alarms.
_ITS_KEY = "SELECT key FROM devices WHERE id = ? AND deleted IS NULL"
_SAY = (
    f"INSERT INTO alarms (device, {ALARM_SHAPE.columns()}) {{rows}}"
    " ON CONFLICT (device, campaign, subject, kind) WHERE ended = 0 DO UPDATE SET text = excluded.text"
)
_OF_DEVICE = _SAY.format(
    rows=f"SELECT key, {ALARM_SHAPE.marks} FROM devices WHERE id = ? AND deleted IS NULL"
)
_OF_NONE = _SAY.format(rows=f"VALUES (0, {ALARM_SHAPE.marks})")
_END = (
    f"UPDATE alarms SET ended = ? WHERE device = coalesce(({_ITS_KEY}), 0) AND campaign = ? AND subject = ?"
    f" AND kind = ? AND ended = 0 RETURNING {ALARM_SHAPE.columns()}"
)
_ACKNOWLEDGE = "UPDATE alarms SET acknowledged = ?, acknowledged_by = ? WHERE id = ?"
_ONE = f"SELECT {ALARMS.columns} {ALARMS.source} AND a.id = ?"


class Alarms(Foundation):
    """The verbs about alarms (`acs.store.interface.Store`)."""

    def raise_alarm(
        self, kind: AlarmKind, text: str, device: str = "", campaign: int | None = None, subject: str = ""
    ) -> None:
        """Raise it for a device, a campaign or what else; where one of this kind is open, it says this from
        now on."""
        now = self._clock.seconds()
        alarm = Alarm(self._ids.next(), kind, now, device, campaign, text, subject=subject)
        values = ALARM_SHAPE.values(alarm)
        saying = Statement(_OF_DEVICE, (*values, device)) if device else Statement(_OF_NONE, values)
        self._groups.behind(saying)
        self._tell_of(Topic.ALARM, "raised", device, alarm)

    def end_alarm(
        self, kind: AlarmKind, device: str = "", campaign: int | None = None, subject: str = ""
    ) -> None:
        """Its cause is gone, which is told once that is on disk; nothing where none is open."""
        ending = self._ending(kind, device, campaign, subject)
        self._groups.behind(ending, then=partial(self._ended, device))

    def _ending(self, kind: AlarmKind, device: str, campaign: int | None, subject: str) -> Statement:
        about = device, campaign or 0, storable(subject), kind.value
        return Statement(_END, (self._clock.seconds(), *about))

    def _ended(self, device: str, rows: Sequence[Row]) -> None:
        for row in rows:
            self._tell_of(Topic.ALARM, "ended", device, Alarm(device=device, **ALARM_SHAPE.fields(row)))

    async def alarms(self, query: Query) -> Page[Alarm]:
        """Alarms, the newest first where no order is asked for (`acs.store.listing.listings.ALARMS`)."""
        asked, rows = await self._ask(ALARMS, query)
        return asked.page(rows, _read)

    async def alarm(self, number: int) -> Alarm | None:
        """One alarm."""
        row = await self._row(_ONE, number)
        return None if row is None else _read(row)

    async def acknowledge_alarm(self, number: int, by: str, when: float | None) -> Alarm | None:
        """A person has seen it, or with None wants it to be seen again; None where there is no such alarm."""
        await self._groups.write(Statement(_ACKNOWLEDGE, (when or 0.0, by if when else "", number)))
        return await self.alarm(number)


def _read(row: Row) -> Alarm:
    return Alarm(device=row[len(ALARM_SHAPE.names)] or "", **ALARM_SHAPE.fields(row))
