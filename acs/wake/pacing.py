"""How many devices are woken in a second, in one network or in all, lest they call at the same time."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network

_NETWORKS = 10_000
"""How many networks are remembered; a forgotten one begins anew."""
_PREFIXES = {4: 24, 6: 48}


class Bucket:
    """Tokens that come back at a rate, at most for a second's worth (and one)."""

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._most = max(1.0, rate)
        self._tokens = self._most
        self._at = now

    def wait(self, now: float) -> float:
        """Seconds until there is a token."""
        self._refill(now)
        return max(0.0, (1.0 - self._tokens) / self._rate)

    def left(self, now: float) -> int:
        """How many whole tokens there are."""
        self._refill(now)
        return max(0, int(self._tokens))

    def take(self, now: float) -> None:
        """Take one, even where there is none: it is owed then."""
        self._refill(now)
        self._tokens -= 1.0

    def _refill(self, now: float) -> None:
        self._tokens = min(self._most, self._tokens + max(0.0, now - self._at) * self._rate)
        self._at = now


class Pace:
    """So many a second altogether, so many in a network (/24, or /48 of IPv6)."""

    def __init__(self, now: Callable[[], float], per_second: float, per_network: float) -> None:
        self._now = now
        self._all = Bucket(per_second, now())
        self._per_network = per_network
        self._networks: dict[str, Bucket] = {}

    @property
    def free(self) -> int:
        """How many may be woken now, if they are in different networks."""
        return self._all.left(self._now())

    def wait(self, address: str) -> float:
        """Seconds until a device of this address may be woken; 0.0: now, and that is counted."""
        wait = self.due(address)
        if wait == 0.0:
            self.take(address)
        return wait

    def due(self, address: str) -> float:
        """The same, without counting it."""
        now = self._now()
        return max(self._all.wait(now), self._network(address, now).wait(now))

    def take(self, address: str) -> None:
        """Count one that could not wait."""
        now = self._now()
        self._all.take(now)
        self._network(address, now).take(now)

    def _network(self, address: str, now: float) -> Bucket:
        name = network_of(address)
        bucket = self._networks.pop(name, None) or Bucket(self._per_network, now)
        self._networks[name] = bucket  # the one used last goes last
        if len(self._networks) > _NETWORKS:
            del self._networks[next(iter(self._networks))]
        return bucket


def network_of(address: str) -> str:
    """The network of an address, as text; "" for what is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network((found, _PREFIXES[found.version]), strict=False))
