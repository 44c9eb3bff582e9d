"""Which addresses are this machine's own."""

from __future__ import annotations

import socket
from ipaddress import ip_address

from acs.wake.addresses import Address

_DISCARD = 9


def is_own(address: Address) -> bool:
    """Whether an address is one of this machine's, at this moment.

    The system is asked from where it would send a datagram there; nothing is sent.  To an address of its own
    it would send from that very one.  Addresses that others translate to this machine are not known here.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), _DISCARD))
            return ip_address(probe.getsockname()[0]) == address
    except OSError:
        return False  # no way leads there, so it is nobody's here
