"""Bounds how often something is told: the first times each on its own, the others as a number."""

from __future__ import annotations

from collections import Counter


class Sparing:
    """Of what happens in ``seconds``, ``most`` are told one by one; the rest is counted by reason.

    Time is an argument, in seconds.
    """

    def __init__(self, most: int = 20, seconds: float = 60.0) -> None:
        self.seconds = seconds
        self._most = most
        self._until = float("-inf")
        self._told = 0
        self._untold: Counter[str] = Counter()

    def wants(self, now: float, reason: str = "") -> bool:
        """It happened; returns whether to tell of it."""
        if now >= self._until and not self._untold:
            self._told, self._until = 0, now + self.seconds
        if self._told < self._most:
            self._told += 1
            return True
        self._untold[reason] += 1
        return False

    def passed_over(self, now: float) -> Counter[str]:
        """How often it was not told, by reason, once the period is over; empty before that, and when it has
        been taken."""
        if now < self._until:
            return Counter()
        untold, self._untold = self._untold, Counter()
        return untold
