"""Names of hosts are looked up without the addresses to which no message may go.

So neither a name nor another way to write an address leads to where the address itself may not.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import (
    IHostnameResolver,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
)
from zope.interface import implementer

from acs.web.webhooks.addresses import nowhere


@implementer(IResolutionReceiver)
class _Judged:
    """Passes on what was found, but for those addresses."""

    def __init__(self, receiver: Any) -> None:
        self._receiver = receiver

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if not nowhere(address.host):
            self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class _Resolver:
    """Looks up by another."""

    def __init__(self, resolver: Any) -> None:
        self._resolver = resolver

    def resolveHostName(self, resolutionReceiver: Any, hostName: str, *asked: Any, **how: Any) -> Any:  # noqa: N802, N803
        return self._resolver.resolveHostName(_Judged(resolutionReceiver), hostName, *asked, **how)


@implementer(IReactorPluggableNameResolver)
class Guarded:
    """A reactor, but for its resolver."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor

    @property
    def nameResolver(self) -> Any:  # noqa: N802
        return _Resolver(self._reactor.nameResolver)

    def installNameResolver(self, resolver: Any) -> Any:  # noqa: N802
        return self._reactor.installNameResolver(resolver)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)
