"""A few seconds of what ``python -m benchmarks.fuzz`` does for an hour."""

from __future__ import annotations

import os
import random
import time

from twisted.trial.unittest import SynchronousTestCase

from benchmarks.fuzzing import TARGETS, mutated, resident_bytes

SECONDS = float(os.environ.get("ACS_FUZZ_SECONDS", "12"))
"""For all targets together."""
GROWTH = 64 * 1024 * 1024


class FuzzTests(SynchronousTestCase):
    def test_any_bytes_are_answered_or_refused_and_nothing_grows(self) -> None:
        for name, make in TARGETS.items():
            target, chance, count, before = make(), random.Random(name), 0, 0
            until = time.monotonic() + SECONDS / len(TARGETS)
            while time.monotonic() < until:
                raw = mutated(chance, target.seeds)
                try:
                    target.check(raw)
                except BaseException as error:
                    self.fail(f"{name}: {error!r} for {raw!r}")
                count += 1
                before = before or (resident_bytes() if count > 2000 else 0)
            self.assertGreater(count, 100, name)
            if before:
                self.assertLess(resident_bytes() - before, GROWTH, name)
