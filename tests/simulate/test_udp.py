"""Tests of `acs.simulate.udp`, `stun` and `nat`: devices behind NATs, with our server."""

from __future__ import annotations

import itertools
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, fail, succeed
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IListeningPort
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import deferLater
from twisted.trial.unittest import SynchronousTestCase, TestCase

from acs.cwmp.udp_request import signed, write
from acs.datagrams import listen
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.events import CONNECTION_REQUEST, VALUE_CHANGE
from acs.simulate.nat import Dependence, Nat
from acs.simulate.network import Network
from acs.simulate.udp import UdpSide, settings_of
from acs.wake.stun_server import StunServer
from acs.wake.udp import UdpWay
from acs.wake.way import Attempt, Pair, Target, WakeOutcome
from tests.simulate.worlds import NOON, clock, cpe
from tests.support.datagrams import Internet, Listener
from tests.wake.stun_side import Population

SERVER = ("203.0.113.1", 3478)
OUTSIDE = "198.51.100.1"
INSIDE = "192.168.1.2"
SETTINGS = {
    "STUNEnable": "1",
    "STUNServerAddress": SERVER[0],
    "STUNUsername": "cpe",
    "STUNPassword": "hush",
    "STUNMinimumKeepAlivePeriod": "20",
    "ConnectionRequestUsername": "NF%2D1200",
    "ConnectionRequestPassword": "wake",
}


class World:
    """A server of ours, a NAT, and where devices behind it have their ports."""

    def __init__(self, **nat: Any) -> None:
        self.clock = clock()
        self.net = Internet(self.clock)
        self.known = Population((("cpe", "hush"),))
        self.server = StunServer(self.known, self.clock)
        self.port = self.net.listen(self.server, *SERVER)
        self.way = UdpWay(self.server, self.clock, lambda count: bytes(range(count)), lambda address: "")
        self.nat: Nat | None = Nat(self.clock, self.outside, **nat)
        self.names = {"stun.example": SERVER[0]}

    def outside(self, protocol: DatagramProtocol) -> IListeningPort:
        return self.net.listen(protocol, OUTSIDE)  # type: ignore[return-value]

    def listen_udp(self, protocol: DatagramProtocol, towards: str) -> IListeningPort:
        if self.nat is None:
            return self.outside(protocol)
        return self.nat.listen(protocol, INSIDE)  # type: ignore[return-value]

    def resolve(self, name: str) -> Deferred[str]:
        return succeed(self.names[name]) if name in self.names else fail(DNSLookupError(name))

    def run_for(self, seconds: float) -> None:
        self.clock.pump([1 / 64] * round(seconds * 64))


class UdpTestCase(SynchronousTestCase):
    """Has a device."""

    def setUp(self) -> None:
        self.make(World())

    def make(self, world: World, name: str = "tr098-router", **settings: str) -> None:
        self.world = world
        self.cpe = cpe(name, world.clock)
        self.nudges = 0
        for setting, value in {**SETTINGS, **settings}.items():
            self.set(setting, value)
        self.cpe.events.delivered(self.cpe.events.to_tell(), ())
        self.udp = UdpSide(self.cpe, world.clock, world, self.nudged)
        self.udp.settle()

    def nudged(self) -> None:
        self.nudges += 1

    def set(self, name: str, value: str) -> None:
        self.cpe.tree.write(self.cpe.model.server(name), value)

    def value(self, name: str) -> str:
        return self.cpe.tree.value(self.cpe.model.server(name))

    def events(self) -> list[str]:
        return [event.EventCode for event in self.cpe.events.to_tell()]

    def wake(self) -> Deferred[Attempt]:
        target = Target("device cpe", (Pair("NF%2D1200", "wake"),))
        self.assertEqual("", self.world.way.why_not(target))
        return ensureDeferred(self.world.way.request(target))

    @property
    def place(self) -> str:
        binding = self.world.server.bindings.binding_of("device cpe")
        return f"{binding.host}:{binding.port}" if binding else ""


class ConversationTests(UdpTestCase):
    def test_a_device_authenticates_itself_when_it_is_asked_and_tells_of_the_change(self) -> None:
        self.world.run_for(1)
        counts = self.world.server.bindings.counts
        self.assertEqual({"refused 401": 2, "bound": 2, "looked up": 1}, dict(counts))
        self.assertEqual(1, len(self.world.known.told))
        self.assertTrue(self.place.startswith(OUTSIDE))

    def test_its_tree_tells_where_it_is(self) -> None:
        self.world.run_for(1)
        self.assertEqual(self.place, self.value("UDPConnectionRequestAddress"))
        self.assertEqual("1", self.value("NATDetected"))

    def test_each_model_that_knows_stun_tells_it_in_its_own_words(self) -> None:
        for name, word in (("tr181-router", "true"), ("voip-phone", "1"), ("tr098-router", "1")):
            self.make(World(), name)
            self.world.run_for(1)
            self.assertEqual(word, self.value("NATDetected"))

    def test_without_a_nat_none_is_detected(self) -> None:
        world = World()
        world.nat = None
        self.make(world)
        world.run_for(1)
        self.assertEqual(
            (self.place, "0"), (self.value("UDPConnectionRequestAddress"), self.value("NATDetected"))
        )

    def test_an_active_notification_tells_the_address_at_once(self) -> None:
        path = self.cpe.model.server("UDPConnectionRequestAddress")
        self.cpe.tree.write_attributes(path, 2, ())
        self.world.run_for(1)
        self.assertEqual([VALUE_CHANGE], self.events())
        self.assertTrue(self.cpe.wants_session)
        self.assertTrue(self.nudges)

    def test_it_keeps_its_binding_alive(self) -> None:
        self.world.run_for(1)
        before = len(self.world.known.told), self.place
        self.world.run_for(200)
        self.assertEqual(before, (len(self.world.known.told), self.place))
        self.assertEqual(2 + 10, self.world.server.bindings.counts["bound"])

    def test_a_binding_that_changed_is_told_to_the_server_and_in_the_tree(self) -> None:
        self.world.run_for(1)
        old = self.place
        assert self.world.nat is not None
        self.world.nat.forget()
        self.world.run_for(25)
        self.assertNotEqual(old, self.place)
        self.assertEqual(self.place, self.value("UDPConnectionRequestAddress"))
        self.assertEqual(2, len(self.world.known.told))

    def test_a_nat_that_forgets_between_keep_alives_gives_a_new_binding_each_time(self) -> None:
        self.make(World(seconds=10.0))
        self.world.run_for(1)
        places = {self.place}
        for _ in range(3):
            self.world.run_for(20)
            places.add(self.place)
        self.assertEqual(4, len(places))

    def test_a_request_without_an_answer_is_repeated_then_given_up_until_next_time(self) -> None:
        self.world.port.stopListening()
        self.world.run_for(12)
        self.assertEqual(9, len(self.world.net.sent))
        self.assertEqual(1, len({each.data for each in self.world.net.sent}))
        self.world.run_for(25)
        self.assertEqual(2, len({each.data for each in self.world.net.sent}))

    def test_no_way_to_the_server_is_as_good_as_no_answer(self) -> None:
        self.world.port.stopListening()
        self.world.net.broken.add(SERVER[0])
        self.world.run_for(5)
        self.world.net.broken.clear()
        self.world.net.listen(StunServer(self.world.known, self.world.clock), *SERVER)
        self.world.run_for(5)
        self.assertTrue(self.value("UDPConnectionRequestAddress"))

    def test_a_wrong_password_is_shown_once_in_each_period(self) -> None:
        self.make(World(), STUNPassword="falsch")
        self.world.run_for(50)
        self.assertEqual(3, self.world.server.bindings.counts["refused 431"])
        self.assertEqual("", self.value("UDPConnectionRequestAddress"))

    def test_without_a_user_name_it_learns_its_address_and_only_the_tree_tells(self) -> None:
        self.make(World(), STUNUsername="")
        self.world.run_for(1)
        self.assertTrue(self.value("UDPConnectionRequestAddress").startswith(OUTSIDE))
        self.assertEqual("", self.place)

    def test_a_forged_answer_is_not_believed(self) -> None:
        self.world.run_for(1)
        known = self.value("UDPConnectionRequestAddress")
        sent = len(self.world.net.sent)
        for each in self.world.net.to(SERVER)[-1:]:
            forged = b"\x01\x01" + each.data[2:]
            self.world.net.send(forged, SERVER, each.source)
        self.world.net.send(b"\0\1", SERVER, self.world.net.sent[-1].source)
        self.world.run_for(1)
        self.assertEqual(known, self.value("UDPConnectionRequestAddress"))
        self.assertEqual(sent + 2, len(self.world.net.sent))


class SettingTests(UdpTestCase):
    def test_a_device_does_nothing_before_its_tree_says_so(self) -> None:
        self.make(World(), STUNEnable="0")
        self.world.run_for(30)
        self.assertEqual([], self.world.net.sent)
        self.set("STUNEnable", "1")
        self.udp.settle()
        self.world.run_for(1)
        self.assertTrue(self.place)

    def test_nor_any_longer_when_it_says_so_no_more(self) -> None:
        self.world.run_for(1)
        self.set("STUNEnable", "0")
        self.udp.settle()
        sent = len(self.world.net.sent)
        self.world.run_for(60)
        self.assertEqual(sent, len(self.world.net.sent))
        self.assertEqual(("", "0"), (self.value("UDPConnectionRequestAddress"), self.value("NATDetected")))
        self.assertEqual([SERVER], list(self.world.net.ports))

    def test_a_tree_that_stays_as_it_is_disturbs_nothing(self) -> None:
        self.world.run_for(1)
        sent = len(self.world.net.sent)
        self.udp.settle()
        self.world.run_for(1)
        self.assertEqual(sent, len(self.world.net.sent))

    def test_a_password_that_changes_begins_anew(self) -> None:
        self.world.run_for(1)
        self.world.known.passwords["cpe"] = "new"
        self.set("STUNPassword", "new")
        self.udp.settle()
        self.world.run_for(21)
        self.assertEqual(2, len(self.world.known.told))

    def test_a_server_may_have_a_name_and_be_that_of_the_acs(self) -> None:
        self.make(World(), STUNServerAddress="", URL="http://stun.example:7547/acs")
        self.assertEqual("stun.example", settings_of(self.cpe).host)  # type: ignore[union-attr]
        self.world.run_for(1)
        self.assertTrue(self.place)

    def test_a_name_that_nobody_knows_is_tried_again_later(self) -> None:
        self.make(World(), STUNServerAddress="elsewhere.example")
        self.world.run_for(1)
        self.assertEqual([], self.world.net.sent)
        self.world.names["elsewhere.example"] = SERVER[0]
        self.udp.settle()
        self.world.run_for(1)
        self.assertTrue(self.place)

    def test_a_device_that_does_not_know_stun_has_no_settings(self) -> None:
        self.assertIsNone(settings_of(cpe("airties-air4920")))


class WakingTests(UdpTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.world.run_for(1)
        self.nudges = 0

    def test_a_signed_request_from_the_server_wakes_it_once(self) -> None:
        asked = self.wake()
        self.world.run_for(6)
        self.assertEqual(WakeOutcome.ACCEPTED, self.successResultOf(asked).outcome)
        self.assertEqual([CONNECTION_REQUEST], self.events())
        self.assertEqual(1, self.nudges)

    def test_behind_every_kind_of_nat(self) -> None:
        for mapping, filtering in itertools.product(Dependence, Dependence):
            self.make(World(mapping=mapping, filtering=filtering))
            self.world.run_for(1)
            self.wake()
            self.world.run_for(1)
            self.assertEqual([CONNECTION_REQUEST], self.events(), (mapping, filtering))

    def test_from_another_address_only_where_the_nat_lets_everybody_in(self) -> None:
        for filtering, woken in zip(Dependence, (True, False, False), strict=True):
            self.make(World(filtering=filtering))
            self.world.run_for(1)
            binding = self.world.server.bindings.binding_of("device cpe")
            assert binding is not None
            data = self.datagram(NOON)
            self.world.net.send(data, ("203.0.113.99", 3478), (binding.host, binding.port))
            self.world.run_for(1)
            self.assertEqual(woken, CONNECTION_REQUEST in self.events(), filtering)

    def test_not_when_the_binding_is_gone_but_again_when_it_is_renewed(self) -> None:
        assert self.world.nat is not None
        self.world.nat.forget()
        self.wake()
        self.world.run_for(5)
        self.assertEqual([], self.events())
        self.world.run_for(20)
        self.wake()
        self.world.run_for(5)
        self.assertEqual([CONNECTION_REQUEST], self.events())

    def test_a_lost_copy_does_no_harm(self) -> None:
        binding = self.world.server.bindings.binding_of("device cpe")
        assert binding is not None
        place = binding.host, binding.port
        port = self.world.net.ports.pop(place)
        self.wake()
        self.world.run_for(0.1)
        self.world.net.ports[place] = port
        self.world.run_for(1)
        self.assertEqual([CONNECTION_REQUEST], self.events())

    def datagram(self, ts: float, number: int = 5, un: str = "NF%2D1200", password: str = "wake") -> bytes:
        request = signed(password, int(ts), number, un, "abc")
        return write(request, "198.51.100.1", 80, un)

    def test_what_is_old_repeated_or_not_for_it_is_dropped(self) -> None:
        self.assertTrue(self.udp.take(self.datagram(NOON, 5)))
        for data in (
            self.datagram(NOON, 5),
            self.datagram(NOON, 6),
            self.datagram(NOON - 1, 7),
            self.datagram(NOON + 1, 5),
            self.datagram(NOON + 1, 8, un="another"),
            self.datagram(NOON + 1, 8, password="other"),
            b"GET / HTTP/1.1\r\n\r\n",
        ):
            self.assertFalse(self.udp.take(data))
        self.assertTrue(self.udp.take(self.datagram(NOON + 1, 8)))

    def test_a_device_without_a_password_takes_none(self) -> None:
        self.set("ConnectionRequestPassword", "")
        self.assertFalse(self.udp.take(self.datagram(NOON, password="")))


class NatTests(SynchronousTestCase):
    """What the NAT does by itself, to a port inside and two servers outside."""

    SERVERS = (("203.0.113.1", 1000), ("203.0.113.1", 1001), ("203.0.113.2", 1000))

    def make(self, **options: Any) -> Nat:
        self.clock = clock()
        self.net = Internet(self.clock)
        self.servers = [Listener() for _ in self.SERVERS]
        for server, place in zip(self.servers, self.SERVERS, strict=True):
            self.net.listen(server, *place)
        self.inner = Listener()
        nat = Nat(self.clock, lambda protocol: self.net.listen(protocol, OUTSIDE), **options)  # type: ignore[arg-type,return-value]
        self.port = nat.listen(self.inner, INSIDE)
        return nat

    def send(self, *numbers: int) -> list[tuple[str, int]]:
        """Send to servers; where that came from."""
        for number in numbers:
            self.port.write(b"x", self.SERVERS[number])
        self.clock.advance(0.01)
        return [self.servers[number].sources[-1] for number in numbers]

    def test_bindings_are_one_for_what_the_mapping_depends_on(self) -> None:
        for mapping, count in zip(Dependence, (1, 2, 3), strict=True):
            self.make(mapping=mapping)
            self.assertEqual(count, len(set(self.send(0, 1, 2))), mapping)

    def test_those_are_let_in_that_the_filtering_depends_on(self) -> None:
        for filtering, count in zip(Dependence, (3, 2, 1), strict=True):
            self.make(filtering=filtering)
            (place,) = self.send(0)
            for server in self.SERVERS:
                self.net.send(b"y", server, place)
            self.clock.advance(0.01)
            self.assertEqual(count, len(self.inner.heard), filtering)

    def test_a_binding_lives_while_something_goes_out(self) -> None:
        self.make(seconds=10.0)
        (place,) = self.send(0)
        for _ in range(3):
            self.clock.advance(8)
            self.assertEqual([place], self.send(0))
        self.clock.advance(10)
        self.net.send(b"y", self.SERVERS[0], place)
        self.clock.advance(0.01)
        self.assertEqual([], self.inner.heard)
        self.assertNotEqual([place], self.send(0))

    def test_a_port_that_is_closed_has_no_bindings(self) -> None:
        self.make(mapping=Dependence.ADDRESS_AND_PORT_DEPENDENT)
        self.send(0, 1, 2)
        self.port.stopListening()
        self.port.stopListening()
        self.assertEqual(set(self.SERVERS), set(self.net.ports))


class LoopbackTests(TestCase):
    """The same with real sockets: the NAT's outside is on 127.0.0.1."""

    async def conversation(self, nat: bool) -> None:
        clock: Any = reactor
        server = StunServer(Population((("cpe", "hush"),)), clock)
        port: Any = listen(reactor, "udp:0:interface=127.0.0.1", server)
        self.addCleanup(port.stopListening)
        device = cpe("tr098-router", clock)
        network: Any = Network(reactor)
        if nat:
            network = self.behind_a_nat(clock)
        for name, value in {
            **SETTINGS,
            "STUNServerAddress": "127.0.0.1",
            "STUNServerPort": str(port.getHost().port),
        }.items():
            device.tree.write(device.model.server(name), value)
        udp = UdpSide(device, clock, network, lambda: None)
        udp.settle()
        self.addCleanup(udp.close)
        await self.until(lambda: device.tree.value(device.model.server("UDPConnectionRequestAddress")))
        self.assertEqual("01"[nat], device.tree.value(device.model.server("NATDetected")))
        way = UdpWay(server, clock, bytes, lambda address: "")
        asked = ensureDeferred(way.request(Target("device cpe", (Pair("NF%2D1200", "wake"),))))
        asked.addErrback(lambda failure: failure.trap(CancelledError))
        await self.until(lambda: CONNECTION_REQUEST in told(device))
        asked.cancel()

    def behind_a_nat(self, clock: Any) -> World:
        nat = Nat(clock, lambda protocol: clock.listenUDP(0, protocol, interface="127.0.0.1"))
        self.addCleanup(nat.close)
        world = World()
        world.nat = nat
        return world

    async def until(self, true: Any) -> None:
        for _ in range(500):
            if true():
                return
            await deferLater(reactor, 0.01, lambda: None)  # type: ignore[arg-type]
        self.fail("it did not come to that in five seconds")

    async def test_a_device_is_found_and_woken(self) -> None:
        await self.conversation(nat=False)

    async def test_so_is_one_behind_a_nat(self) -> None:
        await self.conversation(nat=True)


def told(device: SimulatedCPE) -> list[str]:
    """The events that a device has to tell."""
    return [event.EventCode for event in device.events.to_tell()]
