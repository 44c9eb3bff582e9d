"""Tests of `acs.wake.stun_server`: the server on a port, in memory and on loopback."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase

from acs.cwmp import stun
from acs.cwmp.stun import Address, Attribute, StunMessage
from acs.datagrams import listen, own_address, plain, port_of
from acs.wake.passwords import RECHECK_SECONDS
from acs.wake.stun_server import MOST_LOOK_UPS, SECONDS, StunServer
from acs.wake.way import Binding
from tests.support.datagrams import Internet, Listener
from tests.wake.stun_side import BINDS, NAME, PASSWORD, Population, binding, request

SERVER = ("203.0.113.1", 3478)
CPE = ("198.51.100.7", 4711)


class MemoryTestCase(SynchronousTestCase):
    """Has a server in memory, and somebody to ask it."""

    host = SERVER[0]

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1_000_000)
        self.net = Internet(self.clock)
        self.known = Population()
        self.server = self.make()
        self.cpe = Listener()
        self.net.listen(self.cpe, *CPE)

    def make(self, **limits: int) -> StunServer:
        server = StunServer(self.known, self.clock, 7, **limits)
        self.port = self.net.listen(server, self.host, SERVER[1])
        return server

    def ask(self, *requests: bytes, source: tuple[str, int] = CPE) -> list[StunMessage]:
        """Send requests; the answers."""
        self.cpe.heard.clear()
        for data in requests:
            self.net.send(data, source, (self.host, SERVER[1]))
        self.clock.pump([0.001, 0.001, 0.001])
        return [stun.decode(data) for data in self.cpe.heard]

    def codes(self, *requests: bytes) -> list[int]:
        return [answer.error for answer in self.ask(*requests)]


class ServerTests(MemoryTestCase):
    def test_a_device_is_asked_for_its_integrity_then_known(self) -> None:
        self.assertEqual([401], self.codes(request(BINDS, name=NAME)))
        self.assertEqual([0], self.codes(binding()))
        (told,) = self.known.told
        self.assertEqual((f"device {NAME}", Binding(*CPE, told[1].seen, 7)), told)
        self.assertTrue(1_000_000 < told[1].seen < self.clock.seconds())
        self.assertEqual(told[1], self.server.bindings.binding_of(told[0]))

    def test_answers_tell_the_server_s_own_address(self) -> None:
        (answer,) = self.ask(request())
        self.assertEqual(SERVER, answer.address(Attribute.SOURCE_ADDRESS))
        self.assertEqual([SERVER], self.cpe.sources)

    def test_one_look_up_serves_many_requests(self) -> None:
        self.ask(*(binding(transaction=b"%016d" % number) for number in range(5)))
        self.ask(binding())
        self.assertEqual([NAME], self.known.asked)

    def test_nobody_is_looked_up_once_too(self) -> None:
        self.assertEqual([431] * 3, self.codes(*[binding(name="nobody")] * 3))
        self.assertEqual(["nobody"], self.known.asked)

    def test_a_password_that_was_changed_is_noticed(self) -> None:
        self.ask(binding())
        self.known.passwords[NAME] = "new"
        self.clock.advance(RECHECK_SECONDS)
        self.assertEqual([0], self.codes(binding(password="new")))
        self.assertEqual([431], self.codes(binding(password=PASSWORD)))
        self.assertEqual([NAME, NAME], self.known.asked)

    def test_requests_that_come_during_a_look_up_have_to_come_again(self) -> None:
        self.known.slow = True
        self.assertEqual([], self.ask(binding(), binding()))
        self.known.answer()
        self.clock.advance(0.01)
        self.assertEqual(1, len(self.cpe.heard))
        self.assertEqual([NAME], self.known.asked)
        self.assertEqual(1, self.server.bindings.counts["dropped"])
        self.known.slow = False
        self.assertEqual([0], self.codes(binding()))

    def test_no_more_than_so_many_are_looked_up_at_a_time(self) -> None:
        self.known.slow = True
        names = [f"n{number}" for number in range(MOST_LOOK_UPS + 10)]
        self.ask(*(binding(name=name) for name in names))
        self.assertEqual(names[:MOST_LOOK_UPS], self.known.asked)
        self.known.answer()

    def test_a_look_up_that_fails_is_logged_once_in_a_while_and_tried_again(self) -> None:
        self.known.broken = True
        self.assertEqual([], self.ask(binding()))
        self.assertEqual([], self.ask(binding()))
        self.assertEqual(1, len(self.flushLoggedErrors(RuntimeError)))
        self.assertEqual(2, self.server.bindings.counts["look-up failed"])
        self.known.broken = False
        self.assertEqual([0], self.codes(binding()))

    def test_a_look_up_that_is_under_way_when_the_server_stops_is_cancelled(self) -> None:
        self.known.slow = True
        self.ask(binding())
        self.port.stopListening()
        self.assertFalse(self.server.is_listening)
        self.assertTrue(self.known.waiting[0].called)
        self.assertEqual([], self.known.told)

    def test_an_answer_that_cannot_be_sent_is_counted(self) -> None:
        self.net.send(request(), CPE, SERVER)
        self.net.broken.add(CPE[0])
        self.clock.advance(0.01)
        self.assertEqual(1, self.server.bindings.counts["not sent"])

    def test_an_error_from_the_network_is_no_reason_to_do_anything(self) -> None:
        self.server.connectionRefused()
        self.assertEqual([0], self.codes(request()))

    def test_who_sends_too_much_is_not_heard_for_a_while(self) -> None:
        self.port.stopListening()
        self.make(from_one=3)
        self.assertEqual(3, len(self.ask(*[request()] * 10)))
        self.clock.advance(2 * SECONDS)
        self.assertEqual(3, len(self.ask(*[request()] * 10)))

    def test_a_flood_from_one_address_is_no_one_else_s_trouble(self) -> None:
        self.port.stopListening()
        self.make(from_one=10, from_all=20)
        for _ in range(1000):
            self.net.send(request(), ("10.0.0.1", 99), SERVER)
        self.clock.advance(0.01)
        self.assertEqual([0], self.codes(request()))

    def test_a_flood_from_everywhere_does_not_shut_out_devices_that_are_known(self) -> None:
        self.port.stopListening()
        server = self.make(from_all=100)
        self.ask(binding())
        for number in range(1000):
            self.net.send(request(), (f"10.0.{number // 250}.{number % 250}", 99), SERVER)
        self.clock.advance(0.01)
        self.assertEqual(901, server.bindings.counts["dropped"])
        self.assertEqual([0], self.codes(binding()))
        self.assertEqual([], self.ask(request(), source=("10.9.9.9", 99)))


class DualStackTests(MemoryTestCase):
    """A server on an IPv6 port hears IPv4 as well, in addresses of IPv6."""

    host = "2001:db8::1"

    def test_ipv4_within_ipv6_is_ipv4(self) -> None:
        mapped = ("::ffff:198.51.100.7", 4711)
        self.cpe = Listener()
        self.net.listen(self.cpe, *mapped)
        (answer,) = self.ask(binding(), source=mapped)
        self.assertEqual(CPE, answer.address(Attribute.MAPPED_ADDRESS))
        self.assertEqual("198.51.100.7", self.known.told[0][1].host)


class SendingTests(MemoryTestCase):
    def test_what_cannot_be_sent_is_told(self) -> None:
        self.assertEqual("", self.server.send(b"x", Address(*CPE)))
        self.assertIn("IPv4 only", self.server.send(b"x", Address("2001:db8::7", 80)))
        self.net.broken.add("192.0.2.1")
        self.assertEqual("No route to host", self.server.send(b"x", Address("192.0.2.1", 80)))
        self.port.stopListening()
        self.assertEqual("the STUN server does not listen", self.server.send(b"x", Address(*CPE)))


class Asking(DatagramProtocol):
    """Asks once, and has the answer."""

    def __init__(self, data: bytes, to: tuple[str, int]) -> None:
        self.data = data
        self.to = to
        self.answer: Deferred[StunMessage] = Deferred()

    def startProtocol(self) -> None:
        self.transport.write(self.data, self.to)  # type: ignore[union-attr]

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.answer.callback(stun.decode(datagram))


class LoopbackTests(TestCase):
    async def asked(self, endpoint: str, interface: str, mapped: str, own: str) -> None:
        server = StunServer(Population(), reactor)  # type: ignore[arg-type]
        port = listen(reactor, endpoint, server)
        self.addCleanup(port.stopListening)  # type: ignore[arg-type]
        number = port.getHost().port  # type: ignore[attr-defined]
        asking = Asking(request(), (interface, number))
        client = reactor.listenUDP(0, asking, interface=interface)  # type: ignore[attr-defined]
        self.addCleanup(client.stopListening)
        answer = await asking.answer.addTimeout(10, reactor)  # type: ignore[arg-type]
        self.assertEqual((mapped, client.getHost().port), answer.address(Attribute.MAPPED_ADDRESS))
        self.assertEqual((own, number), answer.address(Attribute.SOURCE_ADDRESS))

    async def test_it_answers_on_one_address(self) -> None:
        await self.asked("udp:0:interface=127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1")

    async def test_it_answers_on_all_of_them_and_knows_which_one_was_meant(self) -> None:
        await self.asked("udp:0", "127.0.0.1", "127.0.0.1", "127.0.0.1")

    async def test_it_answers_on_ipv6(self) -> None:
        if not own_address("::1"):
            self.skipTest("this machine has no IPv6")
        await self.asked(r"udp:0:interface=\:\:1", "::1", "::1", "::1")


class AddressTests(SynchronousTestCase):
    def test_an_endpoint_tells_its_port(self) -> None:
        self.assertEqual([3478, 1], [port_of("udp:3478"), port_of(r"udp:port=1:interface=\:\:1")])
        self.assertRaises(ValueError, port_of, "tcp:3478")

    def test_an_address_is_written_in_one_way(self) -> None:
        self.assertEqual("10.0.0.1", plain("::ffff:10.0.0.1"))
        self.assertEqual("fe80::1", plain("fe80::1%eth0"))
        self.assertEqual("2001:db8::1", plain("2001:0DB8:0::1"))

    def test_where_there_is_no_way_there_is_no_address_of_ours(self) -> None:
        self.assertEqual("", own_address("255.255.255.255"))
