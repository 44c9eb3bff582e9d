"""How fast, how many at once: what keeps transfers from taking all there is."""

from __future__ import annotations

from collections.abc import Callable

from acs.session.sources import PerSource, source_of

BURST = 0.25
"""Seconds' worth of bytes that may go out at once after a pause."""


class Bucket:
    """So many bytes a second, for all who take from it in turn; 0: any number.

    :param now: seconds, from any beginning.
    """

    def __init__(self, rate: int, now: Callable[[], float]) -> None:
        self._rate = rate
        self._now = now
        self._due = 0.0

    def take(self, count: int) -> float:
        """Take so many bytes; returns the seconds to wait before they go out."""
        if not self._rate:
            return 0.0
        now = self._now()
        due = max(self._due, now - BURST)
        self._due = due + count / self._rate
        return max(0.0, due - now)

    def piece(self, most: int) -> int:
        """How many bytes to take at once, so that they flow rather than come in lumps."""
        return min(most, max(1024, int(self._rate * BURST))) if self._rate else most


class Places:
    """So many at once, of which so many from one source (`acs.session.sources`)."""

    def __init__(self, most: int, most_of_source: int) -> None:
        self._most, self._most_of_source = most, most_of_source
        self._of_sources = PerSource()
        self.taken = 0

    def take(self, address: str) -> bool:
        """Whether there is a place, which is taken then."""
        source = source_of(address)
        if self.taken >= self._most or self._of_sources.get(source, 0) >= self._most_of_source:
            return False
        self.taken += 1
        self._of_sources.add(source)
        return True

    def leave(self, address: str) -> None:
        """It is free again."""
        self.taken -= 1
        self._of_sources.remove(source_of(address))


class Pieces:
    """How many bytes a transfer reads at once: more where they go out quickly, less where its client is slow
    or where there are many transfers, so that all together hold no more than a budget."""

    LEAST, MOST, BUDGET = 16 << 10, 256 << 10, 12 << 20

    def __init__(self, transfers: Callable[[], int]) -> None:
        self._transfers = transfers
        self._size = self.LEAST

    @property
    def size(self) -> int:
        """Of the next piece."""
        return max(self.LEAST, min(self._size, self.BUDGET // max(1, self._transfers())))

    def went(self, seconds: float) -> None:
        """The last piece took so long to go out."""
        if seconds < 0.1:
            self._size = min(self.MOST, self._size * 2)
        elif seconds > 1.0:
            self._size = max(self.LEAST, self._size // 2)
