"""How devices are woken: what with, where they are found, what came of it, for which jobs."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import astuple

from acs.store.database import Row, Statement
from acs.store.interface import Query
from acs.store.listing.listings import JOB_COLUMNS, JOBS, WAKE_SHAPE, WAKES
from acs.store.loading import Loading
from acs.store.records import Job, Page
from acs.store.records.wakes import Binding, Wake, Waking
from acs.store.shapes import storable

_PURPOSE = "waking"
_SELECT = (
    "SELECT w.device, w.document, d.id FROM wakings w JOIN devices d ON d.key = w.device"
    " WHERE d.deleted IS NULL AND "
)
_PUT = (
    "INSERT INTO wakings (device, stun_username, xmpp_username, document, updated) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (device) DO UPDATE SET stun_username = excluded.stun_username,"
    " xmpp_username = excluded.xmpp_username, document = excluded.document, updated = excluded.updated"
)
_PUT_INSTEAD = (
    "UPDATE wakings SET stun_username = ?, xmpp_username = ?, document = ?, updated = ?"
    " WHERE device = ? AND document = ? RETURNING device"
)
_BINDING = (
    "SELECT b.host, b.port, b.seen, b.node FROM bindings b JOIN devices d ON d.key = b.device"
    " WHERE d.id = ? AND d.deleted IS NULL"
)
_KEEP_BINDING = (
    "INSERT INTO bindings (device, host, port, seen, node)"
    " SELECT key, ?, ?, ?, ? FROM devices WHERE id = ? AND deleted IS NULL"
    " ON CONFLICT (device) DO UPDATE SET host = excluded.host, port = excluded.port, seen = excluded.seen,"
    " node = excluded.node"
)
_ADD_WAKE = (
    f"INSERT INTO wakes (device, {WAKE_SHAPE.columns()})"
    f" SELECT key, {WAKE_SHAPE.marks} FROM devices WHERE id = ? AND deleted IS NULL"
)
_DUE = (
    "UPDATE jobs SET wake_at = ? WHERE id IN (SELECT id FROM jobs WHERE state = 'queued' AND wake_at > 0"
    " AND wake_at <= ? ORDER BY wake_at LIMIT ?{lock}) RETURNING id"
)
_LEFT = "SELECT username FROM accounts_left ORDER BY since LIMIT ?"
_GONE = "DELETE FROM accounts_left WHERE username = ?"


class Wakings(Loading):
    """The verbs about waking devices (`acs.store.verbs.wakes.Wakes`)."""

    async def waking(self, device_id: str) -> Waking | None:
        """What the device is woken with; None where it was never given anything."""
        row = await self._row(
            f"{_SELECT} d.id = ?", device_id, fresh=False
        )  # whoever puts it waits for the disk
        return None if row is None else self._read_waking(row)

    async def put_waking(self, device_id: str, waking: Waking) -> None:
        """Keep that; on disk when this returns.  LookupError for an unknown device."""
        async with self._alone(device_id):
            key = (await self._bring_known(device_id)).device.key
            document = self._vault.close_document(astuple(waking), _PURPOSE, key)
            names = storable(waking.stun_username), storable(waking.xmpp_username)
            await self._groups.write(Statement(_PUT, (key, *names, document, self._clock.seconds())))

    async def put_waking_instead(self, device_id: str, before: Waking, waking: Waking) -> bool:
        """Keep that where it is still what it was before; whether it was."""
        row = await self._row(f"{_SELECT} d.id = ?", device_id, fresh=False)
        if row is None or self._read_waking(row) != before:
            return False
        key, sealed, _ = row
        document = self._vault.close_document(astuple(waking), _PURPOSE, key)
        names = storable(waking.stun_username), storable(waking.xmpp_username)
        # What is put at the same time, here or by another process, is sealed anew, and so another document.
        what = *names, document, self._clock.seconds(), key, sealed
        return bool(await self._groups.write(Statement(_PUT_INSTEAD, what)))

    async def known_to_stun(self, username: str) -> tuple[str, str] | None:
        """The id and the password of the device whose STUN requests have this user name."""
        mine = f"{_SELECT} w.stun_username = ? AND w.stun_username <> ''"
        row = await self._row(mine, username, fresh=False)
        return None if row is None else (row[2], self._read_waking(row).stun_password)

    def _read_waking(self, row: Row) -> Waking:
        return Waking(*self._vault.open_document(row[1], _PURPOSE, row[0]))

    async def binding(self, device_id: str) -> Binding | None:
        """Where the device's NAT was last seen to let UDP in."""
        row = await self._row(_BINDING, device_id)
        return None if row is None else Binding(*row)

    def keep_binding(self, device_id: str, binding: Binding) -> None:
        """Note that; nothing where there is no such device."""
        self._groups.behind(Statement(_KEEP_BINDING, (*astuple(binding), device_id)))

    def add_wake(self, wake: Wake) -> None:
        """Note what came of a ConnectionRequest; nothing where there is no such device."""
        self._groups.behind(Statement(_ADD_WAKE, (*WAKE_SHAPE.values(wake), wake.device)))

    async def wakes(self, device_id: str, query: Query) -> Page[Wake]:
        """What came of those to a device (`acs.store.listing.listings.WAKES`)."""
        asked, rows = await self._ask_of_device(WAKES, device_id, query)
        return asked.page(rows, lambda row: Wake(device=device_id, **WAKE_SHAPE.fields(row)))

    async def due_wakes(self, now: float, until: float, limit: int) -> Sequence[Job]:
        """Queued jobs whose devices are to be woken by now, which are this process's to see to ``until``
        then: they are due to no other process before."""
        lock = "" if self._database.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"
        claimed = await self._groups.write(Statement(_DUE.format(lock=lock), (until, now, limit)))
        numbers = [number for (number,) in claimed]
        if not numbers:
            return ()
        marks = ", ".join("?" * len(numbers))
        rows = await self._rows(
            f"SELECT {JOB_COLUMNS} {JOBS.source} AND j.id IN ({marks}) ORDER BY j.id", *numbers
        )
        return [self._read_job(row) for row in rows]

    async def jobs_accepted(self, device_id: str) -> None:
        """Wait until the jobs are in memory that are being accepted for a resident device, wherever that is:
        it calls for the sake of one."""
        resident = self._residents.glance(device_id)
        if self._database.dialect != "sqlite" and resident is not None:
            resident.stale = True
            await self._bring(device_id)
            return
        lock = self._locks.get(device_id)
        if lock is not None and lock.locked:
            async with lock:
                pass

    async def accounts_left(self, limit: int) -> Sequence[str]:
        """User names of XMPP accounts whose devices are no more."""
        return [username for (username,) in await self._rows(_LEFT, limit)]

    async def account_gone(self, username: str) -> None:
        """Forget one of them: the server has it no more."""
        await self._groups.write(Statement(_GONE, (username,)))
