"""Settles new sessions: what follows from them is brought up to date some seconds later.

That is the presence of devices, and the costly indexes.
"""

from __future__ import annotations

from twisted.internet.defer import ensureDeferred
from twisted.logger import Logger

from acs.store.database import Clock, DelayedCall, Statement
from acs.store.groups import GroupCommit
from acs.store.ids import of_node
from acs.store.interface import StoreClosed, StoreUnavailable
from acs.store.residents import Resident, Residents

SECONDS = 10.0
# So many are settled with one unit: the more, the more of them share a page of an index; and the longer waits
# who waits behind it, a quarter of a second with 100,000 devices.
PIECE = 8192

_COUNT = """
UPDATE presence SET
    inform_count = presence.inform_count + recent.count,
    last_inform = CASE WHEN recent.last > presence.last_inform THEN recent.last ELSE presence.last_inform END
FROM (
    SELECT device, count(*) AS count, max(started) AS last {new} AND result <> 'open' GROUP BY device
) AS recent
WHERE presence.device = recent.device"""

# How a device calls changes seldom, and each column of it has an index: only rows that differ are written.
_DESCRIBE = """
UPDATE presence SET
    last_session_result = recent.result,
    client_ip = recent.client_ip,
    client_ip_verified = recent.client_ip_verified
FROM (
    SELECT device, started, result, client_ip, client_ip_verified,
        row_number() OVER (PARTITION BY device ORDER BY started DESC, id DESC) AS place
    {new} AND result <> 'open'
) AS recent
WHERE presence.device = recent.device AND recent.place = 1 AND recent.started >= presence.last_inform
    AND (presence.last_session_result <> recent.result OR presence.client_ip <> recent.client_ip
        OR presence.client_ip_verified <> recent.client_ip_verified)"""


def _unit(node: int | None) -> tuple[Statement, ...]:
    """What settles a piece of the sessions of a node; without one, of all there are.

    Each session is counted once for ever: the one transaction counts it and marks it.  No session of the node
    may be written between these statements by another connection, which is why nodes settle their own.
    """
    whose = "" if node is None else f" AND {of_node('id')} = ?"
    mine: tuple[object, ...] = () if node is None else (node,)
    piece = f"SELECT id FROM sessions WHERE settled = 0{whose} ORDER BY id LIMIT {PIECE}"
    upto = f"settled = 0{whose} AND id <= (SELECT max(id) FROM ({piece}) AS piece)"
    new = f"FROM sessions WHERE {upto}"
    return (
        Statement(_COUNT.format(new=new), mine * 2),
        Statement(_DESCRIBE.format(new=new), mine * 2),
        Statement(f"UPDATE sessions SET settled = 1 WHERE {upto}", mine * 2),
        Statement(f"SELECT 1 FROM sessions WHERE settled = 0{whose} LIMIT 1", mine),
    )


class Settling:
    """Settles sessions some seconds after a device has changed, with every `PIECE` of them, and when somebody
    is about to read what follows from it.

    With it the changes are settled that devices in memory have seen before (`acs.store.residents.Residents`).
    """

    log = Logger()

    def __init__(self, groups: GroupCommit, clock: Clock, residents: Residents) -> None:
        self._groups = groups
        self._clock = clock
        self._residents = residents
        self._call: DelayedCall | None = None
        self._said = 0
        self._settled = 0
        self._asked = 0
        self._absent: set[str] = set()
        self._unit = _unit(None)

    def be(self, node: int) -> None:
        """Settle the sessions of this node alone from now on, others' being theirs."""
        self._unit = _unit(node)

    def changed(self, resident: Resident) -> None:
        """Note that a device in memory differs from its rows, or will once they are written."""
        self._residents.touch(resident)
        self._note()

    def appended(self, absent: str = "") -> None:
        """Note a new session; of the device ``absent``, where that has one and is not in memory."""
        if absent:
            self._absent.add(absent)
        self._note()
        if self._said - self._asked >= PIECE:
            self._run()

    async def settle(self) -> None:
        """Settle all that was noted up to now, as far as the database can be written."""
        if self._said > self._settled:
            try:
                await self.settle_all()
            except StoreClosed:
                pass  # what is new is settled when it is open again
            except StoreUnavailable as error:
                self.log.warn("sessions could not be settled: {error}", error=error)
                self._note()

    async def settle_for(self, device_id: str) -> None:
        """Settle what has to be before the device is brought into memory."""
        if device_id in self._absent:
            await self.settle()

    async def settle_all(self) -> None:
        """Settle all sessions that there are; raises `StoreUnavailable`."""
        self.stop()
        change, said, absent = self._residents.changes, self._said, set(self._absent)
        self._asked = said
        while await self._groups.write(*self._unit):
            pass
        self._absent -= absent
        self._residents.settle(change)
        self._settled = max(self._settled, said)

    async def settle_of(self, node: int) -> None:
        """Settle what a dead node left."""
        while await self._groups.write(*_unit(node)):
            pass

    def stop(self) -> None:
        """Do nothing before the next change."""
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _note(self) -> None:
        self._said += 1
        if self._call is None:
            self._call = self._clock.callLater(SECONDS, self._timed)

    def _timed(self) -> None:
        self._call = None
        self._run()

    def _run(self) -> None:
        ensureDeferred(self.settle()).addErrback(
            lambda failure: self.log.failure("sessions could not be settled", failure)
        )
