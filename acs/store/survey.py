"""What is looked at from time to time, of all devices together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from acs.store.database import Statement
from acs.store.foundation import Foundation
from acs.store.ids import first_of
from acs.store.listing.listings import ended
from acs.store.records import SessionResult
from acs.store.records.alarms import AlarmKind, Late

_SUBJECTS = "SELECT kind, subject FROM alarms WHERE ended = 0 AND subject <> ''"
_COUNTS = "SELECT kind, count(*) FROM alarms WHERE ended = 0 GROUP BY kind"
_TURN = (
    "INSERT INTO turns (name, until) VALUES (?, ?) ON CONFLICT (name)"
    " DO UPDATE SET until = excluded.until WHERE turns.until <= ? RETURNING name"
)
_LATE = (
    "SELECT d.manufacturer || '/' || d.product_class, count(*), sum(CASE WHEN p.last_inform <"
    " ? - ? * CASE WHEN d.inform_interval > 0 THEN d.inform_interval ELSE ? END THEN 1 ELSE 0 END)"
    " FROM presence p JOIN devices d ON d.key = p.device WHERE p.last_inform >= ? AND d.deleted IS NULL"
    " GROUP BY d.manufacturer, d.product_class"
)
_SINCE = "SELECT count(*) FROM sessions WHERE settled = 1 AND id >= ?"
_WELL = f"{_SINCE} AND {ended(SessionResult.SUCCESS)}"
_FAILED = f"{_SINCE} AND {ended(SessionResult.FAILED)} AND device IS NOT NULL"


class Survey(Foundation):
    """The verbs about that (`acs.store.verbs.alarms.Alarming`)."""

    async def open_subjects(self) -> Collection[tuple[AlarmKind, str]]:
        """What is open about what is neither device nor campaign: kind and subject of each."""
        return {(AlarmKind(kind), subject) for kind, subject in await self._rows(_SUBJECTS)}

    async def open_alarm_counts(self) -> Mapping[AlarmKind, int]:
        """How many of each kind are open; every kind is there."""
        found = dict.fromkeys(AlarmKind, 0)
        return found | {AlarmKind(kind): count for kind, count in await self._rows(_COUNTS)}

    async def take_turn(self, what: str, now: float, until: float) -> bool:
        """Do something that one process does for all; False where one has, or does, and its time is not
        over."""
        return bool(await self._groups.write(Statement(_TURN, (what, until, now))))

    async def late_devices(self, now: float, times: float, interval: int, since: float) -> Sequence[Late]:
        """The devices of each model that have called since then, and how many of them have not for longer
        than so many ``times`` their interval, which is ``interval`` where they do not tell it."""
        await self._settling.settle()
        rows = await self._rows(_LATE, now, times, interval, since)
        return [Late(model, devices, int(late)) for model, devices, late in rows]

    async def session_counts(self, since: float) -> tuple[int, int]:
        """How many sessions that began since then have gone well, and how many have failed."""
        await self._settling.settle()
        first = first_of(since)
        (well,), (failed,) = (await self._rows(_WELL, first))[0], (await self._rows(_FAILED, first))[0]
        return well, failed
