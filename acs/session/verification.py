"""Whether a client address is the device that it says it is (DESIGN: "verify")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from types import MappingProxyType
from typing import Protocol

from msgspec import Struct

from acs.hooks import HookFailed
from acs.hooks.verifying import Verifier
from acs.session.credentials import Kind
from acs.session.relation import Relation

NOTHING: Mapping[str, str] = MappingProxyType({})


class Verdict(Struct, frozen=True):
    """Whether a device is verified in this session, and what said so."""

    verified: bool
    by: str


class Policy(Protocol):
    """A way to verify a device.

    :ivar parameters: the paths of those that the device is to tell before, by name.
    :ivar constant: whether a device gets the same verdict for the same credentials from the same address.
    """

    parameters: Mapping[str, str]
    constant: bool

    async def verify(self, relation: Relation, shown: Kind) -> Verdict:
        """``relation``: the device, at the address that it calls from; ``shown``: whose credentials it has
        come with.  A device that cannot be verified is a verdict; raises `HookFailed` where who is asked does
        not answer."""


class Always:
    """Every device is taken for what it says."""

    parameters = NOTHING
    constant = True

    async def verify(self, relation: Relation, shown: Kind) -> Verdict:
        """Verified."""
        return Verdict(True, "always")


class Never:
    """No device is (a listener for devices that get no secrets)."""

    parameters = NOTHING
    constant = True

    async def verify(self, relation: Relation, shown: Kind) -> Verdict:
        """Not verified."""
        return Verdict(False, "never")


class Networks:
    """Devices that call from one of these networks are."""

    parameters = NOTHING
    constant = True

    def __init__(self, networks: Sequence[IPv4Network | IPv6Network]) -> None:
        self._networks = tuple(networks)

    async def verify(self, relation: Relation, shown: Kind) -> Verdict:
        """Verified by the first network that holds the address."""
        client_ip = relation.subject.client_ip
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

    parameters = NOTHING
    constant = True

    async def verify(self, relation: Relation, shown: Kind) -> Verdict:
        """Verified by the certificate, from wherever it comes."""
        certified = shown is Kind.CERTIFICATE
        return Verdict(certified, "certificate" if certified else "certificate: it has shown none")


class Asked:
    """Devices of which the operator's systems say so are.  ``name`` is the policy's: sql, http or python."""

    def __init__(self, name: str, verifier: Verifier, parameters: Mapping[str, str] = NOTHING) -> None:
        self.parameters = parameters
        self.constant = False
        self._name = name
        self._verifier = verifier

    async def verify(self, relation: Relation, shown: Kind) -> Verdict:
        """Verified where they say so, now or a moment ago."""
        try:
            verified, age = await self._verifier.verify(relation.subject, relation.related)
        except HookFailed as error:
            raise HookFailed(f"{self._name}: {error}") from error.__cause__
        if not verified:
            return Verdict(False, f"{self._name}: it is not so")
        return Verdict(True, f"{self._name}, {age:.0f} s ago" if age else self._name)


def policy_of(
    name: str,
    networks: Sequence[IPv4Network | IPv6Network],
    verifier: Verifier | None = None,
    parameters: Mapping[str, str] = NOTHING,
) -> Policy:
    """The policy of this name: ``always``, ``never``, ``certificate``, ``cidr`` by these networks, or
    ``sql``, ``http``, ``python`` by this verifier, which is asked with these parameters of the device."""
    if verifier is not None:
        return Asked(name, verifier, parameters)
    if name == "cidr":
        return Networks(networks)
    if name == "certificate":
        return Certified()
    return Always() if name == "always" else Never()
