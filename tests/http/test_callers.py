"""Connections by who calls: how many, how fast, and as whose a proxy's are counted."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import capturedLogs, formatEvent
from twisted.protocols.haproxy._wrapper import HAProxyWrappingFactory
from twisted.trial.unittest import SynchronousTestCase

from acs.http.callers import MAX_LINES, Callers, TooMany
from acs.http.connection import Connection, stand_in
from tests.http.peer import Application, Peer
from tests.http.wire import post
from tests.support.cases import WorldCase


def v4(host: str) -> IPv4Address:
    return IPv4Address("TCP", host, 40000)


class CallersTests(SynchronousTestCase):
    """The counting itself."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.callers = Callers(self.clock.seconds, connections=10, per_source=3, rate=(5, 60.0))

    def call(self, address: str) -> Connection:
        connection = stand_in(address, 1)
        self.callers.came()
        self.callers.is_from(connection, address)
        return connection

    def test_one_source_has_no_more_than_its_share(self) -> None:
        kept = [self.call("192.0.2.1") for _ in range(3)]
        error = self.assertRaises(TooMany, self.call, "192.0.2.1")
        self.assertEqual(("has too many connections", 5), (error.reason, error.retry_after))
        self.call("192.0.2.2")
        self.callers.left(kept[0])
        self.call("192.0.2.1")

    def test_one_source_comes_no_faster_than_it_may(self) -> None:
        for _ in range(5):
            self.callers.left(self.call("192.0.2.1"))
        error = self.assertRaises(TooMany, self.call, "192.0.2.1")
        self.assertEqual("connects too often", error.reason)
        self.call("192.0.2.2")
        self.clock.advance(error.retry_after + 1)
        self.call("192.0.2.1")

    def test_nobody_is_told_to_come_back_sooner_than_a_cpe_may(self) -> None:
        self.callers = Callers(self.clock.seconds, rate=(1, 1.0))
        self.call("192.0.2.1")
        self.assertEqual(5, self.assertRaises(TooMany, self.call, "192.0.2.1").retry_after)

    def test_the_addresses_of_an_ipv6_network_are_one_source(self) -> None:
        for number in range(3):
            self.call(f"2001:db8::{number}")
        self.assertRaises(TooMany, self.call, "2001:db8::ffff")
        self.call("2001:db8:0:1::1")

    def test_who_has_no_address_is_counted_in_all_alone(self) -> None:
        for _ in range(10):
            self.assertFalse(self.callers.full)
            self.call("")
        self.assertTrue(self.callers.full)

    def test_a_connection_is_of_one_source_at_a_time(self) -> None:
        connection = stand_in("10.0.0.1", 1)
        for number in range(20):
            self.callers.is_from(connection, f"192.0.2.{number}")
        self.assertEqual({"192.0.2.19": 1}, self.callers._of_source)
        self.callers.left(connection)
        self.assertEqual({}, self.callers._of_source)

    def test_who_is_refused_leaves_it_as_it_was(self) -> None:
        for _ in range(3):
            self.call("192.0.2.1")
        connection = self.call("192.0.2.2")
        self.assertRaises(TooMany, self.callers.is_from, connection, "192.0.2.1")
        self.assertEqual("192.0.2.2", connection.source)


class ConnectionTests(SynchronousTestCase):
    """The factory counts by it."""

    def factory(self, **how: Any) -> Any:
        self.clock = Clock()
        self.app = Application()
        self.callers = Callers(self.clock.seconds, per_source=2, rate=(100, 60.0))
        factory = self.app.factory(self.clock, callers=self.callers, **how)
        self.addCleanup(factory.doStop)
        return factory

    def test_above_its_share_a_source_is_cut_and_heard_no_more(self) -> None:
        factory = self.factory()
        peers = [Peer(factory, v4("192.0.2.1")) for _ in range(3)]
        self.assertEqual([False, False, True], [peer.transport.disconnected for peer in peers])
        peers[2].send(post(b"x"))
        self.assertEqual(([], b""), (self.app.requests, peers[2].received()))
        self.assertFalse(Peer(factory, v4("192.0.2.2")).transport.disconnected)
        for peer in peers:
            peer.vanish()
        self.assertEqual((1, {"192.0.2.2": 1}), (self.callers.open, self.callers._of_source))

    def test_mapped_addresses_are_those_that_they_map(self) -> None:
        factory = self.factory()
        for address in (v4("192.0.2.1"), IPv6Address("TCP", "::ffff:192.0.2.1", 1)):
            self.assertFalse(Peer(factory, address).transport.disconnected)
        self.assertTrue(Peer(factory, v4("192.0.2.1")).transport.disconnected)

    def test_factories_that_share_a_count_share_it(self) -> None:
        first = self.factory()
        second = self.app.factory(self.clock, callers=self.callers)
        self.addCleanup(second.doStop)
        kept = [Peer(factory, v4("192.0.2.1")) for factory in (first, second)]
        self.assertTrue(Peer(second, v4("192.0.2.1")).transport.disconnected)
        self.assertEqual(2, sum(not peer.transport.disconnected for peer in kept))

    def test_a_trusted_proxy_may_have_as_many_as_it_likes(self) -> None:
        factory = self.factory(proxies=[ip_network("10.0.0.0/8")])
        peers = [Peer(factory, v4("10.0.0.1")) for _ in range(20)]
        self.assertFalse(any(peer.transport.disconnected for peer in peers))
        others = [Peer(factory, v4("192.0.2.1")) for _ in range(3)]
        self.assertEqual([False, False, True], [peer.transport.disconnected for peer in others])

    def test_the_cuts_are_told_of_sparingly(self) -> None:
        factory = self.factory()
        with capturedLogs() as events:
            for _ in range(2 + MAX_LINES + 40):
                Peer(factory, v4("192.0.2.1"))
            self.clock.pump([1.0] * 62)
        lines = [formatEvent(event) for event in events]
        self.assertEqual(MAX_LINES, lines.count("192.0.2.1 is cut: it has too many connections"))
        self.assertEqual(1, lines.count("40 more connections were cut in the last minute"))

    def proxied(self, factory: Any, client: str) -> StringTransport:
        """A connection through a proxy that says by the PROXY protocol for whom."""
        transport = StringTransport(peerAddress=v4("10.0.0.1"))
        protocol = HAProxyWrappingFactory(factory).buildProtocol(v4("10.0.0.1"))
        protocol.makeConnection(transport)
        self.assertFalse(transport.disconnected)
        protocol.dataReceived(f"PROXY TCP4 {client} 192.0.2.100 1234 7547\r\n".encode() + post(b"x"))
        return transport

    def test_behind_the_proxy_protocol_the_clients_address_counts(self) -> None:
        factory = self.factory(proxied=True)
        kept = [self.proxied(factory, f"192.0.2.{number}") for number in range(5)]
        self.assertFalse(any(transport.disconnected for transport in kept))
        again = [self.proxied(factory, "192.0.2.1").disconnected for _ in range(3)]
        self.assertEqual([False, True, True], again)
        self.assertEqual(6, len(self.app.requests))


class ForwardedTests(WorldCase):
    """Behind a proxy whose X-Forwarded-For is believed the sender's address counts."""

    how = {"trusted": [ip_network("10.0.0.0/8")]}

    async def test_a_sender_with_too_many_connections_is_sent_away_and_others_are_not(self) -> None:
        self.world.endpoint._callers = Callers(self.world.clock.seconds, per_source=2, rate=(100, 60.0))
        lines = [self.world.cpe(address="10.0.0.1") for _ in range(3)]
        statuses = [(await cpe.exchange(b"", "X-Forwarded-For: 192.0.2.1")).status for cpe in lines]
        self.assertEqual([204, 204, 503], statuses)
        self.assertEqual("5", lines[2].answer.headers["retry-after"])
        self.assertIn(b"this address has too many connections", lines[2].answer.body)
        other = self.world.cpe(address="10.0.0.1")
        self.assertEqual(204, (await other.exchange(b"", "X-Forwarded-For: 192.0.2.2")).status)

    async def test_a_sender_that_comes_too_often_is_sent_away(self) -> None:
        self.world.endpoint._callers = Callers(self.world.clock.seconds, per_source=100, rate=(3, 60.0))
        statuses = []
        for _ in range(4):
            cpe = self.world.cpe(address="10.0.0.1")
            statuses.append((await cpe.exchange(b"", "X-Forwarded-For: 192.0.2.1")).status)
        self.assertEqual([204, 204, 204, 503], statuses)
        self.assertGreater(int(cpe.answer.headers["retry-after"]), 10)

    async def test_requests_of_one_sender_on_one_connection_are_one_connection(self) -> None:
        self.world.endpoint._callers = Callers(self.world.clock.seconds, rate=(1, 60.0))
        cpe = self.world.cpe(address="10.0.0.1")
        for _ in range(10):
            self.assertEqual(204, (await cpe.exchange(b"", "X-Forwarded-For: 192.0.2.1")).status)
