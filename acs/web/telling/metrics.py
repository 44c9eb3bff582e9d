"""The appliance's numbers as Prometheus reads them (text format 0.0.4).

Each process counts for itself, and each of its numbers says whose it is (``worker``).  Workers tell theirs
to the first process of their machine, which is the one that is asked.  What is counted in the database is
that of all nodes.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import NamedTuple

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from twisted.internet.defer import DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from acs.recurring import Recurring
from acs.store.interface import Store, StoreUnavailable
from acs.store.records import Count
from acs.store.records.wakes import Wake
from acs.web.telling.minutes import MINUTE, Minutes
from acs.web.telling.numbers import OTHER, Buckets, Numbers, Tally

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


class Family(NamedTuple):
    """A number by its name, with what it tells, and by which labels.

    Counters are ``NAME_total``; whatever is a process's own has the label ``worker`` as well.
    """

    name: str
    about: str
    labels: tuple[str, ...] = ()


_COUNTERS = {
    "sessions": Family(
        "acs_sessions",
        "Sessions that are over: success, failed; and messages that were refused.",
        ("result",),
    ),
    "rpcs": Family("acs_rpcs", "RPCs by who has asked (in: the CPE).", ("direction", "rpc")),
    "faults": Family("acs_faults", "Faults by who has answered, and to what.", ("direction", "rpc")),
    "wakes": Family("acs_wakes", "Connection requests.", ("method", "outcome")),
    "received": Family("acs_received_bytes", "Bodies of what CPEs have sent."),
    "sent": Family("acs_sent_bytes", "Bodies of what was sent to CPEs."),
    "jobs": Family("acs_jobs", "Jobs that have come to a state.", ("state",)),
    "messages": Family(
        "acs_webhook_messages",
        "Messages to webhooks by what came of each try: taken, refused, unanswered; dropped before.",
        ("outcome",),
    ),
}
_GAUGES = {
    "open": Family("acs_open_sessions", "Sessions that are open."),
    "available": Family("acs_store_available", "1 where the database could be written the last time."),
}
_HISTOGRAMS = {
    "durations": Family("acs_session_duration_seconds", "How long sessions take."),
    "commits": Family("acs_store_commit_seconds", "How long the database takes for a group of changes."),
}
_OPEN_JOBS = Family("acs_open_jobs", "In the database: jobs that wait, or await an answer.", ("state",))
_OPEN_ALARMS = Family("acs_alarms_open", "In the database: alarms whose cause is not gone.", ("kind",))
_WAITING = Family("acs_webhook_waiting", "In the database: messages that wait for webhooks.")
_DEVICES = Family(
    "acs_devices",
    "In the database: devices by model (Manufacturer/ProductClass).",
    ("model", "software_version"),
)

FAMILIES: tuple[tuple[str, Family], ...] = (
    *(("counter", each) for each in _COUNTERS.values()),
    *(("gauge", each) for each in _GAUGES.values()),
    *(("histogram", each) for each in _HISTOGRAMS.values()),
    *(("gauge", each) for each in (_OPEN_JOBS, _OPEN_ALARMS, _WAITING, _DEVICES)),
)
"""All of them, each after its kind."""


class Told(msgspec.Struct):
    """What a worker tells of itself."""

    machine: str
    worker: int
    numbers: Numbers


class Counted(msgspec.Struct, frozen=True):
    """What was counted in the database: open jobs by state, open alarms by kind, messages that wait for
    webhooks, devices by model with firmware."""

    jobs: Mapping[str, int]
    alarms: Mapping[str, int]
    waiting: int
    devices: Mapping[tuple[str, str], int]


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
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Families([*_of_processes(self._processes()), *_of_database(counted)]))
        return generate_latest(registry)

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


class _Families(Collector):
    """What has been put together already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        """All of them."""
        return self._families


def _of_processes(processes: Mapping[int, Numbers]) -> Iterator[Metric]:
    for kind, families in ((CounterMetricFamily, _COUNTERS), (GaugeMetricFamily, _GAUGES)):
        for key, (name, about, labels) in families.items():
            family = kind(name, about, labels=(*labels, "worker"))
            for worker, numbers in sorted(processes.items()):
                for values, value in numbers.samples.get(key, ()):
                    family.add_metric((*values, str(worker)), value)
            yield family
    for key, (name, about, _) in _HISTOGRAMS.items():
        histogram = HistogramMetricFamily(name, about, labels=("worker",))
        for worker, numbers in sorted(processes.items()):
            buckets = numbers.buckets[key]
            histogram.add_metric((str(worker),), _cumulative(buckets), buckets.total)
        yield histogram


def _cumulative(buckets: Buckets) -> list[tuple[str, float]]:
    bounds = (*map(str, buckets.bounds), "+Inf")
    return list(zip(bounds, accumulate(buckets.counts), strict=True))


def _of_database(counted: Counted | None) -> Iterator[Metric]:
    if counted is None:
        return
    jobs = [((state,), count) for state, count in sorted(counted.jobs.items())]
    yield _gauge(_OPEN_JOBS, jobs)
    yield _gauge(_OPEN_ALARMS, [((kind,), count) for kind, count in sorted(counted.alarms.items())])
    yield _gauge(_WAITING, [((), counted.waiting)])
    yield _gauge(_DEVICES, sorted(counted.devices.items()))


def _gauge(family: Family, samples: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    gauge = GaugeMetricFamily(family.name, family.about, labels=family.labels)
    for labels, value in samples:
        gauge.add_metric(labels, value)
    return gauge


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
