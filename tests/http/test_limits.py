"""How long a client may take and how many there may be: one timer watches over all connections."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from acs.http.callers import Callers
from acs.http.messages import Response
from acs.http.protocol import HttpProtocol
from tests.http.peer import SHORT, SMALL, Application, Peer
from tests.http.wire import chunked, post, request

TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 7\r\nConnection: close\r\n\r\nrefused"


class TimeoutTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.app = Application()
        self.factory = self.app.factory(self.clock, limits=SMALL, timeouts=SHORT)
        self.addCleanup(self.factory.doStop)
        self.peer = Peer(self.factory)

    def wait(self, seconds: float) -> None:
        """Let time pass, in steps as the reactor's is."""
        for _ in range(int(seconds * 2)):
            self.clock.advance(0.5)

    def trickle(self, data: bytes, seconds: float) -> None:
        """Send ``data`` a byte each second, for so long."""
        for second in range(int(seconds)):
            self.peer.send(data[second : second + 1])
            self.wait(1)

    def test_a_connection_that_says_nothing_is_closed_silently(self) -> None:
        self.wait(SHORT.idle_seconds - 1)
        self.assertTrue(self.peer.is_open)
        self.wait(2)
        self.assertEqual([self.peer.is_open, self.peer.received()], [False, b""])
        self.assertEqual(self.app.refusals, [])

    def test_time_begins_anew_with_each_answer(self) -> None:
        for _ in range(3):
            self.wait(SHORT.idle_seconds - 1)
            self.peer.send(post(b"x"))
        self.wait(SHORT.idle_seconds - 1)
        self.assertTrue(self.peer.is_open)
        self.wait(2)
        self.assertFalse(self.peer.is_open)

    def test_a_slow_head_is_answered_408(self) -> None:
        self.trickle(b"POST / HTTP/1.1\r\n", SHORT.head_seconds - 1)
        self.assertEqual(self.peer.received(), b"")
        self.wait(2)
        self.assertEqual(self.peer.received(), TIMEOUT)
        ((error, head, _),) = self.app.refusals
        self.assertEqual((error.status, head), (408, b"POST / HT"))

    def test_a_slow_body_is_answered_408(self) -> None:
        for raw in (request(b"Content-Length: 900"), request(b"Transfer-Encoding: chunked")):
            self.peer = Peer(self.factory)
            self.peer.send(raw)
            self.trickle(b"0" * 15 + b";" + b"x" * 900, SHORT.body_seconds - 1)
            self.assertEqual(self.peer.received(), b"")
            self.wait(2)
            self.assertEqual(self.peer.received(), TIMEOUT)
            self.assertEqual(self.app.refusals[-1][1], raw)
            self.assertTrue(self.app.refusals[-1][2].startswith(b"0000"))

    def test_a_head_and_a_body_have_each_their_own_time(self) -> None:
        raw = post(b"x" * 12)
        self.peer.send(raw[:5])
        self.wait(SHORT.head_seconds - 1)
        self.peer.send(raw[5:-12])
        self.wait(SHORT.body_seconds - 1)
        self.peer.send(raw[-12:])
        self.assertIn(b"200 OK", self.peer.received())
        self.wait(SHORT.idle_seconds - 1)
        self.assertTrue(self.peer.is_open)

    def test_blank_lines_are_no_sign_of_life(self) -> None:
        self.wait(SHORT.idle_seconds - 5)
        self.peer.send(b"\r\n\r\n")
        self.wait(6)
        self.assertFalse(self.peer.is_open)

    def test_the_application_may_take_its_time(self) -> None:
        due: Deferred[Response] = Deferred()
        self.app.answer = lambda request: due
        self.peer.send(post(b"1") + b"POST")
        self.wait(1000)
        self.assertTrue(self.peer.is_open)
        due.callback(Response(204))
        self.assertIn(b"204", self.peer.received())
        self.wait(SHORT.head_seconds - 1)
        self.assertEqual(self.peer.received(), b"")
        self.wait(2)
        self.assertEqual(self.peer.received(), TIMEOUT)

    def test_a_connection_that_does_not_end_is_cut(self) -> None:
        for last, seconds in (
            (b"\0", SHORT.linger_seconds),
            (request(b"Connection: close"), SHORT.idle_seconds),
        ):
            self.peer = Peer(self.factory)
            self.peer.send(last)
            self.wait(seconds - 1)
            self.assertFalse(self.peer.transport.disconnected)
            self.peer.send(b"still here")
            self.wait(2)
            self.assertTrue(self.peer.transport.disconnected)

    def test_one_that_does_not_end_after_its_time_is_cut_too(self) -> None:
        self.wait(SHORT.idle_seconds + 1)
        self.assertFalse(self.peer.transport.disconnected)
        self.wait(SHORT.idle_seconds + 1)
        self.assertTrue(self.peer.transport.disconnected)

    def test_a_client_that_does_not_take_its_answers_is_cut(self) -> None:
        self.peer.send(post(b"1"))
        self.peer.protocol.pauseProducing()
        self.peer.send(post(b"2"))
        self.wait(SHORT.idle_seconds + 1)
        self.assertTrue(self.peer.transport.disconnected)
        self.assertEqual(len(self.app.requests), 1)

    def test_one_timer_is_enough(self) -> None:
        peers = [Peer(self.factory) for _ in range(50)]
        for peer in peers:
            peer.send(post(b"1") + b"POST")
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        self.wait(SHORT.head_seconds + 1)
        self.assertEqual(sum(peer.received().endswith(TIMEOUT) for peer in peers), 50)

    def test_the_timer_outlives_an_accident(self) -> None:
        def fails(self: HttpProtocol) -> None:
            raise RuntimeError("a bug")

        other = Peer(self.factory)
        self.patch(HttpProtocol, "timed_out", fails)
        self.wait(SHORT.idle_seconds + 1)
        self.assertTrue(self.flushLoggedErrors(RuntimeError))
        self.peer.vanish()
        other.vanish()
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)


class FactoryTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.app = Application()

    def test_it_keeps_no_timer_when_nothing_listens(self) -> None:
        factory = self.app.factory(self.clock)
        factory.doStart()
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        factory.doStop()
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        factory.doStop()
        self.assertEqual(self.clock.getDelayedCalls(), [])
        factory.doStart()
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        factory.doStop()

    def test_connections_that_are_left_are_watched_to_their_end(self) -> None:
        factory = self.app.factory(self.clock, timeouts=SHORT)
        peer = Peer(factory)
        factory.doStop()
        peer.send(post(b"1"))
        self.assertIn(b"200 OK", peer.received())
        self.clock.pump([1] * int(SHORT.idle_seconds + 1))
        self.assertFalse(peer.is_open)
        peer.vanish()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_it_knows_its_connections(self) -> None:
        factory = self.app.factory(self.clock)
        self.addCleanup(factory.doStop)
        peers = [Peer(factory), Peer(factory)]
        self.assertEqual(sorted(one.number for one in factory.connections), [1, 2])
        for connection in factory.connections:
            connection.close()
        self.assertEqual([peer.is_open for peer in peers], [False, False])

    def test_connections_above_the_limit_are_cut(self) -> None:
        factory = self.app.factory(self.clock, callers=Callers(self.clock.seconds, connections=2))
        self.addCleanup(factory.doStop)
        peers = [Peer(factory), Peer(factory)]
        for _ in range(3):
            transport = StringTransport()
            protocol = factory.buildProtocol(None)
            protocol.makeConnection(transport)
            self.assertTrue(transport.disconnected)
        self.assertEqual(factory.callers.turned_away, 3)
        self.assertTrue(all(peer.is_open for peer in peers))
        peers[0].vanish()
        self.assertTrue(Peer(factory).is_open)
        self.assertEqual(len(self.app.ended), 1)

    def test_its_limits_hold_for_each_connection(self) -> None:
        factory = self.app.factory(self.clock, limits=SMALL)
        self.addCleanup(factory.doStop)
        peer = Peer(factory)
        peer.send(chunked(*[b"x" * 100] * 10))
        self.assertIn(b"200 OK", peer.received())
        peer.send(chunked(*[b"x" * 100] * 11))
        self.assertIn(b"413 ", peer.received())
