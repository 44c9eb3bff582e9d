"""Host names, resolved once by the reactor's resolver."""

from __future__ import annotations

from ipaddress import ip_address

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IReactorTime,
    IResolutionReceiver,
)
from zope.interface import implementer

from acs.wake.addresses import Address


@implementer(IResolutionReceiver)
class _Found:
    """Takes the addresses in; ``whole`` fires with them when there are no more."""

    def __init__(self) -> None:
        self.whole: Deferred[list[Address]] = Deferred()
        self._addresses: list[Address] = []

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:  # noqa: N802, N803
        """A lookup in a thread cannot be stopped: nobody keeps it."""

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802
        if isinstance(address, (IPv4Address, IPv6Address)):
            self._addresses.append(ip_address(address.host))

    def resolutionComplete(self) -> None:  # noqa: N802
        if not self.whole.called:
            self.whole.callback(self._addresses)


def resolve(
    resolver: IHostnameResolver, clock: IReactorTime, name: str, seconds: float
) -> Deferred[list[Address]]:
    """The addresses of a name, in the resolver's order, none where it has none; fails with
    `twisted.internet.defer.TimeoutError`."""
    found = _Found()
    found.whole.addTimeout(seconds, clock)
    resolver.resolveHostName(found, name)
    return found.whole
