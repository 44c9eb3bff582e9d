"""A circuit breaker: who has failed several times in a row is left alone for a while.

*Closed*: everybody asks.  After so many failures in a row it *opens*: nobody asks.  When that has lasted, one
may ask (*half open*): if that goes well it closes, else it is open for as long again.
"""

from __future__ import annotations

FAILURES = 5
REST_SECONDS = 30.0


class Circuit:
    """Time is an argument, in seconds.

    :param failures: how many in a row open it.
    :param seconds: how long it stays open.
    """

    def __init__(self, failures: int = FAILURES, seconds: float = REST_SECONDS) -> None:
        self._most = failures
        self._seconds = seconds
        self._failures = 0
        self._until = float("-inf")

    @property
    def open(self) -> bool:
        """Whether it has opened, and nobody has been answered since."""
        return self._failures >= self._most

    def enter(self, now: float) -> float:
        """0 where one may ask now, else the seconds until somebody may."""
        if not self.open:
            return 0.0
        if now < self._until:
            return self._until - now
        self._until = now + self._seconds  # the others wait for what comes of this one
        return 0.0

    def succeeded(self) -> None:
        """There was an answer."""
        self._failures = 0

    def failed(self, now: float) -> None:
        """There was none."""
        self._failures += 1
        if self.open:
            self._until = now + self._seconds
