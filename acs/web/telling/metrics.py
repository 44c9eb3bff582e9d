"""The appliance's numbers as Prometheus reads them (text format 0.0.4).

Each process counts for itself, and each of its numbers says whose it is (``worker``).  Workers tell theirs
to the first process of their machine, which is the one that is asked.  What is counted in the database is
that of all nodes.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec
from twisted.internet.defer import DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from acs.recurring import Recurring
from acs.store.interface import Store, StoreUnavailable
from acs.store.records import Count
from acs.store.records.wakes import Wake
from acs.web.telling.families import Counted
from acs.web.telling.minutes import MINUTE, Minutes
from acs.web.telling.numbers import OTHER, Numbers, Tally

TOPIC = "metrics"
TOLD_EVERY = 10.0
"""Seconds from one time that a worker tells its numbers to the next."""
FRESH = 30.0
"""Seconds after which the numbers of one that tells none are left out."""
COUNTED_EVERY = 30.0
"""Seconds for which what was counted in the database is good enough."""
MOST_MODELS = 200
MOST_VERSIONS = 1000
"""How many models, and pairs of model with firmware, are told apart; the others are counted together."""

log = Logger()


class Told(msgspec.Struct):
    """What a worker tells of itself."""

    machine: str
    worker: int
    numbers: Numbers


class Metrics:
    """The numbers of one process of a ``machine`` (a name that no other has), and of its other processes as
    they tell them.  ``messages`` counts those to webhooks by what came of them.

    :ivar tally: where this process counts.
    :ivar minutes: what was done in each of the last minutes.
    """

    def __init__(
        self,
        store: Store,
        clock: IReactorTime,
        machine: str = "",
        worker: int = 0,
        messages: Mapping[str, int] = {},
    ) -> None:
        self.tally = Tally(store, messages)
        self._store = store
        self._now = clock.seconds
        self._machine, self._worker = machine, worker
        self._told: dict[int, tuple[float, Numbers]] = {}
        self._counted: tuple[float, Counted] | None = None
        self._counting = DeferredLock()
        self._turns = Recurring(clock, TOLD_EVERY, self._tell, "the numbers could not be told")
        self.minutes = Minutes(lambda: self._processes().values())
        self._minutes = Recurring(clock, MINUTE, self._minute, "a minute could not be noted")
        store.listen(TOPIC, self._heard)

    def woken(self, wake: Wake) -> None:
        """A device was asked to call."""
        self.tally.woken(wake)

    def begin(self) -> None:
        """Tell the first process of this machine what is counted here, where this is another."""
        if self._worker:
            self._turns.start(now=True)
        else:
            self._minutes.start(now=True)

    def close(self) -> None:
        """Tell no more."""
        self._turns.stop()
        self._minutes.stop()

    async def text(self) -> bytes:
        """All of it."""
        try:
            counted = await self._count()
        except StoreUnavailable:
            counted = None
        from acs.web.telling.exposition import exposition

        return exposition(self._processes(), counted)

    def _processes(self) -> dict[int, Numbers]:
        """The numbers of each process, as of a moment ago."""
        oldest = self._now() - FRESH
        told = {worker: numbers for worker, (at, numbers) in self._told.items() if at >= oldest}
        return told | {self._worker: self.tally.numbers()}

    def _minute(self) -> None:
        self.minutes.note(self._now())

    async def _count(self) -> Counted:
        """What is in the database, as of a moment ago; counted once, however many ask."""
        await self._counting.acquire()
        try:
            if self._counted is None or self._now() - self._counted[0] >= COUNTED_EVERY:
                counted = Counted(
                    await self._store.open_job_counts(),
                    {kind.value: count for kind, count in (await self._store.open_alarm_counts()).items()},
                    sum(each.queued for each in (await self._store.standings()).values()),
                    by_firmware(await self._store.models()),
                )
                self._counted = self._now(), counted
            return self._counted[1]
        finally:
            self._counting.release()

    def _tell(self) -> None:
        if self._store.available:
            told = msgspec.json.encode(Told(self._machine, self._worker, self.tally.numbers()))
            # With all RPCs that there are it would be longer than what may be said.
            self._store.tell(TOPIC, b64encode(zlib.compress(told)).decode())

    def _heard(self, words: str) -> None:
        try:
            told = msgspec.json.decode(zlib.decompress(b64decode(words)), type=Told)
        except (ValueError, zlib.error, msgspec.DecodeError) as error:
            log.warn("a worker of another version tells its numbers: {error}", error=error)
            return
        if told.machine == self._machine and self._worker == 0:
            self._told[told.worker] = self._now(), told.numbers


def by_firmware(models: Iterable[Count]) -> dict[tuple[str, str], int]:
    """Devices by model with firmware: of the models with the most devices, and of their versions."""
    pairs: Counter[tuple[str, str]] = Counter()
    for place, model in enumerate(sorted(models, key=lambda each: (-each.devices, each.name))):
        if place >= MOST_MODELS:
            pairs[OTHER, OTHER] += model.devices
            continue
        for version, devices in model.fields["software_versions"].items():
            pairs[model.name, version] += devices
    found: Counter[tuple[str, str]] = Counter(dict(pairs.most_common(MOST_VERSIONS)))
    for (model_name, version), devices in pairs.items():
        if (model_name, version) not in found:
            found[model_name, OTHER] += devices
    return found
