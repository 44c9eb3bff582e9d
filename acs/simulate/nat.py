"""A simulated NAT for UDP: what goes out makes bindings, which let in what their kind lets in.

Words are those of RFC 4787.  The outside may be real sockets or a network in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IListeningPort, IReactorTime
from twisted.internet.protocol import DatagramProtocol

Place = tuple[str, int]
Open = Callable[[DatagramProtocol], IListeningPort]
"""Opens some port on the NAT's outside."""


class Dependence(Enum):
    """What a binding is one for, or whom it lets in: anybody, one address, one port of one address."""

    ENDPOINT_INDEPENDENT = 0
    ADDRESS_DEPENDENT = 1
    ADDRESS_AND_PORT_DEPENDENT = 2

    def of(self, place: Place) -> Place:
        """What of a place it goes by."""
        return (place[0] if self.value > 0 else "", place[1] if self.value > 1 else 0)


class Nat:
    """Translates for what listens inside.

    A binding that nothing went out by for ``seconds`` is gone.  ``mapping`` says for which destinations an
    inner port has bindings of their own, ``filtering`` who is let in by one.
    """

    def __init__(
        self,
        clock: IReactorTime,
        outside: Open,
        mapping: Dependence = Dependence.ENDPOINT_INDEPENDENT,
        filtering: Dependence = Dependence.ADDRESS_AND_PORT_DEPENDENT,
        seconds: float = 60.0,
    ) -> None:
        self.clock = clock
        self.filtering = filtering
        self.seconds = seconds
        self._outside = outside
        self._mapping = mapping
        self._bindings: dict[tuple[Place, Place], _Binding] = {}
        self._next_port = 50_000

    def listen(self, protocol: DatagramProtocol, host: str) -> InnerPort:
        """A port of a host on the inside."""
        self._next_port += 1
        port = InnerPort(self, protocol, (host, self._next_port))
        protocol.makeConnection(port)  # type: ignore[arg-type]
        return port

    def send(self, port: InnerPort, data: bytes, to: Place) -> None:
        """Let a datagram out."""
        key = port.place, self._mapping.of(to)
        binding = self._bindings.get(key)
        if binding is None or not binding.lives:
            old = binding
            binding = self._bindings[key] = _Binding(self, port)
            binding.port = self._outside(binding)
            if old is not None:
                old.close()  # only now, so that the new one has another number
        binding.send(data, to)

    def forget(self) -> None:
        """Forget all bindings, as a NAT that starts anew: what is sent next gets other ones."""
        for binding in self._bindings.values():
            binding.used = float("-inf")

    def close(self, place: Place | None = None) -> None:
        """Give up the bindings of an inner port, or all of them."""
        for key in [key for key in self._bindings if place in (None, key[0])]:
            self._bindings.pop(key).close()


class _Binding(DatagramProtocol):
    """An outer port for an inner one."""

    def __init__(self, nat: Nat, inner: InnerPort) -> None:
        self.port: Any = None
        self.used = float("-inf")
        self._nat = nat
        self._inner = inner
        self._partners: set[Place] = set()

    @property
    def lives(self) -> bool:
        return self._nat.clock.seconds() - self.used < self._nat.seconds

    def send(self, data: bytes, to: Place) -> None:
        self.used = self._nat.clock.seconds()
        self._partners.add(self._nat.filtering.of(to))
        self.port.write(data, to)

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        if self.lives and self._nat.filtering.of(addr) in self._partners:
            self._inner.protocol.datagramReceived(datagram, addr)

    def close(self) -> None:
        self.port.stopListening()


class InnerPort:
    """What a protocol behind a NAT has as its transport."""

    def __init__(self, nat: Nat, protocol: DatagramProtocol, place: Place) -> None:
        self.protocol = protocol
        self.place = place
        self._nat = nat

    def write(self, data: bytes, to: Place) -> None:
        """Send a datagram."""
        self._nat.send(self, data, to)

    def getHost(self) -> IPv4Address:
        """The address on the inside."""
        return IPv4Address("UDP", *self.place)

    def stopListening(self) -> Deferred[None]:
        """Close it, with its bindings."""
        if self.protocol.transport is not None:
            self._nat.close(self.place)
            self.protocol.doStop()  # type: ignore[no-untyped-call]
        return succeed(None)
