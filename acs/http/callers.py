"""Bounds the connections of a process: in all, of one source, within a time."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from twisted.logger import Logger

from acs.http.connection import Connection
from acs.session.admission import LEAST_WAIT
from acs.session.rates import Rates
from acs.session.sources import PerSource, source_of
from acs.session.sparing import Sparing

CONNECTIONS = 50_000
PER_SOURCE = 20_000
RATE = (60_000, 60.0)
"""So many connections of one source in so many seconds.  These are for the worst case that is still honest:
thousands of customers behind one address of a carrier's NAT, or a proxy that nobody told us about."""

MAX_LINES = 60
"""How many connections that are cut are logged in a minute."""


class TooMany(Exception):
    """A connection that cannot be had now.

    ``reason`` says why, after "this address"; ``retry_after`` when it could be had, in seconds.
    """

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Callers:
    """The connections of all listeners of a process.

    A connection is counted as its source's (`acs.session.sources`) once that is known: at once; behind the
    PROXY protocol with the first bytes after its header; through a proxy whose X-Forwarded-For is believed
    it is at any time that of the sender of the last request, and each change of sender is a new connection.
    The tables grow with the connections that are open, and with `acs.session.rates.MOST_NAMES`.

    :param now: the time, in seconds.
    :param connections: how many there may be in all.
    :param per_source: how many of one source; 0: no limit.
    :param rate: how many of one source may come in so many seconds; a count of 0: no limit.
    """

    log = Logger()

    def __init__(
        self,
        now: Callable[[], float],
        connections: int = CONNECTIONS,
        per_source: int = PER_SOURCE,
        rate: tuple[int, float] = RATE,
    ) -> None:
        self._now = now
        self._connections = connections
        self._per_source = per_source
        self._rates = Rates(*rate)
        self._lines = Sparing(MAX_LINES)
        self._of_source = PerSource()
        self.open = 0
        self.turned_away = 0

    @property
    def full(self) -> bool:
        """Whether there may be no further connection."""
        return self.open >= self._connections

    def came(self) -> None:
        """There is one more."""
        self.open += 1

    def is_from(self, connection: Connection, address: str) -> None:
        """A connection turns out to be from this address; raises `TooMany`, and it is then as it was."""
        source = source_of(address)
        if not source or source == connection.source:
            return
        if self._per_source and self._of_source.get(source, 0) >= self._per_source:
            raise TooMany("has too many connections", LEAST_WAIT)
        if (wait := self._rates.wait(source, self._now())) > 0:
            raise TooMany("connects too often", max(LEAST_WAIT, ceil(wait)))
        self._of_source.remove(connection.source)
        connection.source = source
        self._of_source.add(source)

    def let_in(self, connection: Connection, address: str) -> bool:
        """The same, and where it cannot be had it is to be cut, which is logged."""
        try:
            self.is_from(connection, address)
        except TooMany as error:
            self.turn_away(address, f"it {error.reason}")
            return False
        return True

    def left(self, connection: Connection) -> None:
        """A connection is no more."""
        self.open -= 1
        self._of_source.remove(connection.source)
        connection.source = ""

    def turn_away(self, address: str, reason: str) -> None:
        """Tell of a connection that is cut, unless too many are."""
        self.turned_away += 1
        if self._lines.wants(self._now()):
            self.log.warn("{address} is cut: {reason}", address=address, reason=reason)

    def tell_of_more(self) -> None:
        """Tell how many there were more, when the minute is over; to be called every second or so."""
        if more := self._lines.passed_over(self._now()):
            self.log.warn("{count} more connections were cut in the last minute", count=more.total())
