"""Bounds how often something is told: the first times each on its own, the others as a number."""

from __future__ import annotations

from collections import Counter


class Tally:
    """Of what happens in ``seconds``, ``most`` are told one by one; the rest is counted by reason.

    Time is an argument, in seconds.
    """

    def __init__(self, most: int = 20, seconds: float = 60.0) -> None:
        self.seconds = seconds
        self._most = most
        self._since = float("-inf")
        self._told = 0
        self._untold: Counter[str] = Counter()

    def note(self, now: float, reason: str) -> bool:
        """It happened; returns whether to tell of it."""
        if now - self._since >= self.seconds:
            self._since, self._told = now, 0
        if self._told < self._most:
            self._told += 1
            return True
        self._untold[reason] += 1
        return False

    def take(self) -> tuple[int, str]:
        """How often it was not told, and the three reasons that came most, each with its number; forgets
        them."""
        reasons = ", ".join(f"{count} {reason}" for reason, count in self._untold.most_common(3))
        count = self._untold.total()
        self._untold.clear()
        return count, reasons
