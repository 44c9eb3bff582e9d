"""The files that go out to devices, or come from them, at this process.

Who asks is shown them, and who listens is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.store.happenings import Happening, Topic
from acs.store.interface import Store, StoreUnavailable
from acs.store.records.files import FileTransfer

EVERY = 1.0
"""Seconds between two words about a transfer, at the least, while it goes on."""

Source = Callable[[], Sequence[FileTransfer]]
"""Gives those that a server has."""

log = Logger()


class FileTransfers:
    """Those of all servers of this process.

    :param now: seconds since 1970.
    """

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        self._sources: list[Source] = []
        self._told: dict[int, float] = {}
        self._to_tell: list[Happening] = []
        self._telling = False

    def add_source(self, source: Source) -> None:
        """There is one more server."""
        self._sources.append(source)

    async def running(self) -> list[FileTransfer]:
        """Those that are under way, each with the id of its device, the oldest first."""
        found = [transfer for source in self._sources for transfer in source()]
        ids = await self._store.device_ids(each.device_key for each in found)
        named = [_named(each, ids.get(each.device_key, "")) for each in found]
        return sorted(named, key=lambda each: each.id)

    def heard(self, transfer: FileTransfer) -> None:
        """One has begun, has come further, has ended: whoever listens is told, but not of every step."""
        now, before = self._now(), self._told.get(transfer.id)
        if transfer.ended:
            self._told.pop(transfer.id, None)
        elif before is not None and now - before < EVERY:
            return
        else:
            self._told[transfer.id] = now
        if not self._store.happenings.wanted:
            return
        self._to_tell.append(Happening(Topic.TRANSFER, _what(transfer, before), "", now, transfer))
        if not self._telling:
            self._telling = True
            Deferred.fromCoroutine(self._tell()).addErrback(_not_told)

    async def _tell(self) -> None:
        """Tell what there is to tell, in its order, once it is known whose it is."""
        try:
            while self._to_tell:
                waiting, self._to_tell = self._to_tell, []
                await self._tell_all(waiting)
        finally:
            self._telling = False

    async def _tell_all(self, happenings: Iterable[Happening]) -> None:
        known = [(each, each.record) for each in happenings if isinstance(each.record, FileTransfer)]
        try:
            ids = await self._store.device_ids(transfer.device_key for _, transfer in known)
        except StoreUnavailable:
            self._store.happenings.miss()
            return
        for happening, transfer in known:
            device = ids.get(transfer.device_key, "")
            told = replace(happening, device=device, record=_named(transfer, device))
            self._store.happenings.tell(told)


def _named(transfer: FileTransfer, device: str) -> FileTransfer:
    return replace(transfer, device=device) if device else transfer


def _what(transfer: FileTransfer, before: float | None) -> str:
    if transfer.ended:
        return "failed" if transfer.failure else "ended"
    return "began" if before is None else "progressed"


def _not_told(failure: Failure) -> None:
    log.failure("how far files have come could not be told", failure)
