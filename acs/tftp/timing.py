"""When something is sent again, by how long answers have taken so far (RFC 1123 4.2.3.2).

Times are numbers of seconds that the caller brings along.
"""

from __future__ import annotations

FIRST = 1.0
"""Seconds until something is repeated before it is known how long an answer takes."""
LEAST, MOST = 0.3, 8.0
"""The bounds of that later; a client that has asked for a longer time gets it."""
LEAST_SOON = 0.02
UNANSWERED = 3
"""How often the first packet is sent to somebody who does not answer, and may never have asked."""
ANSWERED = 4
PATIENCE = 30.0
"""To who has answered before, something is sent at least so often and for so many seconds."""


class Timing:
    """Of one transfer.

    :param wanted: the seconds that the client has asked for; 0 where it has not.
    """

    def __init__(self, wanted: int = 0) -> None:
        self._wanted = float(wanted)
        self._usual: float | None = None  # how long an answer takes
        self._answered = False
        self._doublings = 0  # of the time to wait, until an answer was surely one to the only sending
        self._sendings = 0
        self._first_sent = 0.0

    @property
    def wait(self) -> float:
        """Seconds from the last sending to the next."""
        return min(self._first * 2.0**self._doublings, max(self._first, MOST))

    @property
    def soon(self) -> float:
        """Seconds in which an answer that is on its way should be there."""
        return min(max(2 * (self._usual or 0.0), LEAST_SOON), self._first)

    @property
    def _first(self) -> float:
        if self._answered and self._wanted:
            return self._wanted
        return FIRST if self._usual is None else min(max(3 * self._usual, LEAST), MOST)

    def sent(self, now: float) -> None:
        """Something was sent for the first time."""
        self._sendings = 1
        self._first_sent = now

    def repeated(self) -> None:
        """It was sent again, for another reason than that it was time."""
        self._sendings = max(self._sendings, 2)

    def heard(self, now: float) -> None:
        """It was answered; that tells how long an answer takes, unless it may be one to a repetition."""
        self._answered = True
        if self._sendings == 1:
            took = max(0.0, now - self._first_sent)
            self._usual = took if self._usual is None else 0.875 * self._usual + 0.125 * took
            self._doublings = 0

    def gives_up(self, now: float) -> bool:
        """It was not answered in time: whether that is the end; else it is to be sent again."""
        if self._sendings >= (ANSWERED if self._answered else UNANSWERED) and (
            not self._answered or now - self._first_sent >= PATIENCE
        ):
            return True
        self._sendings += 1
        self._doublings += 1
        return False
