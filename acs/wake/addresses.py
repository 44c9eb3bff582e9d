"""Which addresses a device may be called at.

It tells them itself, and might name anybody's.  The policy knows addresses alone.  Names are resolved before,
once, and the connection goes to the address that was judged here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOBODY: tuple[tuple[Network, str], ...] = (
    (IPv4Network("0.0.0.0/8"), "is no device's address"),
    (IPv4Network("224.0.0.0/4"), "is a multicast address"),
    (IPv4Network("255.255.255.255/32"), "is the broadcast address"),
    (IPv6Network("::/128"), "is no device's address"),
    (IPv6Network("ff00::/8"), "is a multicast address"),
)
"""Never called, whatever is listed."""

_SPECIAL: tuple[tuple[Network, str], ...] = (
    *(
        (IPv4Network(address), "is where a cloud keeps its machines' secrets")
        for address in ("169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16")
    ),
    (IPv4Network("127.0.0.0/8"), "is a loopback address"),
    (IPv4Network("169.254.0.0/16"), "is a link-local address"),
    (IPv4Network("240.0.0.0/4"), "is a reserved address"),
    *(
        (IPv6Network(address), "is where a cloud keeps its machines' secrets")
        for address in ("fd00:ec2::254", "fd20:ce::254", "fe80::a9fe:a9fe")
    ),
    (IPv6Network("::1/128"), "is a loopback address"),
    (IPv6Network("fe80::/10"), "is a link-local address"),
    (IPv6Network("fec0::/10"), "is a reserved address"),
)
"""Called only where a network is listed that lies within: one that holds more does not mean these."""

_LOOPBACK = IPv6Address("::1")
_LOOPBACK_NETWORKS: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
_DISGUISED = (IPv6Network("::ffff:0:0/96"), IPv6Network("::ffff:0:0:0/96"), IPv6Network("::/96"))
_TRANSLATED = (IPv6Network("64:ff9b::/96"),)
_ISATAP = (0x00005EFE, 0x02005EFE)
"""IPv6 addresses that are IPv4 ones, or lead to one: what IPv4-mapped, -translated and -compatible ones are;
what NAT64 translates; the upper half of ISATAP's interface identifiers."""


class AddressPolicy:
    """Says whether an address may be called.

    Without ``allow_networks`` every unicast address may, but those that are special (loopback, link-local,
    reserved, cloud metadata) and the appliance's own, on whatever port: what listens there trusts this
    machine.  With some, these alone may.

    A listed network means what an operator who writes it expects.  ``127.0.0.0/8`` allows loopback, and so
    does ``127.0.0.1/32``; ``0.0.0.0/0`` or ``10.0.0.0/8`` are about where devices are: the special addresses
    and the appliance's own that lie within them remain refused, unless one is listed by itself
    (``10.1.2.3/32``).

    :param is_own: whether an address is one of the appliance's; asked anew each time, as they change.
    :param and_loopback: that loopback is allowed beside whatever else is, for trying the appliance out.
    """

    def __init__(
        self,
        allow_networks: Sequence[Network],
        is_own: Callable[[Address], bool],
        and_loopback: bool = False,
    ) -> None:
        self._are_listed = bool(allow_networks)
        self._listed = (*allow_networks, *(_LOOPBACK_NETWORKS if and_loopback else ()))
        self._is_own = is_own

    def why_not(self, address: Address) -> str:
        """Why it is not called, in words that follow on the address ("is a loopback address"); "" where it
        may be."""
        if isinstance(address, IPv6Address):
            if address.scope_id or (address != _LOOPBACK and any(address in each for each in _DISGUISED)):
                return "is written in a form that no device's address has"
            inner = next(filter(None, map(self._why_not_alone, _embedded(address))), "")
            if inner:
                return f"leads to another, which {inner}"
        return self._why_not_alone(address)

    def _why_not_alone(self, address: Address) -> str:
        for network, reason in _NOBODY:
            if address in network:
                return reason
        listed = [network for network in self._listed if address in network]
        special, reason = next((each for each in _SPECIAL if address in each[0]), (None, ""))
        if special is not None and not any(_within(network, special) for network in listed):
            return reason
        if self._are_listed and not listed:
            return "is in none of the networks that [wake] allow_networks lists"
        meant = special is not None or any(network.num_addresses == 1 for network in listed)
        if not meant and self._is_own(address):
            return "is the appliance's own"
        return "" if listed or special or not _is_reserved(address) else "is a reserved address"


def _within(network: Network, special: Network) -> bool:
    if isinstance(network, IPv4Network):
        return isinstance(special, IPv4Network) and network.subnet_of(special)
    return isinstance(special, IPv6Network) and network.subnet_of(special)


def _is_reserved(address: Address) -> bool:
    return address.is_reserved and not any(address in network for network in _TRANSLATED)


def _embedded(address: IPv6Address) -> list[Address]:
    """The IPv4 addresses that packets to it go on to: through 6to4, Teredo, NAT64 and ISATAP."""
    found: list[Address | None] = [address.sixtofour, *(address.teredo or ())]
    last = IPv4Address(int(address) & 0xFFFF_FFFF)
    if any(address in network for network in _TRANSLATED) or (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        found.append(last)
    return [each for each in found if each is not None]


def address_of(text: str) -> Address | None:
    """The address in a text, None for none."""
    try:
        return ip_address(text)
    except ValueError:
        return None
