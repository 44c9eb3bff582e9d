"""How often somebody may call: a sliding window over two fixed ones, so that each caller costs two numbers.

However many names are made up, the memory for them is bounded.
"""

from __future__ import annotations

MOST_NAMES = 250_000
"""So many names are counted in a window; with one more, the next window begins early.

Whoever makes up names by the hundred thousand has others forgiven for their calls, and nobody refused.
"""


class Rates:
    """At most ``count`` calls of one name within ``seconds`` (0: no limit)."""

    def __init__(self, count: int, seconds: float, names: int = MOST_NAMES) -> None:
        self._count = count
        self._seconds = seconds
        self._names = names
        self._window = 0
        # By the hashes of the names, which may be as long as the caller likes.
        self._current: dict[int, int] = {}
        self._previous: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._current) + len(self._previous)

    def wait(self, name: str, now: float) -> float:
        """Count a call; 0 if it may be served, else the seconds after which the caller may try again (not
        counted)."""
        due = self.due(name, now)
        if due > 0 or self._count <= 0:
            return due
        key = hash(name)
        seen = self._current.get(key, 0)
        if not seen and len(self._current) >= self._names:
            self._previous, self._current = self._current, {}
        self._current[key] = seen + 1
        return 0.0

    def due(self, name: str, now: float) -> float:
        """The same, without counting it."""
        if self._count <= 0:
            return 0.0
        key = hash(name)
        window, elapsed = divmod(now, self._seconds)
        if window != self._window:
            self._turn(int(window))
        seen, previous = self._current.get(key, 0), self._previous.get(key, 0)
        if seen + previous * (1 - elapsed / self._seconds) + 1 > self._count:
            return self._until(seen, previous, elapsed)
        return 0.0

    def _turn(self, window: int) -> None:
        self._previous = self._current if window == self._window + 1 else {}
        self._current = {}
        self._window = window

    def _until(self, seen: int, previous: int, elapsed: float) -> float:
        """When the share of the older window will have become small enough; at the latest when this one has
        gone by."""
        if previous and seen + 1 <= self._count:
            due = self._seconds * (1 - (self._count - 1 - seen) / previous)
            return max(1.0, due - elapsed)
        # In the next window, today's calls weigh less and less.
        return self._seconds - elapsed + self._seconds * (1 - (self._count - 1) / max(seen, self._count))
