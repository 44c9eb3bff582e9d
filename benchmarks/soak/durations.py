"""Many durations in little room: how many lie between one bound and the next, which is 2 % above it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import inf, log

_STEP = log(1.02)
_LEAST = 1e-5


class Durations:
    """So many of them, of which only the longest is known exactly."""

    def __init__(self, counted: Mapping[int, int] | None = None, longest: float = 0.0) -> None:
        self.counted = Counter(counted or {})
        self.longest = longest

    def add(self, seconds: float) -> None:
        """One more."""
        self.counted[int(log(max(seconds, _LEAST) / _LEAST) / _STEP)] += 1
        self.longest = max(self.longest, seconds)

    def percentile(self, share: float) -> float:
        """How long that share of them took at the most, to 2 %; `inf` of none."""
        left = share * self.counted.total()
        for place in sorted(self.counted):
            left -= self.counted[place]
            if left <= 0:
                return min(float(_LEAST * 1.02 ** (place + 1)), self.longest)
        return self.longest if self.counted else inf

    def as_json(self) -> dict[str, object]:
        """In a form for `of_json`."""
        return {"counted": {str(place): count for place, count in self.counted.items()}, "max": self.longest}


def of_json(told: Mapping[str, Mapping[str, int] | float]) -> Durations:
    """What `Durations.as_json` wrote."""
    counted, longest = told["counted"], told["max"]
    assert isinstance(counted, dict) and isinstance(longest, float | int)
    return Durations({int(place): count for place, count in counted.items()}, longest)


def together(parts: Iterable[Durations]) -> Durations:
    """All of them as one."""
    found = Durations()
    for part in parts:
        found.counted += part.counted
        found.longest = max(found.longest, part.longest)
    return found
