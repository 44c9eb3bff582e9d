"""The appliance's numbers in Prometheus's text format 0.0.4.

prometheus_client brings a web server of its own along: nothing imports this before somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from acs.web.telling.families import (
    COUNTERS,
    DEVICES,
    GAUGES,
    HISTOGRAMS,
    OPEN_ALARMS,
    OPEN_JOBS,
    WAITING,
    Counted,
    Family,
)
from acs.web.telling.numbers import Buckets, Numbers


def exposition(processes: Mapping[int, Numbers], counted: Counted | None) -> bytes:
    """All of it: the numbers of each process, and what was counted in the database where it was there."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families([*_of_processes(processes), *_of_database(counted)]))
    return generate_latest(registry)


class _Families(Collector):
    """What has been put together already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        """All of them."""
        return self._families


def _of_processes(processes: Mapping[int, Numbers]) -> Iterator[Metric]:
    for kind, families in ((CounterMetricFamily, COUNTERS), (GaugeMetricFamily, GAUGES)):
        for key, (name, about, labels) in families.items():
            family = kind(name, about, labels=(*labels, "worker"))
            for worker, numbers in sorted(processes.items()):
                for values, value in numbers.samples.get(key, ()):
                    family.add_metric((*values, str(worker)), value)
            yield family
    for key, (name, about, _) in HISTOGRAMS.items():
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
    yield _gauge(OPEN_JOBS, jobs)
    yield _gauge(OPEN_ALARMS, [((kind,), count) for kind, count in sorted(counted.alarms.items())])
    yield _gauge(WAITING, [((), counted.waiting)])
    yield _gauge(DEVICES, sorted(counted.devices.items()))


def _gauge(family: Family, samples: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    gauge = GaugeMetricFamily(family.name, family.about, labels=family.labels)
    for labels, value in samples:
        gauge.add_metric(labels, value)
    return gauge
