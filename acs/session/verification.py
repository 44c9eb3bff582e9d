"""Whether a client address is the device that it says it is.

The policies here need nobody else to tell (DESIGN: "verify").
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Protocol

from msgspec import Struct

from acs.session.credentials import Kind
from acs.store.records import Device


class Verdict(Struct, frozen=True):
    """Whether a device is verified in this session, and what said so."""

    verified: bool
    by: str


class Policy(Protocol):
    """A way to verify a device."""

    async def verify(self, device: Device, client_ip: str, shown: Kind) -> Verdict:
        """``shown``: whose credentials it has come with.  Never raises for a device that cannot be verified:
        that is a verdict."""


class Always:
    """Every device is taken for what it says."""

    async def verify(self, device: Device, client_ip: str, shown: Kind) -> Verdict:
        """Verified."""
        return Verdict(True, "always")


class Never:
    """No device is (a listener for devices that get no secrets)."""

    async def verify(self, device: Device, client_ip: str, shown: Kind) -> Verdict:
        """Not verified."""
        return Verdict(False, "never")


class Networks:
    """Devices that call from one of these networks are."""

    def __init__(self, networks: Sequence[IPv4Network | IPv6Network]) -> None:
        self._networks = tuple(networks)

    async def verify(self, device: Device, client_ip: str, shown: Kind) -> Verdict:
        """Verified by the first network that holds the address."""
        try:
            address = ip_address(client_ip)
        except ValueError:
            return Verdict(False, f"cidr: not an address: {client_ip[:45]!r}")
        for network in self._networks:
            if address in network:
                return Verdict(True, f"cidr {network}")
        return Verdict(False, "cidr: in none of the networks")


class Certified:
    """Devices that have shown a certificate which names them are (their listener asks for one)."""

    async def verify(self, device: Device, client_ip: str, shown: Kind) -> Verdict:
        """Verified by the certificate, from wherever it comes."""
        certified = shown is Kind.CERTIFICATE
        return Verdict(certified, "certificate" if certified else "certificate: it has shown none")


def policy_of(name: str, networks: Sequence[IPv4Network | IPv6Network]) -> Policy:
    """The policy of this name: ``always``, ``never``, ``certificate``, or ``cidr`` by these networks."""
    if name == "cidr":
        return Networks(networks)
    if name == "certificate":
        return Certified()
    return Always() if name == "always" else Never()
