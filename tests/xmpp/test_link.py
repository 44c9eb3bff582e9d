"""Tests of `acs.xmpp.link` where it is about whoever watches it: the rest is in those of the component."""

from __future__ import annotations

from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.words.protocols.jabber.component import ConnectComponentAuthenticator

from acs.xmpp.link import Link
from acs.xmpp.streams import Stream
from tests.support.xmpp_server import NAME, MemoryServer

HEAD = (
    b"<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' "
    b"id='1' from='acs.isp.example'>"
)


class Watching:
    """Notes what it is told; ``wrong`` makes it fail of that."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.wrong = False

    def up(self, stream: Stream) -> None:
        self.told.append("up")
        if self.wrong:
            raise ZeroDivisionError

    def down(self, reason: Exception | None) -> None:
        self.told.append("down" if reason is None else type(reason).__name__)


class LinkTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.server = MemoryServer()
        self.watching = Watching()
        self.failures: list[int] = []
        endpoint = TCP4ClientEndpoint(self.server.reactor, "127.0.0.1", 5347)
        self.link = Link(
            self.server.reactor,
            endpoint,
            lambda: ConnectComponentAuthenticator(NAME, "hush"),
            self.watching,
            self.wait,
        )
        self.link.start()
        self.addCleanup(self.link.stop)

    def wait(self, failures: int) -> float:
        self.failures.append(failures)
        return 1.0

    def test_failures_are_counted_until_a_stream_has_lasted(self) -> None:
        for _ in range(2):
            self.server.accept()
            self.server.lose()
            self.server.pass_time(1)
        self.server.accept()
        self.server.pass_time(30)
        self.server.lose()
        self.assertEqual([1, 2, 1], self.failures)
        self.assertEqual(["up", "down"] * 3, self.watching.told)

    def test_a_watcher_that_fails_is_told_of_and_the_stream_is_tried_again(self) -> None:
        self.watching.wrong = True
        self.server.accept()
        self.server.flush()
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertIsNone(self.link.stream)
        self.watching.wrong = False
        self.server.pass_time(1)
        self.server.accept()
        self.assertIsNotNone(self.link.stream)

    def test_it_stops_between_two_tries_and_while_it_tries(self) -> None:
        self.server.accept()
        self.server.lose()
        self.successResultOf(self.link.stop())
        self.server.pass_time(10)
        self.assertFalse(self.server.waiting())
        self.link.start()
        self.assertTrue(self.server.waiting())
        self.successResultOf(self.link.stop())
        self.successResultOf(self.link.stop())

    def test_a_server_that_does_not_close_is_left(self) -> None:
        client = self.server.reactor.tcpClients[-1][2].buildProtocol(None)
        transport = StringTransport()
        client.makeConnection(transport)
        client.dataReceived(HEAD + b"<handshake/>")
        self.assertEqual(["up"], self.watching.told)
        stopped = self.link.stop()
        self.assertTrue(transport.value().endswith(b"</stream:stream>"))
        self.server.reactor.advance(4.9)
        self.assertEqual((True, False), (transport.disconnecting, transport.disconnected))
        self.server.reactor.advance(0.2)
        self.assertTrue(transport.disconnected)
        client.connectionLost(Failure(ConnectionDone()))
        self.successResultOf(stopped)
        self.assertEqual([], self.server.reactor.getDelayedCalls())
