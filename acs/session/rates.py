"""How often somebody may call: a sliding window over two fixed ones, so that a million callers cost two
numbers each."""

from __future__ import annotations


class Rates:
    """At most ``count`` calls of one name within ``seconds`` (0: no limit)."""

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds
        self._window = 0
        self._current: dict[str, int] = {}
        self._previous: dict[str, int] = {}

    def wait(self, name: str, now: float) -> float:
        """Count a call; 0 if it may be served, else the seconds after which the caller may try again (not
        counted)."""
        due = self.due(name, now)
        if due == 0 and self._count > 0:
            self._current[name] = self._current.get(name, 0) + 1
        return due

    def due(self, name: str, now: float) -> float:
        """The same, without counting it."""
        if self._count <= 0:
            return 0.0
        window, elapsed = divmod(now, self._seconds)
        if window != self._window:
            self._turn(int(window))
        weight = 1 - elapsed / self._seconds
        seen = self._current.get(name, 0)
        if seen + self._previous.get(name, 0) * weight + 1 > self._count:
            return self._until(name, seen, elapsed)
        return 0.0

    def _turn(self, window: int) -> None:
        self._previous = self._current if window == self._window + 1 else {}
        self._current = {}
        self._window = window

    def _until(self, name: str, seen: int, elapsed: float) -> float:
        """When the share of the older window will have become small enough; at the latest when this one has
        gone by."""
        previous = self._previous.get(name, 0)
        if previous and seen + 1 <= self._count:
            due = self._seconds * (1 - (self._count - 1 - seen) / previous)
            return max(1.0, due - elapsed)
        # In the next window, today's calls weigh less and less.
        return self._seconds - elapsed + self._seconds * (1 - (self._count - 1) / max(seen, self._count))
