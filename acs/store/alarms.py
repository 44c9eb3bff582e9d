"""Alarms: each is raised once, until its cause is gone."""

from __future__ import annotations

from acs.store.alarm_records import Alarm, AlarmKind
from acs.store.database import Row, Statement
from acs.store.foundation import Foundation
from acs.store.happenings import Topic
from acs.store.interface import Query
from acs.store.listings import ALARM_SHAPE, ALARMS
from acs.store.records import Page

# The device's key, 0 for none.  One that is deleted meanwhile has no alarms.
_ITS_KEY = "SELECT key FROM devices WHERE id = ? AND deleted IS NULL"
_SAY = (
    f"INSERT INTO alarms (device, {ALARM_SHAPE.columns()}) {{rows}}"
    " ON CONFLICT (device, campaign, kind) WHERE ended = 0 DO UPDATE SET text = excluded.text"
)
_OF_DEVICE = _SAY.format(
    rows=f"SELECT key, {ALARM_SHAPE.marks} FROM devices WHERE id = ? AND deleted IS NULL"
)
_OF_NONE = _SAY.format(rows=f"VALUES (0, {ALARM_SHAPE.marks})")
_END = (
    f"UPDATE alarms SET ended = ? WHERE device = coalesce(({_ITS_KEY}), 0) AND campaign = ? AND kind = ?"
    " AND ended = 0"
)
END_OF_CAMPAIGN = "UPDATE alarms SET ended = ? WHERE device = 0 AND campaign = ? AND ended = 0"
"""Ends whatever is open about a campaign."""
_ACKNOWLEDGE = "UPDATE alarms SET acknowledged = ?, acknowledged_by = ? WHERE id = ?"
_ONE = f"SELECT {ALARMS.columns} {ALARMS.source} AND a.id = ?"


class Alarms(Foundation):
    """The verbs about alarms (`acs.store.interface.Store`)."""

    def raise_alarm(self, kind: AlarmKind, text: str, device: str = "", campaign: int | None = None) -> None:
        """Raise it for a device or a campaign; where one of this kind is open, it says this from now on."""
        alarm = Alarm(self._ids.next(), kind, self._clock.seconds(), device, campaign, text)
        values = ALARM_SHAPE.values(alarm)
        saying = Statement(_OF_DEVICE, (*values, device)) if device else Statement(_OF_NONE, values)
        self._groups.behind(saying)
        self._tell_of(Topic.ALARM, "raised", device, alarm)

    def end_alarm(self, kind: AlarmKind, device: str = "", campaign: int | None = None) -> None:
        """Its cause is gone; nothing where none is open."""
        now = self._clock.seconds()
        self._groups.behind(Statement(_END, (now, device, campaign or 0, kind.value)))

    async def alarms(self, query: Query) -> Page[Alarm]:
        """Alarms, the newest first where no order is asked for (`acs.store.listings.ALARMS`)."""
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
