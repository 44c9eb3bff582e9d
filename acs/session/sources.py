"""Where somebody calls from, as far as limits are concerned."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address


def source_of(address: str) -> str:
    """What counts as one source: an IPv4 address, the /64 of an IPv6 address, all of which one customer may
    use; "" for who has none, as on a UNIX socket."""
    return _network(address) if ":" in address else address


@lru_cache(maxsize=4096)
def _network(address: str) -> str:
    try:
        return str(IPv6Address(int(IPv6Address(address)) >> 64 << 64)) + "/64"
    except ValueError:
        return address


class PerSource(dict[str, int]):
    """How many of something there are of each source; it holds only the sources that have any.

    The source "" stands for one that is not known, and is not counted.
    """

    def add(self, source: str) -> None:
        """There is one more."""
        if source:
            self[source] = self.get(source, 0) + 1

    def remove(self, source: str) -> None:
        """There is one less, if there was any."""
        left = self.get(source, 0) - 1
        if left > 0:
            self[source] = left
        else:
            self.pop(source, None)
