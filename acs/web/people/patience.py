"""How often somebody may try to come in."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil

from acs.web.people.throttle import Throttle
from acs.web.serving.problems import Problem

_KNOWN = 1000


class Patience:
    """Who fails waits longer each time.

    By name, so that nobody guesses one password from many places, unless the name has come in from that
    address before, as else anybody could keep somebody out; by address, so that nobody guesses those of many.
    ``now`` gives seconds since 1970.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.by_name = Throttle(now, 5, 60.0)
        self.by_address = Throttle(now, 20, 300.0)
        self._known: dict[tuple[str, str], None] = {}

    def begin(self, name: str, address: str) -> Try:
        """Somebody tries, which counts as a failure until it is told to be none; raises `Problem` 429 where
        it has to be waited."""
        network = _network(address)
        key = (name, network) if (name, network) in self._known else (name,)
        wait = max(self.by_name.wait(key), self.by_address.wait(network))
        if wait > 0:
            seconds = str(ceil(wait))
            words = f"too many attempts have failed: wait {seconds} seconds"
            raise Problem(429, words, headers={"Retry-After": seconds})
        self.by_name.begin(key)
        self.by_address.begin(network)
        return Try(self, key, name, network)

    def remember(self, name: str, network: str) -> None:
        """The name has come in from there."""
        self._known.pop((name, network), None)
        if len(self._known) >= _KNOWN:
            del self._known[next(iter(self._known))]
        self._known[name, network] = None


class Try:
    """One of them."""

    def __init__(self, patience: Patience, key: tuple[str, ...], name: str, network: str) -> None:
        self._patience = patience
        self._key = key
        self._name = name
        self._network = network

    def take_back(self) -> None:
        """It was no failure, whatever it was; those before it stay."""
        self._patience.by_name.take_back(self._key)
        self._patience.by_address.take_back(self._network)

    def succeed(self) -> None:
        """Somebody has come in: what failed before counts no more for the name."""
        self._patience.by_name.forget(self._key)
        self._patience.by_address.take_back(self._network)
        self._patience.remember(self._name, self._network)


def _network(address: str) -> str:
    """What one client has all of: its address, of IPv6 the first half."""
    try:
        there = ip_address(address)
    except ValueError:
        return address
    return str(there.packed[:8]) if isinstance(there, IPv6Address) else address
