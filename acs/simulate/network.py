"""Where the connections of simulated CPEs come from: Twisted's endpoints."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    HostnameEndpoint,
    TCP4ClientEndpoint,
    TCP6ClientEndpoint,
    wrapClientTLS,
)
from twisted.internet.interfaces import IListeningPort, IStreamClientEndpoint
from twisted.internet.protocol import DatagramProtocol, Factory

from acs.datagrams import own_address
from acs.hypertext.connection import Connection
from acs.simulate.places import Place, ip_version
from acs.simulate.trust import Trust, Trusting

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
"""TR-069 3.7.1.3: how long a CPE waits for an answer before it gives up."""


class Network:
    """Opens connections."""

    def __init__(self, reactor: Any, trust: Trust = Trust()) -> None:  # noqa: B008
        self.reactor = reactor
        self.trust = trust
        self._endpoints: dict[tuple[str, str, int], IStreamClientEndpoint] = {}
        self._factory = Factory.forProtocol(self._connection)

    def connect(self, place: Place) -> Deferred[Connection]:
        """Open a connection; fails as endpoints do."""
        if place.server not in self._endpoints:
            self._endpoints[place.server] = self._endpoint(place)
        return cast("Deferred[Connection]", self._endpoints[place.server].connect(self._factory))

    def listen_udp(self, protocol: DatagramProtocol, towards: str) -> IListeningPort:
        """A UDP port of the address that is on the way to another; raises `CannotListenError`."""
        interface = own_address(towards)
        return cast("IListeningPort", self.reactor.listenUDP(0, protocol, interface=interface))

    def resolve(self, name: str) -> Deferred[str]:
        """The IPv4 address of a host; fails with `OSError` or `DNSLookupError`."""
        return cast("Deferred[str]", self.reactor.resolve(name))

    def _connection(self) -> Connection:
        return Connection(self.reactor, ANSWER_SECONDS)

    def _endpoint(self, place: Place) -> IStreamClientEndpoint:
        kinds = {4: TCP4ClientEndpoint, 6: TCP6ClientEndpoint, 0: HostnameEndpoint}
        kind: Any = kinds[ip_version(place.host)]
        endpoint: IStreamClientEndpoint = kind(self.reactor, place.host, place.port, CONNECT_SECONDS)
        if place.scheme == "http":
            return endpoint
        return wrapClientTLS(Trusting(place.host, self.trust), endpoint)
