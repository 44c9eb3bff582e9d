"""Forgetting what is older than the operator wants to keep, a little at a time."""

from __future__ import annotations

from acs.store.database import Statement
from acs.store.foundation import Foundation
from acs.store.ids import first_of
from acs.store.records.answers import ANSWERED_SECONDS

# So many rows go with one unit, lest sessions wait behind it.
_PIECE = 1000
_DAY = 86400
_MONDAY = 4  # the first one of 1970, in days since its beginning
_ENDED = "state NOT IN ('queued', 'sent') AND coalesce(ended, 0) < ?"
_PAST = "ended > 0 AND ended < ?"
_FORGOTTEN = (
    "DELETE FROM devices WHERE deleted < ?"
    " AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.device = devices.key AND sessions.settled = 1)"
)


def _monday(day: int) -> int:
    """The day with which its week begins."""
    return day - (day - _MONDAY) % 7


class Retention(Foundation):
    """The verb that forgets (`acs.store.interface.Store`)."""

    async def retire(
        self, conversations_before: float, sessions_before: float, readings_before: float = 0.0
    ) -> tuple[int, int]:
        """Forget conversations, then whole sessions (and journal entries, ended jobs, and what deleted
        devices left), and readings, older than that; how many conversations and sessions."""
        await self._settling.settle()
        conversations_before = max(conversations_before, sessions_before)
        conversations = await self._delete("conversations", "session", conversations_before)
        await self._in_thread(self._archive.drop_before, conversations_before)
        sessions = await self._delete("sessions", "id", sessions_before)
        await self._delete("readings", "id", readings_before)
        await self._delete("changes", "id", sessions_before)
        await self._delete("wakes", "id", sessions_before)
        await self._delete("audit", "id", sessions_before)
        await self._delete("bulks", "id", sessions_before)
        await self._delete("answered", "id", self._clock.seconds() - ANSWERED_SECONDS)
        await self._delete("alarms", "id", sessions_before, _PAST, sessions_before)
        await self._delete("webhook_deliveries", "id", sessions_before)
        await self._delete("jobs", "id", sessions_before, _ENDED, sessions_before)
        await self._groups.write(Statement(_FORGOTTEN, (sessions_before,)))
        return conversations, sessions

    async def retire_by_days(self, conversations: int, sessions: int, readings: int) -> tuple[int, int]:
        """The same for what is more than so many days old: conversations by whole days, the others by whole
        weeks from Monday on, as they lie in a database that can forget them so."""
        today = int(self._clock.seconds()) // _DAY
        return await self.retire(
            (today - conversations) * _DAY, _monday(today - sessions) * _DAY, _monday(today - readings) * _DAY
        )

    async def _delete(
        self, table: str, key: str, before: float, also: str = "TRUE", *parameters: object
    ) -> int:
        """Delete the rows whose number was given out before then."""
        piece = f"SELECT {key} FROM {table} WHERE {key} < ? AND {also} ORDER BY {key} LIMIT ?"
        statement = Statement(
            f"DELETE FROM {table} WHERE {key} IN ({piece}) RETURNING {key}",
            (first_of(before), *parameters, _PIECE),
        )
        await self._groups.tried()
        deleted = await self._database.drop_before(table, first_of(before))
        while gone := len(await self._groups.write(statement)):
            deleted += gone
        return deleted
