"""Bounds how many wrong passwords may come from one source, for one device or for all."""

from __future__ import annotations

from math import ceil

from acs.session.rates import Rates
from acs.session.sources import source_of

SECONDS = 300.0
FOR_DEVICE = 30
"""Wrong credentials for one device that may come from one source in `SECONDS`."""
OF_SOURCE = 300
"""The same for all devices together: many may be behind one address, of which one is guessing."""


class TooManyGuesses(Exception):
    """No credentials are looked at now; ``retry_after`` in seconds."""

    def __init__(self, reason: str, retry_after: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = ceil(retry_after)


class Guesses:
    """The wrong credentials that came lately.

    Whoever guesses at one device shuts out that device, and that only for his own source; whoever goes on
    with others shuts out his source.
    """

    def __init__(self) -> None:
        self._for_device = Rates(FOR_DEVICE, SECONDS)
        self._of_source = Rates(OF_SOURCE, SECONDS)

    def __len__(self) -> int:
        """How many sources are remembered; 0 where nobody has guessed lately."""
        return len(self._of_source)

    def check(self, client_ip: str, device: str, now: float) -> None:
        """Raises `TooManyGuesses` where credentials for this device are not to be looked at."""
        source = source_of(client_ip)
        if wait := self._of_source.due(source, now):
            raise TooManyGuesses("too many wrong credentials from this address", wait)
        if wait := self._for_device.due(f"{source} {device}", now):
            raise TooManyGuesses("too many wrong credentials for this device", wait)

    def wrong(self, client_ip: str, device: str, now: float) -> None:
        """There was one more."""
        source = source_of(client_ip)
        self._of_source.wait(source, now)
        self._for_device.wait(f"{source} {device}", now)
