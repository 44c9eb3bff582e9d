"""The protocol on real sockets, TCP, UNIX and TLS: clients that close early, read late or send too much."""

from __future__ import annotations

import errno
import gc
import os
import socket
from collections.abc import Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from weakref import ref

from twisted.internet import reactor as installed_reactor
from twisted.internet import ssl
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import ClientFactory, Protocol, connectionDone
from twisted.internet.task import Clock, deferLater
from twisted.logger import LogLevel, capturedLogs
from twisted.protocols.policies import WrappingFactory
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from acs.http import plain
from acs.http.callers import Callers
from acs.http.handshakes import Secured, secured
from acs.http.limits import Limits, Timeouts
from acs.http.messages import Request, Response
from acs.http.plain import take_over
from acs.http.protocol import HttpFactory, HttpProtocol
from acs.http.tls import ServerTls
from acs.http.tls_files import TlsFiles, load
from tests import only_with
from tests.http.peer import Application
from tests.http.wire import post, request
from tests.support.certificates import self_signed

reactor: Any = installed_reactor
LARGE = bytes(range(256)) * 16384


class Client(Protocol):
    """Notes what comes, and when it is over."""

    transport: Any

    def __init__(self) -> None:
        self._received = bytearray()
        self.connected_ = Deferred[None]()
        self.ended = Deferred[bytes]()
        self._waiting: tuple[bytes, Deferred[bytes]] | None = None

    def connectionMade(self) -> None:
        self.connected_.callback(None)

    def dataReceived(self, data: bytes) -> None:
        self._received += data
        if self._waiting is not None and self._waiting[0] in self._received:
            waiting, self._waiting = self._waiting[1], None
            waiting.callback(self.received)

    @property
    def received(self) -> bytes:
        """All that has come."""
        return bytes(self._received)

    def until(self, what: bytes) -> Deferred[bytes]:
        """Fires when ``what`` has been received."""
        waiting = Deferred[bytes]()
        self._waiting = (what, waiting)
        self.dataReceived(b"")
        return waiting

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.ended.callback(self.received)


class _Connecting(ClientFactory):
    noisy = False

    def __init__(self, client: Client) -> None:
        self.client = client

    def buildProtocol(self, addr: object) -> Protocol:
        return self.client


class Case(TestCase):
    timeout = 20

    def setUp(self) -> None:
        self.app = Application(self.answer)
        self.factory = HttpFactory(
            self.app.respond,
            self.app.refused,
            self.app.closed,
            clock=reactor,
            limits=Limits(body_bytes=len(LARGE)),
            timeouts=Timeouts(linger_seconds=60),
        )
        self.factory.noisy = False

    def answer(self, request: Request) -> Response:
        return Response(200, body=LARGE if request.path == "/large" else request.body)

    def listen(self) -> Any:
        """What a client connects to."""
        port = reactor.listenTCP(0, self.factory, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        return port.getHost()

    def connect(self, address: Any, client: Client) -> None:
        reactor.connectTCP(address.host, address.port, _Connecting(client))

    async def client(self) -> Client:
        client = Client()
        self.connect(self.listen(), client)
        await client.connected_
        self.addCleanup(self._end, client)
        return client

    def _end(self, client: Client) -> Deferred[Any]:
        if not client.ended.called:
            client.transport.abortConnection()
        return ensureDeferred(self._all_ended())

    async def _all_ended(self) -> None:
        while self.factory.connections:
            await deferLater(reactor, 0.01)


def run(test: Any) -> Any:
    """A test that is a coroutine."""

    def method(self: Case) -> Deferred[None]:
        coroutine: Coroutine[Any, Any, None] = test(self)
        return ensureDeferred(coroutine)

    method.__name__ = test.__name__
    return method


class Conversations:
    """What holds on every kind of connection."""

    app: Application
    client: Any

    @run
    async def test_requests_are_answered_one_after_the_other(self: Any) -> None:
        client = await self.client()
        for body in (b"one", b"two"):
            client.transport.write(post(body))
            await client.until(body)
        self.assertEqual(client.received.count(b"HTTP/1.1 200 OK\r\n"), 2)
        self.assertEqual(len(set(self.app.connections)), 1)

    @run
    async def test_large_answers_arrive_whole_and_in_order_at_a_client_that_reads_late(self: Any) -> None:
        client = await self.client()
        client.transport.pauseProducing()
        client.transport.write(
            request(line=b"POST /large HTTP/1.1") * 3 + post(b"small") + request(b"Connection: close")
        )
        await deferLater(reactor, 0.2)
        self.assertLess(
            len(self.app.requests), 3, "the application was asked although nobody took its answers"
        )
        client.transport.resumeProducing()
        received = await client.ended
        large = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(LARGE), LARGE)
        self.assertEqual(received[: 3 * len(large)], large * 3)
        self.assertIn(b"\r\n\r\nsmallHTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close", received)
        await self._all_ended()
        self.assertEqual(len(self.app.ended), 1)

    @run
    async def test_a_client_that_sends_too_much_gets_to_read_why_that_is_refused(self: Any) -> None:
        client = await self.client()
        client.transport.write(request(b"Content-Length: %d" % (2 * len(LARGE)), body=LARGE))
        await client.until(b"refused")
        client.transport.write(LARGE)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 413 "))
        client.transport.loseConnection()
        await client.ended
        self.assertTrue(client.received.endswith(b"refused"))
        self.assertEqual(self.app.refusals[0][0].status, 413)

    @run
    async def test_it_ends_with_the_client(self: Any) -> None:
        client = await self.client()
        client.transport.write(post(b"one"))
        await client.until(b"one")
        client.transport.loseConnection()
        await client.ended
        await self._all_ended()
        self.assertEqual(self.app.ended, self.app.connections)


class HalfCloses:
    """What holds where one side can be closed alone."""

    @run
    async def test_a_client_that_closes_its_side_is_answered_still(self: Any) -> None:
        due = Deferred[Response]()
        self.app.answer = lambda request: due
        client = await self.client()
        client.transport.write(post(b"one"))
        client.transport.loseWriteConnection()
        await deferLater(reactor, 0.05)
        due.callback(Response(200, body=b"late"))
        self.assertTrue((await client.ended).endswith(b"late"))

    @run
    async def test_a_client_that_closes_its_side_within_a_request_is_told(self: Any) -> None:
        client = await self.client()
        client.transport.write(post(b"one")[:-1])
        client.transport.loseWriteConnection()
        self.assertIn(b"HTTP/1.1 400 ", await client.ended)
        self.assertEqual(self.app.refusals[0][2], b"on")

    @run
    async def test_a_refused_client_sees_the_end_and_may_close_in_its_own_time(self: Any) -> None:
        client = await self.client()
        client.transport.write(b"\0")
        # The end of our side: this client answers it by closing, which ends both.
        self.assertTrue((await client.ended).endswith(b"refused"))
        await self._all_ended()


class TcpTests(Conversations, HalfCloses, Case):
    @run
    async def test_the_client_is_known_by_its_address(self: Any) -> None:
        client = await self.client()
        client.transport.write(post(b"one"))
        await client.until(b"one")
        (connection,) = self.app.connections
        host = client.transport.getHost()
        self.assertEqual((connection.client_ip, connection.client_port), (host.host, host.port))
        self.assertFalse(connection.secure)
        self.assertEqual((), connection.certificate_names)

    @run
    async def test_connections_above_the_limit_are_cut(self: Any) -> None:
        self.factory.callers = Callers(reactor.seconds, connections=0)
        client = await self.client()
        self.assertEqual(await client.ended, b"")

    @run
    async def test_a_client_that_speaks_tls_is_refused_at_once(self: Any) -> None:
        client = Client()
        address = self.listen()
        reactor.connectSSL(address.host, address.port, _Connecting(client), ssl.CertificateOptions())
        await client.ended
        self.assertIn("TLS", self.app.refusals[0][0].reason)
        await self._all_ended()


class Exhausted:
    """A listening socket whose process has no descriptors left."""

    asked = 0

    def take(self) -> Any:
        self.asked += 1
        raise OSError(errno.EMFILE, "none left")


class OurOwn:
    """What holds over our own transports, plain or behind TLS."""

    app: Application
    factory: HttpFactory
    port: Any

    def take_over(self: Any, factory: Any) -> Any:
        """Listen with this factory; what a client connects to."""
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        self.port = take_over(reactor, port, factory)
        self.assertIsNot(port, self.port)
        self.addCleanup(self.port.stopListening)
        return self.port.getHost()

    @run
    async def test_connections_that_are_open_outlive_the_port(self: Any) -> None:
        client = await self.client()
        client.transport.write(post(b"none"))
        await client.until(b"none")
        await self.port.stopListening()
        client.transport.write(post(b"one"))
        self.assertTrue((await client.until(b"one")).endswith(b"one"))

    @run
    async def test_what_has_ended_does_not_wait_for_the_garbage_collector(self: Any) -> None:
        gc.disable()
        self.addCleanup(gc.enable)
        client = await self.client()
        client.transport.write(post(b"one"))
        await client.until(b"one")
        protocol = ref(*self.factory._protocols)
        client.transport.loseConnection()
        await self._all_ended()
        await deferLater(reactor, 0.01)
        self.assertIsNone(protocol())

    @run
    async def test_they_end_with_the_reactor(self: Any) -> None:
        client = await self.client()
        self.port.connectionLost(Failure(ConnectionLost()))
        self.assertEqual(b"", await client.ended)

    @run
    async def test_without_descriptors_clients_wait(self: Any) -> None:
        address = self.listen()
        exhausted, clock = Exhausted(), Clock()
        self.port._take, take = exhausted.take, self.port._take
        self.port._reactor = SimpleNamespace(callLater=clock.callLater, removeReader=reactor.removeReader)
        client = Client()
        with capturedLogs() as logged:
            self.connect(address, client)
            await client.connected_
            await deferLater(reactor, 0.05)
        self.assertEqual((1, 1), (exhausted.asked, len(logged)))
        self.port._take = take
        clock.advance(1.0)
        client.transport.write(post(b"one"))
        self.assertTrue((await client.until(b"one")).endswith(b"one"))
        client.transport.loseConnection()
        await client.ended
        await self._all_ended()

    @run
    async def test_a_protocol_that_fails_is_cut_and_the_others_go_on(self: Any) -> None:
        client = await self.client()
        other = Client()
        self.connect(self.port.getHost(), other)
        await other.connected_
        other.transport.write(post(b"one"))
        await other.until(b"one")
        number = client.transport.getHost().port
        (protocol,) = [p for p in self.factory._protocols if p.connection.client_port == number]
        protocol._reader = object()
        client.transport.write(b"x")
        self.assertEqual(b"", await client.ended)
        self.assertEqual(1, len(self.flushLoggedErrors(AttributeError)))
        other.transport.write(post(b"two"))
        await other.until(b"two")
        other.transport.loseConnection()
        await other.ended

    @run
    async def test_one_that_cannot_begin_is_cut_and_the_port_goes_on(self: Any) -> None:
        address, opened = self.listen(), self.factory.opened

        def fails_once(protocol: HttpProtocol) -> None:
            self.factory.opened = opened
            opened(protocol)
            raise RuntimeError("it cannot")

        self.factory.opened = fails_once
        client = Client()
        self.connect(address, client)
        self.assertEqual(b"", await client.ended)
        self.assertEqual(1, len(self.flushLoggedErrors(RuntimeError)))
        other = Client()
        self.connect(address, other)
        await other.connected_
        other.transport.write(post(b"one"))
        self.assertTrue((await other.until(b"one")).endswith(b"one"))
        other.transport.loseConnection()
        await other.ended


class PlainTests(OurOwn, TcpTests):
    """The same over our own transports."""

    def listen(self) -> Any:
        return self.take_over(self.factory)

    @run
    async def test_what_another_factory_wraps_stays_with_twisted(self: Any) -> None:
        port = reactor.listenTCP(0, WrappingFactory(self.factory), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        self.assertIs(port, take_over(reactor, port, self.factory))

    def callers(self, count: int) -> list[socket.socket]:
        """Clients that have called and said something, while the reactor has not had a turn."""
        address, callers = self.listen(), []
        for number in range(count):
            caller = socket.create_connection((address.host, address.port), 5)
            self.addCleanup(caller.close)
            caller.sendall(post(b"%d" % number))
            callers.append(caller)
        return callers

    @only_with("together")
    @run
    async def test_whoever_calls_is_answered_in_the_turn_in_which_he_is_let_in(self: Any) -> None:
        callers = self.callers(3)
        self.port.doRead()
        answers = [caller.recv(65536) for caller in callers]
        self.assertEqual([b"0", b"1", b"2"], [answer[-1:] for answer in answers])

    @run
    async def test_a_turn_ends_however_much_happens(self: Any) -> None:
        self.patch(plain, "EVENTS", 2)
        callers = self.callers(3)
        self.port.doRead()  # they are let in, and one is answered
        self.assertEqual(1, len(self.app.requests))
        self.port.doRead()
        self.assertEqual(3, len([caller.recv(65536) for caller in callers]))
        self.assertEqual(3, len(self.app.requests))

    @only_with("together")
    @run
    async def test_a_port_that_stops_within_its_turn_reads_no_more(self: Any) -> None:
        (caller,) = self.callers(1)
        stopping = []

        def stop(request: Request) -> Response:
            stopping.append(self.port.stopListening())
            return Response(200, close=True)

        self.app.answer = stop
        self.port.doRead()
        self.assertIn(b"200", caller.recv(65536))
        caller.close()
        await stopping[0]
        await self._all_ended()


class UnixTests(Conversations, HalfCloses, Case):
    def listen(self) -> Any:
        path = os.path.abspath(self.mktemp())
        if len(path) > 100:
            path = f"/tmp/{os.getpid()}-{id(self)}.socket"
        port = reactor.listenUNIX(path, self.factory)
        self.addCleanup(port.stopListening)
        self.assertIs(port, take_over(reactor, port, self.factory))
        return path

    def connect(self, address: Any, client: Client) -> None:
        reactor.connectUNIX(address, _Connecting(client))

    @run
    async def test_the_client_has_no_address(self: Any) -> None:
        client = await self.client()
        client.transport.write(post(b"one"))
        await client.until(b"one")
        (connection,) = self.app.connections
        self.assertEqual((connection.client_ip, connection.client_port), ("", 0))


class TlsTests(Conversations, Case):
    def secured(self) -> Secured:
        """The factory behind TLS."""
        folder = Path(self.mktemp())
        folder.mkdir()
        pair = self_signed("acs.example.net").write(folder, "acs")
        tls = ServerTls(load(TlsFiles("tls", "main", "modern", (pair,)), reactor.seconds()).contexts)
        return secured(self.factory, tls, reactor, "main")

    def listen(self) -> Any:
        port = reactor.listenTCP(0, self.secured(), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        return port.getHost()

    def connect(self, address: Any, client: Client) -> None:
        reactor.connectSSL(address.host, address.port, _Connecting(client), ssl.CertificateOptions())

    @run
    async def test_the_client_is_known_by_its_address_and_to_be_safe(self: Any) -> None:
        client = await self.client()
        client.transport.write(post(b"one"))
        await client.until(b"one")
        (connection,) = self.app.connections
        self.assertEqual((connection.client_ip, connection.secure), ("127.0.0.1", True))
        self.assertEqual((), connection.certificate_names)

    @run
    async def test_who_ends_without_a_farewell_has_ended_and_that_is_no_error(self: Any) -> None:
        client = await self.client()
        client.transport.write(post(b"one"))
        await client.until(b"one")
        with capturedLogs() as logged:
            client.transport.transport.loseConnection()  # TCP alone, as many CPEs do
            await client.ended
            await self._all_ended()
        self.assertEqual(self.app.ended, self.app.connections)
        self.assertEqual([], [each for each in logged if each["log_level"] is not LogLevel.debug])

    @run
    async def test_plain_text_is_answered_by_the_end_and_reaches_nobody(self: Any) -> None:
        client = Client()
        address = self.listen()
        reactor.connectTCP(address.host, address.port, _Connecting(client))
        await client.connected_
        client.transport.write(post(b"one"))
        self.assertNotIn(b"HTTP/1.1", await client.ended)
        self.assertEqual(self.app.requests, [])

    @run
    async def test_connections_above_the_limit_are_cut(self: Any) -> None:
        self.factory.callers = Callers(reactor.seconds, connections=0)
        client = await self.client()
        self.assertEqual(await client.ended, b"")
        self.assertEqual(self.factory.callers.turned_away, 1)


class OurOwnTlsTests(OurOwn, TlsTests):
    """The same where OpenSSL has the socket."""

    def listen(self) -> Any:
        return self.take_over(self.secured())
