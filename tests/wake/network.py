"""A network in memory for the tests of the way over HTTP: devices at addresses, names, a clock."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from ipaddress import ip_network
from typing import Any, cast

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.test.iosim import FakeTransport, IOPump, connect
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from acs.wake.addresses import AddressPolicy
from acs.wake.http import HttpWay
from acs.wake.way import Attempt, Pair, Target

DEVICE = "198.18.0.2"
URL = f"http://{DEVICE}:7547/bell"
OWN = Pair("cpe", "geheim", "own")
PREVIOUS = Pair("cpe", "alt", "previous")
DEFAULT = Pair("admin", "admin", "default")
SECRETS = tuple(pair.password for pair in (OWN, PREVIOUS))

Answer = bytes | None
"""What a device answers: None closes the connection, b"" is silence."""


class Scripted(Factory):
    """A device that answers whatever it is told with the next of ``answers``, the last for ever.

    An answer that ends in `CLOSE` closes the connection behind it.  ``requests`` are the bytes that came,
    each with the number of its connection, from 1 on.
    """

    noisy = False

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[int, bytes]] = []
        self.connections = 0

    def next_answer(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def buildProtocol(self, addr: object) -> Protocol:
        self.connections += 1
        return _Scripted(self, self.connections)

    @property
    def said(self) -> str:
        """All that came."""
        return b"".join(request for _, request in self.requests).decode("latin-1")


CLOSE = b"<close>"


class _Scripted(Protocol):
    transport: Any

    def __init__(self, script: Scripted, number: int) -> None:
        self.script = script
        self.number = number
        self.closed = False

    def dataReceived(self, data: bytes) -> None:
        if self.closed:
            return
        self.script.requests.append((self.number, data))
        answer = self.script.next_answer()
        if answer:
            self.transport.write(answer.removesuffix(CLOSE))
        self.closed = answer is None or answer.endswith(CLOSE)
        if self.closed:
            self.transport.loseConnection()


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {status} Words", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def challenge(nonce: str = "n1", more: str = "", close: bool = False) -> bytes:
    """A 401 that wants Digest."""
    asked = f'WWW-Authenticate: Digest realm="cpe", qop="auth", nonce="{nonce}"{more}'
    return answer(401, asked) + CLOSE * close


@implementer(IHostnameResolver)
class Names:
    """A resolver: each lookup of a name gives the next of its lists of addresses, the last for ever; a name
    that is not listed has none, one whose list is None is looked for for ever."""

    def __init__(self, **names: list[list[str]] | None) -> None:
        self.names = {name.replace("_", "."): found for name, found in names.items()}
        self.asked: list[str] = []

    def resolveHostName(  # noqa: N802
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803
        hostName: str,  # noqa: N803
        *_: object,
        **__: object,
    ) -> Any:
        self.asked.append(hostName)
        found = self.names.get(hostName, [[]])
        if found is None:
            return None
        resolutionReceiver.resolutionBegan(cast(Any, None))
        for host in found.pop(0) if len(found) > 1 else found[0]:
            kind = IPv6Address if ":" in host else IPv4Address
            resolutionReceiver.addressResolved(kind("TCP", host, 0))
        resolutionReceiver.resolutionComplete()
        return None


Listening = Factory | Exception | None


class Reactor(MemoryReactorClock):
    """Connects to what listens at an address and port: a factory; an exception is what connecting fails with,
    None that nothing ever comes of it.  ``called`` are those that were to be connected to."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.listening: dict[tuple[str, int], Listening] = {}
        self.called: list[tuple[str, int]] = []
        self.lines: list[IOPump] = []

    def connectTCP(self, host: str, port: int, factory: Any, *args: Any, **options: Any) -> Any:
        connector = super().connectTCP(host, port, factory, *args, **options)  # type: ignore[no-untyped-call]
        self.called.append((host, port))
        self.callLater(0, self._connect, (host, port), factory, connector)
        return connector

    def _connect(self, place: tuple[str, int], factory: Any, connector: Any) -> None:
        there = self.listening.get(place, ConnectionRefusedError())
        if connector.stoppedConnecting or there is None:
            return
        if isinstance(there, Exception):
            factory.clientConnectionFailed(connector, Failure(there))
            return
        client, server = factory.buildProtocol(None), there.buildProtocol(None)
        ends = Line(server, isServer=True), Line(client, isServer=False)
        self.lines.append(connect(server, ends[0], client, ends[1], clock=Still()))

    def settle(self) -> None:
        """Let everything happen that happens at once."""
        for _ in range(100):
            self.advance(0)
            moved = [line.pump(advanceClock=False) for line in list(self.lines)]
            if not any(moved) and not any(call.getTime() <= self.seconds() for call in self.calls):
                return
        raise AssertionError("it does not come to rest")

    def pass_time(self, seconds: float, step: float = 0.25) -> None:
        """Let time go by."""
        for _ in range(round(seconds / step)):
            self.advance(step)
            self.settle()

    @property
    def open(self) -> int:
        """How many connections the callers have open."""
        return sum(not (line.clientIO.disconnecting or line.clientIO.disconnected) for line in self.lines)


class Still:
    """A clock for a pump, which does not need one."""

    def advance(self, seconds: float) -> None:
        """Nothing."""


class Line(FakeTransport):
    """One end of a connection."""

    def setTcpNoDelay(self, enabled: bool) -> None:
        """As every real one."""


def policy(*networks: str, own: Iterable[str] = (), and_loopback: bool = False) -> AddressPolicy:
    """One that allows these, all unicast for none."""
    mine = set(own)
    return AddressPolicy(
        [ip_network(each) for each in networks], lambda address: str(address) in mine, and_loopback
    )


class WakeCase(SynchronousTestCase):
    """Has a network, a policy and a way."""

    def setUp(self) -> None:
        self.reactor = Reactor()
        self.names = Names()
        self.allowed = policy()

    def way(self, **options: Any) -> HttpWay:
        count = iter(range(1, 1000))
        return HttpWay(
            self.reactor,
            self.allowed,
            random=lambda size: next(count).to_bytes(size, "big"),
            resolver=self.names,
            **options,
        )

    def begin(self, target: Target, way: HttpWay | None = None) -> Deferred[Attempt]:
        """Start to wake a device."""
        work = cast("Coroutine[Deferred[Any], Any, Attempt]", (way or self.way()).request(target))
        begun = ensureDeferred(work)
        self.reactor.settle()
        return begun

    def wake(self, there: Listening, *pairs: Pair, url: str = URL, **options: Any) -> Attempt:
        """What comes of waking the device that listens at `URL`, at once."""
        self.reactor.listening[DEVICE, 7547] = there
        return self.successResultOf(self.begin(Target("device", pairs or (OWN,), url, **options)))
