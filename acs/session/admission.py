"""Who is let in when not all can be, or else how long the wait is.

A place is what a session has from its Inform to its end.  Sessions that are open are never touched: only who
would open another is sent away.

*Who is let in.*  There are so many places for everybody, and some more for the urgent.  What a device merely
says of itself (that it answers a ConnectionRequest; that it was sent away several times, after which its own
rules have it wait for minutes) gets it into the first half of these; what the appliance knows (that an urgent
job waits for the device) into all.  So devices that lie keep out none that an operator waits for.

*When the others come back.*  Places become free as fast as sessions end: in the long run ``places`` divided
by the time that a session takes (Little's law), which is measured.  Whoever is sent away is given the next
turn at that pace, behind all who were sent away before and whose turn has not come.  The wait that he is told
is that of his turn, lengthened at random by up to a half.  Of N devices that are sent away at once, those of
the turns from t/1.5 to t come back at a time t, which is 2 ln 1.5 = 0.81 of the pace: never more come than
can be taken, and a fifth of the places is left to those who were not sent away.  Nobody is told to wait for
more than half an hour and its half, as by then all may be different; nor for less than five seconds, the
least that TR-069 has a CPE wait (table of session retries).  An urgent one has no turn to wait for, and is
told those five seconds, lengthened likewise.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from math import ceil

from acs.session.sources import PerSource

LEAST_WAIT = 5
MOST_WAIT = 1800.0
"""Seconds."""

_FIRST_GUESS = 1.0
"""How long a session is taken to last, in seconds, before any has ended."""
_BRIEFEST = 0.001
_WEIGHT = 1 / 64


class Overloaded(Exception):
    """No session can be opened now: too many are, or this device calls too often.  ``retry_after`` in
    seconds."""

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Urgency(IntEnum):
    """How much a device has to be let in: as any other, by its own account, or by what is known of it."""

    ORDINARY = 0
    CLAIMED = 1
    KNOWN = 2


class Admission:
    """The places of sessions.

    :param places: how many there are for everybody.
    :param more: how many there are beside those for the urgent.
    :param per_source: how many one source may have; 0: as many as there are.
    :param spread: a random number from 0 to 1.
    """

    def __init__(self, places: int, more: int, per_source: int, spread: Callable[[], float]) -> None:
        self._places = {
            Urgency.ORDINARY: places,
            Urgency.CLAIMED: places + (more + 1) // 2,
            Urgency.KNOWN: places + more,
        }
        self._per_source = per_source
        self._spread = spread
        self._taken: dict[str, tuple[str, float]] = {}
        self._of_source = PerSource()
        self._mean = _FIRST_GUESS
        self._expected = 0.0  # so many were sent away and have not had their turn
        self._since = 0.0  # as of then

    @property
    def taken(self) -> int:
        """How many places are taken."""
        return len(self._taken)

    def why_not(self, source: str, urgency: Callable[[], Urgency]) -> str:
        """Why there is no place for one from this source, "" if there is; ``urgency`` is asked if that
        matters.

        A source that has all that one may have is refused whatever is urgent.
        """
        if self._per_source and self._of_source.get(source, 0) >= self._per_source:
            return "too many sessions are open from this address"
        taken = len(self._taken)
        if taken >= self._places[Urgency.ORDINARY] and taken >= self._places[urgency()]:
            return "too many sessions are open"
        return ""

    def take(self, key: str, source: str, now: float) -> None:
        """Take a place; who asked before whether there is one."""
        self._taken[key] = source, now
        self._of_source.add(source)

    def leave(self, key: str, now: float) -> None:
        """Give back a place, if that was not done before."""
        source, since = self._taken.pop(key, ("", None))
        if since is None:
            return
        self._mean += (now - since - self._mean) * _WEIGHT
        self._of_source.remove(source)

    def wait(self, urgency: Urgency, now: float) -> int:
        """The Retry-After, in seconds, of one that is sent away."""
        turn = LEAST_WAIT if urgency else self._turn(now)
        return ceil(turn * (1 + self._spread() / 2))

    def _turn(self, now: float) -> float:
        """Seconds until the turn of the next one that is sent away."""
        pace = self._places[Urgency.ORDINARY] / max(self._mean, _BRIEFEST)
        waiting = max(0.0, self._expected - pace * (now - self._since))
        # Whoever is sent away beyond the longest wait has no turn, so that none is behind him.
        self._expected = min(waiting + 1, pace * MOST_WAIT)
        self._since = now
        return min(LEAST_WAIT + self._expected / pace, MOST_WAIT)
