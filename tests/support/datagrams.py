"""An internet of UDP in memory: ports on any address, each datagram a millisecond on its way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import Clock

Place = tuple[str, int]


@dataclass(frozen=True)
class Datagram:
    """One that was sent."""

    at: float
    data: bytes
    source: Place
    to: Place


@dataclass
class Internet:
    """Carries datagrams; all that were sent are in ``sent``.

    ``broken`` has hosts that cannot be reached: sending there fails, as it does where there is no route.
    """

    clock: Clock
    sent: list[Datagram] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    ports: dict[Place, MemoryPort] = field(default_factory=dict)
    next_port: int = 40000

    def listen(self, protocol: DatagramProtocol, host: str, port: int = 0) -> MemoryPort:
        """A port of that host, some port for 0."""
        if not port:
            port = self.next_port = self.next_port + 1
        made = MemoryPort(self, protocol, (host, port))
        self.ports[host, port] = made
        protocol.makeConnection(made)  # type: ignore[arg-type]
        return made

    def send(self, data: bytes, source: Place, to: Place) -> None:
        """Send a datagram, from wherever it says."""
        if to[0] in self.broken:
            raise OSError(113, "No route to host")
        self.sent.append(Datagram(self.clock.seconds(), data, source, to))
        self.clock.callLater(0.001, self._arrived, data, source, to)

    def _arrived(self, data: bytes, source: Place, to: Place) -> None:
        if to in self.ports:
            self.ports[to].protocol.datagramReceived(data, source)

    def from_(self, place: Place) -> list[Datagram]:
        """What was sent from there."""
        return [each for each in self.sent if each.source == place]

    def to(self, place: Place) -> list[Datagram]:
        """What was sent there."""
        return [each for each in self.sent if each.to == place]


class MemoryPort:
    """What a protocol has as its transport."""

    def __init__(self, internet: Internet, protocol: DatagramProtocol, place: Place) -> None:
        self.internet = internet
        self.protocol = protocol
        self.place = place

    def write(self, data: bytes, to: Place) -> None:
        """Send a datagram."""
        self.internet.send(data, self.place, to)

    def getHost(self) -> Any:
        """Where it is."""
        kind = IPv6Address if ":" in self.place[0] else IPv4Address
        return kind("UDP", *self.place)

    def stopListening(self) -> Deferred[None]:
        """Close it."""
        if self.internet.ports.pop(self.place, None) is not None:
            self.protocol.doStop()
        return succeed(None)


class Listener(DatagramProtocol):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.sources: list[Place] = []

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.heard.append(datagram)
        self.sources.append(addr)
