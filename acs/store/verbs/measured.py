"""What is counted of the store's work in this process, for whoever wants to see how it fares."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

COMMITS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds of how long the database takes for a group, in seconds."""


class Durations:
    """How often something took how long: ``counts`` by the ``bounds`` that it did not exceed, and then what
    exceeded all; ``total`` in seconds."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def note(self, seconds: float) -> None:
        """It took so long."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds


class Measured:
    """``commits`` is how long groups took to be on disk, or to fail; ``jobs`` how many came to each state,
    by its name."""

    def __init__(self, commits: Durations) -> None:
        self.commits = commits
        self.jobs: Counter[str] = Counter()
