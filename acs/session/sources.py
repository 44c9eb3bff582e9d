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
