"""Who one simulated CPE is among its fleet: its numbers, addresses, password."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from ipaddress import IPv4Address

_TRAILING_DIGITS = re.compile(r"[0-9]*\Z")
_MACS_EACH = 16
#: RFC 2544: 198.18.0.0/15 is set aside for tests of network equipment, and so never a real device's.
_NETWORKS = int(IPv4Address("198.18.0.0"))
_NETWORK_COUNT = 512  # of /24
_HOSTS = range(2, 255)  # .1 is the gateway


@dataclass(frozen=True, slots=True)
class Identity:
    """One device among its fleet: the n-th of its model; ``interval`` in seconds between periodic Informs.

    ``secret`` goes into its passwords.  ``lease`` counts the addresses that it has been given.  ``listens``
    is where connection requests for it do arrive, HOST:PORT; "" where it would listen at its own address.
    """

    oui: str
    serial: str
    number: int = 0
    acs: str = "http://127.0.0.1:7547/"
    interval: int = 10
    secret: str = ""
    lease: int = 0
    listens: str = ""

    @property
    def ip(self) -> str:
        """An address for the device's WAN side."""
        network, host = divmod(self.number, len(_HOSTS))
        # A new lease is in another network: the gateway changes with it.
        return str(IPv4Address(_NETWORKS + (network + self.lease) % _NETWORK_COUNT * 256 + _HOSTS[host]))

    @property
    def connection_request_url(self) -> str:
        """Where the device listens for connection requests, or would."""
        return f"http://{self.listens or f'{self.ip}:7547'}{self.connection_request_path}"

    @property
    def connection_request_path(self) -> str:
        """The path of that, which no other device of the fleet has."""
        return f"/{self.mac().replace(':', '').lower()}"

    @property
    def password(self) -> str:
        """A password that no other device has."""
        return hashlib.sha256(f"{self.secret}/{self.oui}/{self.serial}".encode()).hexdigest()[:16]

    def mac(self, further: int = 0) -> str:
        """The MAC address, or the one so many further."""
        digits = f"{self.oui}{(self.number * _MACS_EACH + further) % 2**24:06X}"
        return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def raised(serial: str, number: int) -> str:
    """A serial number with its trailing digits raised by ``number``; they stay as many where they can."""
    match = _TRAILING_DIGITS.search(serial)
    digits = match[0] if match else ""
    head = serial[: len(serial) - len(digits)]
    return f"{head}{int(digits or 0) + number:0{len(digits)}d}" if digits or number else serial
