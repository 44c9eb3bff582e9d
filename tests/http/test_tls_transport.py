"""TLS where OpenSSL has the socket: what Twisted's transports know nothing of, and handshakes by a clock."""

from __future__ import annotations

import contextlib
import random
import socket
import ssl
import struct
from typing import Any

from cryptography.hazmat.bindings.openssl.binding import Binding
from OpenSSL import SSL
from twisted.internet import reactor as installed_reactor
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.task import deferLater
from twisted.internet.testing import StringTransport
from twisted.internet.threads import deferToThread
from twisted.logger import capturedLogs
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from acs.http import handshakes
from acs.http.handshakes import SECONDS, Secured
from acs.http.listening import listen
from acs.http.messages import Response
from acs.http.plain_transport import IN, OUT, PlainTransport
from acs.http.tls_transport import RECORD, TlsTransport
from tests import only_with
from tests.http.test_handshakes import hello
from tests.http.test_transports import Client, _Connecting
from tests.http.tls_case import ENDPOINT, TlsCase
from tests.http.wire import post, request

reactor: Any = installed_reactor
LARGE = bytes(range(256)) * 16384


def trusting() -> ssl.SSLContext:
    """A client that looks at no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def connected(port: int) -> ssl.SSLSocket:
    """A client that has shaken hands, and for which an end without a farewell is an error."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=20)
    return trusting().wrap_socket(plain, suppress_ragged_eofs=False)


def say_and_shut(port: int, data: bytes) -> None:
    """Say this and nothing more, and hear the server out."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            while client.recv(65536):
                pass


def all_that_comes(connection: ssl.SSLSocket) -> bytes:
    """What is said until the farewell."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


class HandshakeTests(TlsCase):
    """With real connections, and a clock that the test moves."""

    async def setUp(self) -> None:  # type: ignore[override]
        super().setUp()
        self.secured: Secured = self.by_clock()
        self.addCleanup(self.app_factory.doStop)
        self.handshakes: Any = self.secured.wrappedFactory
        port = await listen(reactor, ENDPOINT, self.secured)
        self.port = port.getHost().port
        self.addCleanup(port.stopListening)

    async def connect(self, data: bytes = b"") -> Client:
        """A connection on which the client says this."""
        client, before = Client(), len(self.handshakes._due)
        reactor.connectTCP("127.0.0.1", self.port, _Connecting(client))
        await client.connected_
        while len(self.handshakes._due) == before and not client.ended.called:
            await deferLater(reactor, 0.01)
        client.transport.write(data)
        return client

    async def none_is_under_way(self) -> None:
        while self.handshakes._due:
            await deferLater(reactor, 0.01)

    async def test_those_that_hang_are_cut_and_told(self) -> None:
        clients = []
        for said in (b"", hello()[:20], hello()):
            clients.append(await self.connect(said))
            self.clock.advance(1.0)
        await clients[2].until(b"\x16\x03\x03")
        self.clock.advance(SECONDS - 3.1)
        await deferLater(reactor, 0.05)
        self.assertEqual([False] * 3, [client.ended.called for client in clients])
        with capturedLogs() as logged:
            for client, wait in zip(clients, (0.2, 1.0, 1.0), strict=True):
                self.clock.advance(wait)
                await client.ended
        self.assertEqual(["127.0.0.1 on main: no handshake within 15 s"] * 3, self.lines(logged))
        self.assertEqual([], self.app.ended)

    @only_with("tls")
    @only_with("transport")
    async def test_one_that_is_done_is_not_cut(self) -> None:
        client = await deferToThread(connected, self.port)
        self.addCleanup(client.close)
        self.clock.advance(SECONDS + 1)
        await deferToThread(client.sendall, post(b"one"))
        self.assertIn(b"HTTP/1.1 200", await deferToThread(client.recv, 65536))

    async def test_who_only_looks_whether_the_port_is_open_is_not_told(self) -> None:
        client = await self.connect()
        with capturedLogs() as logged:
            client.transport.loseConnection()
            await self.none_is_under_way()
        self.assertEqual([], self.lines(logged))

    async def test_who_hangs_up_within_it_is(self) -> None:
        for end in ("loseConnection", "abortConnection"):
            client = await self.connect(hello())
            await client.until(b"\x16\x03\x03")
            with capturedLogs() as logged:
                getattr(client.transport, end)()
                await self.none_is_under_way()
            self.assertEqual(["127.0.0.1 on main: hung up during the handshake"], self.lines(logged))

    async def test_what_is_no_tls_is_told_in_our_words(self) -> None:
        for data, reason in (
            (post(LARGE[:20000]), "plain HTTP, where TLS is spoken"),
            (b"CONNECT a:1 HTTP/1.1\r\n\r\n", "plain HTTP, where TLS is spoken"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", "no TLS (wrong version number)"),
        ):
            with capturedLogs() as logged:
                client = await self.connect(data)
                await client.ended
            self.assertEqual([f"127.0.0.1 on main: {reason}"], self.lines(logged))

    async def test_a_client_sees_the_alert_and_no_reset_whatever_else_it_has_sent(self) -> None:
        def said() -> bytes:
            with socket.create_connection(("127.0.0.1", self.port), timeout=20) as client:
                client.sendall(hello(SSL.TLS1_1_VERSION) + LARGE[:500])
                return b"".join(iter(lambda: client.recv(65536), b""))

        with capturedLogs() as logged:
            alert = await deferToThread(said)
        self.assertEqual(["127.0.0.1 on main: unsupported protocol"], self.lines(logged))
        self.assertEqual(b"\x15\x03", alert[:2])

    async def test_of_broken_beginnings_the_same_is_told_as_over_twisteds_transports(self) -> None:
        chance = random.Random(7)
        whole = hello(SSL.TLS1_2_VERSION)
        told = set()
        for _ in range(150):
            said = bytearray(whole)
            for _ in range(chance.randrange(4)):
                said[chance.randrange(chance.choice((50, len(said))))] = chance.randrange(256)
            del said[chance.choice((len(said), chance.randrange(1, len(said)))) :]
            with capturedLogs() as logged:
                await deferToThread(say_and_shut, self.port, bytes(said))
                await self.none_is_under_way()
            with capturedLogs() as by_twisted:
                protocol: Any = self.secured.buildProtocol(None)
                protocol.makeConnection(StringTransport(peerAddress=IPv4Address("TCP", "127.0.0.1", 5)))
                protocol.dataReceived(bytes(said))
                protocol.connectionLost(Failure(ConnectionDone()))
            self.assertEqual(self.lines(by_twisted), self.lines(logged), bytes(said).hex())
            told.update(self.lines(logged))
            self.clock.advance(61)
        self.assertGreater(len(told), 5, told)

    async def test_no_more_are_under_way_than_can_be(self) -> None:
        self.patch(handshakes, "MOST", 2)
        open_ = [await self.connect() for _ in range(2)]
        with capturedLogs() as logged:
            await (await self.connect()).ended
        self.assertEqual(["127.0.0.1 on main: too many handshakes at once"], self.lines(logged))
        open_[0].transport.loseConnection()
        while len(self.handshakes._due) > 1:
            await deferLater(reactor, 0.01)
        open_[0] = await self.connect()
        self.assertFalse(open_[0].ended.called)
        for client in open_:
            client.transport.loseConnection()
        await self.none_is_under_way()

    async def test_one_whose_listener_wants_nobody_is_cut(self) -> None:
        self.patch(self.app_factory, "buildProtocol", lambda _: None)
        with capturedLogs() as logged:
            client = await deferToThread(connected, self.port)
            with self.assertRaises(OSError):
                await deferToThread(client.recv, 1)
            client.close()
        self.assertEqual([], self.lines(logged))


class ConversationTests(TlsCase):
    """What devices meet."""

    async def begin(self) -> ssl.SSLSocket:
        """A client of a new listener."""
        client = await deferToThread(connected, await self.listen(self.pair("acs.example")))
        self.addCleanup(client.close)
        return client

    @only_with("tls")
    @only_with("transport")
    async def test_they_are_of_our_own_transport_and_by_twisted_are_not(self) -> None:
        for self.twisted in (False, True):
            client = await self.begin()
            await deferToThread(client.sendall, post(b"one"))
            await deferToThread(client.recv, 65536)
            transport: Any = self.app.connections[-1]._transport
            self.assertEqual(self.twisted, not isinstance(transport, PlainTransport))
            verifyObject(ISSLTransport, transport)
            self.assertIsNone(transport.getPeerCertificate())

    @only_with("tls")
    @only_with("transport")
    async def test_a_client_that_changes_keys_all_the_time_does_not_keep_us_from_others(self) -> None:
        client = await self.begin()
        await deferToThread(client.sendall, post(b"one"))
        await deferToThread(client.recv, 65536)
        library, transport = Binding().lib, self.app.connections[0]._transport
        modes = library.SSL_set_mode(transport.getHandle()._ssl, 0)
        self.assertFalse(modes & library.SSL_MODE_AUTO_RETRY)
        self.assertTrue(modes & library.SSL_MODE_RELEASE_BUFFERS)

    @only_with("tls")
    @only_with("transport")
    async def test_we_close_with_a_farewell_and_do_not_wait_for_the_clients(self) -> None:
        client = await self.begin()
        await deferToThread(client.sendall, request(b"Connection: close"))
        self.assertIn(b"HTTP/1.1 200", await deferToThread(all_that_comes, client))
        # TCP has ended, too, though the client has said nothing of its own.
        plain = socket.socket(fileno=client.detach())
        self.addCleanup(plain.close)
        self.assertEqual(b"", await deferToThread(plain.recv, 1))

    @only_with("tls")
    @only_with("transport")
    async def test_a_client_that_has_said_farewell_is_answered_still(self) -> None:
        due = Deferred[Response]()
        self.app.answer = lambda _: due
        port = await self.listen(self.pair("acs.example"))
        client = SSL.Connection(
            SSL.Context(SSL.TLS_CLIENT_METHOD), socket.create_connection(("127.0.0.1", port))
        )
        self.addCleanup(client.close)

        def ask() -> None:
            client.set_connect_state()
            client.do_handshake()
            client.sendall(post(b"one"))
            client.shutdown()

        await deferToThread(ask)
        await deferLater(reactor, 0.05)
        due.callback(Response(200, body=b"late"))
        self.assertTrue((await deferToThread(client.recv, 65536)).endswith(b"late"))

    async def test_what_comes_in_one_piece_is_read_to_its_end(self) -> None:
        client = await self.begin()
        whole = 3 * RECORD + 17
        await deferToThread(client.sendall, post(b"a" * whole) + post(b"b") * 40)
        while len(self.app.requests) < 41:
            await deferLater(reactor, 0.01)
        self.assertEqual([whole] + [1] * 40, [len(each.body) for each in self.app.requests])

    async def test_nobody_reads_while_answers_are_due_and_then_nothing_is_lost(self) -> None:
        due = Deferred[Response]()
        self.app.answer = lambda each: due if each.body == b"one" else Response(200)
        client = await self.begin()
        sent = deferToThread(client.sendall, post(b"one") + post(LARGE[:500_000]) * 20)
        await deferLater(reactor, 0.3)
        (protocol,) = self.factory._protocols
        self.assertLess(protocol._reader.buffered, 4 * 65536)
        due.callback(Response(200))
        await sent
        while len(self.app.requests) < 21:
            await deferLater(reactor, 0.01)
        self.assertEqual([500_000] * 20, [len(each.body) for each in self.app.requests[1:]])

    async def test_errors_of_a_connection_do_not_stay_for_the_next_one(self) -> None:
        due = Deferred[Response]()
        self.app.answer = lambda each: due if each.body == b"one" else Response(200, body=b"well")
        client, other = await self.begin(), await self.begin()
        await deferToThread(client.sendall, post(b"one"))
        while not self.app.requests:
            await deferLater(reactor, 0.01)
        (connection,) = self.app.connections
        # The socket is reset while we are not looking, so that it is we who find out, by writing.
        connection._transport.pauseProducing()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        due.callback(Response(200))
        self.assertEqual(0, Binding().lib.ERR_peek_error())
        await deferToThread(other.sendall, post(b"two"))
        self.assertIn(b"well", await deferToThread(other.recv, 65536))
        self.assertEqual([connection], self.app.ended)


class Port:
    """Notes what a transport wants to be told."""

    def __init__(self) -> None:
        self.events = IN
        self.ended: list[Any] = []

    def watch(self, descriptor: int, events: int) -> None:
        self.events = events

    def later(self, what: Any, *how: Any) -> None:
        what(*how)

    def bury_soon(self, transport: Any) -> None:
        self.ended.append(transport)
        transport.close()


def filled(ours: socket.socket) -> int:
    """How much it took until the kernel took nothing more, whatever it moved about."""
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    ours.settimeout(0.2)
    sent = 0
    with contextlib.suppress(TimeoutError):
        while True:
            sent += ours.send(b"-" * 65536)
    return sent


class WaitingTests(TlsCase):
    """TLS that has to write before it can read on."""

    def setUp(self) -> None:
        super().setUp()
        secured = self.by_clock()
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.theirs = socket.create_connection(listening.getsockname(), timeout=20)
            ours, address = listening.accept()
        self.addCleanup(self.theirs.close)
        self.addCleanup(ours.close)
        self.junk = filled(ours)
        self.port = Port()
        waiting: Any = secured.wrappedFactory.buildProtocol(IPv4Address("TCP", *address))
        self.transport = TlsTransport(secured.tls, self.port, ours, address, waiting)
        self.transport.begin()

    def test_a_handshake_waits_until_it_can_be_written(self) -> None:
        self.theirs.sendall(hello())
        self.transport.happened(IN)
        self.assertEqual(OUT, self.port.events)
        self.transport.pauseProducing()
        self.assertEqual(OUT, self.port.events)
        self.transport.resumeProducing()
        while self.junk:
            self.junk -= len(self.theirs.recv(self.junk))
        self.transport.happened(OUT)
        self.assertEqual(IN, self.port.events & IN)
        self.assertEqual(b"\x16\x03\x03", self.theirs.recv(3))
        self.transport.abortConnection()

    def test_one_that_is_cut_meanwhile_waits_for_nothing(self) -> None:
        self.theirs.sendall(hello())
        self.transport.happened(IN)
        self.transport.abortConnection()
        self.assertEqual([self.transport], self.port.ended)
