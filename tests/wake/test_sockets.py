"""The way over HTTP on real sockets of loopback: what only these and the system's resolver can show."""

from __future__ import annotations

import os
import socket
from ipaddress import ip_network
from typing import Any, cast

from twisted.internet import reactor as real_reactor
from twisted.internet import tcp
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, inlineCallbacks
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from acs.store.records.wakes import WakeOutcome
from acs.wake.addresses import AddressPolicy
from acs.wake.http import HttpWay, Times
from acs.wake.own import is_own
from acs.wake.way import Attempt, Target
from tests.wake.network import OWN, Scripted, answer, challenge

reactor: Any = real_reactor


class SocketTests(TestCase):
    timeout = 20

    def setUp(self) -> None:
        self.device = Scripted(challenge(close=True), answer(200))

    def listen(self, interface: str = "127.0.0.1") -> int:
        port = reactor.listenTCP(0, self.device, interface=interface)
        self.addCleanup(port.stopListening)
        return cast(int, port.getHost().port)

    def wake(self, url: str, *networks: str, **times: float) -> Deferred[Attempt]:
        allowed = AddressPolicy([ip_network(each) for each in networks], is_own)
        way = HttpWay(reactor, allowed, random=os.urandom, times=Times(**times))
        return ensureDeferred(cast(Any, way.request(Target("device", (OWN,), url))))

    @inlineCallbacks
    def settled(self) -> Any:
        while any(isinstance(each, (tcp.Client, tcp.Server)) for each in reactor.getReaders()):
            yield deferLater(reactor, 0.01)

    @inlineCallbacks
    def test_a_device_is_woken(self) -> Any:
        attempt = yield self.wake(f"http://127.0.0.1:{self.listen()}/", "127.0.0.0/8")
        self.assertEqual(attempt, Attempt("http", WakeOutcome.ACCEPTED, pair=OWN))
        yield self.settled()

    @inlineCallbacks
    def test_so_is_one_that_has_ipv6_alone(self) -> Any:
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            raise self.skipTest("this machine has no IPv6") from None  # type: ignore[misc]
        attempt = yield self.wake(f"http://[::1]:{self.listen('::1')}/", "::1/128")
        self.assertEqual(attempt.outcome, WakeOutcome.ACCEPTED)
        yield self.settled()

    @inlineCallbacks
    def test_names_are_resolved_by_the_system(self) -> Any:
        port = self.listen()
        attempt = yield self.wake(f"http://localhost:{port}/", "127.0.0.0/8")
        self.assertEqual(attempt.outcome, WakeOutcome.ACCEPTED)
        attempt = yield self.wake(f"http://localhost:{port}/")
        self.assertEqual(attempt.outcome, WakeOutcome.REFUSED)
        yield self.settled()

    @inlineCallbacks
    def test_this_machine_is_not_called_unless_it_is_listed(self) -> Any:
        port = self.listen("0.0.0.0")
        for networks in ((), ("0.0.0.0/0",), ("10.0.0.0/8",)):
            for host in ("127.0.0.1", "0.0.0.0", self.own_address()):
                attempt = yield self.wake(f"http://{host}:{port}/", *networks)
                self.assertEqual(attempt.outcome, WakeOutcome.REFUSED, (host, networks))
        self.assertEqual(self.device.connections, 0)

    def own_address(self) -> str:
        """One that others would call this machine by, if it has any."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(("198.51.100.1", 9))
            except OSError:
                return "127.0.0.1"
            return str(probe.getsockname()[0])

    @inlineCallbacks
    def test_a_device_that_says_nothing_is_left_in_time(self) -> Any:
        self.device = Scripted(b"")
        attempt = yield self.wake(f"http://127.0.0.1:{self.listen()}/", "127.0.0.0/8", whole=0.2)
        self.assertEqual(attempt.outcome, WakeOutcome.TIMEOUT)
        yield self.settled()

    @inlineCallbacks
    def test_cancelling_leaves_nothing_open(self) -> Any:
        self.device = Scripted(b"")
        waking = self.wake(f"http://127.0.0.1:{self.listen()}/", "127.0.0.0/8")
        while not self.device.requests:
            yield deferLater(reactor, 0.01)
        waking.cancel()
        self.failureResultOf(waking, CancelledError)
        yield self.settled()
