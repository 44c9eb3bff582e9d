"""Carries out what is done to many devices, while people look how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace
from twisted.internet.defer import Deferred, FirstError, gatherResults
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from acs.recurring import Recurring
from acs.store import ids
from acs.store.interface import Store, StoreError
from acs.store.records.bulks import Bulk, BulkState
from acs.web.bulk.actions import Act

PIECE = 50
"""Devices that it is done to at once."""
MOST = 4
"""How many bulks a process carries out at once."""
SAVE = 1.0
"""Seconds after which it is kept how far they have come."""
SILENT = 60.0
"""One that was not heard of for so many seconds was interrupted."""
TOLD = 100
"""Of so many devices it is kept why they cannot have it."""

PAST = 100
"""So many that have ended are remembered."""

log = Logger()


class TooManyBulks(Exception):
    """As many are carried out already as may be at once."""


@dataclass(slots=True, eq=False)
class _Running:
    bulk: Bulk
    devices: Sequence[str]
    act: Act
    stopping: bool = False
    interrupted: bool = False

    async def do(self, device: str) -> None:
        """Do it to one, and note what has become of that."""
        why = await self.act(device)
        if not why:
            self.bulk = replace(self.bulk, done=self.bulk.done + 1)
            return
        reasons = (*self.bulk.reasons, f"{device} {why}")[:TOLD]
        self.bulk = replace(self.bulk, refused=self.bulk.refused + 1, reasons=reasons)


class Bulks:
    """Those that this process carries out."""

    def __init__(self, store: Store, clock: IReactorTime) -> None:
        self._store = store
        self._clock = clock
        self._running: dict[int, _Running] = {}
        self._past: dict[int, _Running] = {}
        self._ended: dict[int, Deferred[None]] = {}
        self._saving = Recurring(clock, SAVE, self._save_all, "how far bulks have come could not be kept")

    async def begin(self, bulk: Bulk, devices: Sequence[str], act: Act) -> None:
        """Carry it out from now on; it is on disk when this returns.  Raises `TooManyBulks`."""
        if len(self._running) >= MOST:
            raise TooManyBulks
        running = self._running[bulk.id] = _Running(bulk, devices, act)
        try:
            await self._store.add_bulk(bulk)
        except BaseException:
            del self._running[bulk.id]
            raise
        self._saving.start()
        self._ended[bulk.id] = Deferred.fromCoroutine(self._run(running))

    def now(self, bulk: Bulk) -> Bulk:
        """What is known of one at this moment, which the store knows so."""
        ours = self._running.get(bulk.id) or self._past.get(bulk.id)
        if ours is not None:
            return ours.bulk if ours.bulk.state.over else replace(ours.bulk, state=bulk.state)
        gone = ids.node_of(bulk.id) == self._store.node
        silent = self._clock.seconds() - max(bulk.changed, bulk.created) > SILENT
        if bulk.state.over or not (gone or silent):
            return bulk
        return replace(bulk, state=BulkState.INTERRUPTED)

    async def stop(self) -> None:
        """The appliance stops: what has not come to its end is interrupted, and said to be."""
        for running in self._running.values():
            running.interrupted = True
        for ended in [*self._ended.values()]:
            ended.cancel()
        self._saving.stop()
        for running in [*self._running.values()]:
            await self._end(running, BulkState.INTERRUPTED)

    async def _run(self, running: _Running) -> None:
        try:
            await self._work(running)
        except Exception:
            if not running.interrupted:
                log.failure("bulk {number} ends early", number=ids.as_text(running.bulk.id))
                await self._end(running, BulkState.INTERRUPTED)
        else:
            await self._end(running, BulkState.STOPPED if running.stopping else BulkState.DONE)

    async def _work(self, running: _Running) -> None:
        for start in range(0, len(running.devices), PIECE):
            if running.stopping:
                return
            piece = running.devices[start : start + PIECE]
            acts = [Deferred.fromCoroutine(running.do(device)) for device in piece]
            try:
                await gatherResults(acts, consumeErrors=True)
            except FirstError as first:
                first.subFailure.raiseException()
            await self._store.committed()

    async def _save_all(self) -> None:
        for running in [*self._running.values()]:
            await self._save(running)

    async def _save(self, running: _Running) -> None:
        running.bulk = replace(running.bulk, changed=self._clock.seconds())
        if await self._store.save_bulk(running.bulk) is BulkState.STOPPING:
            running.stopping = True

    async def _end(self, running: _Running, state: BulkState) -> None:
        now, number = self._clock.seconds(), ids.as_text(running.bulk.id)
        running.bulk = replace(running.bulk, state=state, changed=now, ended=now)
        self._remember(running)
        if not self._running:
            self._saving.stop()
        try:
            await self._store.save_bulk(running.bulk)
        except StoreError as error:
            log.error("how bulk {number} ended is not kept: {reason}", number=number, reason=str(error))

    def _remember(self, ended: _Running) -> None:
        """What somebody is reading at this moment may be what the store knew before it ended."""
        self._running.pop(ended.bulk.id, None)
        self._ended.pop(ended.bulk.id, None)
        ended.devices = ()
        self._past[ended.bulk.id] = ended
        if len(self._past) > PAST:
            del self._past[next(iter(self._past))]
