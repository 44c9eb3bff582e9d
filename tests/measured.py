"""The benchmarks still run, each at its smallest; how fast anything is, is nothing that a test is about."""

from __future__ import annotations

import math
from collections.abc import Callable
from unittest import SkipTest

from twisted.trial.unittest import SynchronousTestCase

from benchmarks.__main__ import run
from benchmarks.catalogue import ALL, BESIDE, Benchmark
from benchmarks.nginx import PROGRAM
from tests.support.postgres import SKIP

NEEDS = {
    "nginx is not installed": (PROGRAM, ("periodic", "periodic-postgresql", "image")),
    SKIP: (not SKIP, ("periodic-postgresql", "database", "workers")),
}
COVERED = {"memory": "memory-tls does the same and more"}
"""Benchmarks that are not run here, with the reason."""


class SmallestTests(SynchronousTestCase):
    """Each in a process of its own, as `make bench` runs it."""


def _runs(benchmark: Benchmark) -> Callable[[SynchronousTestCase], None]:
    def test(self: SynchronousTestCase) -> None:
        for reason, (there, names) in NEEDS.items():
            if benchmark.name in names and not there:
                raise SkipTest(reason)
        results = run(benchmark, "least")
        self.assertTrue(results, f"{benchmark.name} has failed: its words are above")
        for result in results:
            self.assertTrue(result.rounds and all(map(math.isfinite, result.rounds)), result)

    return test


for _benchmark in (*ALL, *BESIDE):
    if _benchmark.name not in COVERED:
        _name = f"test_{_benchmark.name.replace('-', '_')}_finds_what_it_is_for"
        setattr(SmallestTests, _name, _runs(_benchmark))
