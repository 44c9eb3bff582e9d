"""Handshakes that do not come to their end: cut in time, told in a line, and not in thousands of them."""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import Any

from OpenSSL import SSL
from twisted.internet import reactor as installed_reactor
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.ssl import CertificateOptions
from twisted.internet.task import deferLater
from twisted.internet.testing import StringTransport
from twisted.internet.threads import deferToThread
from twisted.logger import capturedLogs
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from acs.http import handshakes
from acs.http.handshakes import SECONDS
from tests.http.test_transports import Client, _Connecting
from tests.http.tls_case import TlsCase
from tests.http.wire import post

reactor: Any = installed_reactor


class Cut(StringTransport):
    """A transport that can be cut."""

    aborted = False

    def abortConnection(self) -> None:
        self.aborted = True


def hello(version: int = SSL.TLS1_3_VERSION) -> bytes:
    """How a client begins whose newest version this is."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    context.set_max_proto_version(version)
    client = SSL.Connection(context)
    client.set_connect_state()
    with contextlib.suppress(SSL.WantReadError):
        client.do_handshake()
    return bytes(client.bio_read(65536))


class HandshakeTests(TlsCase):
    """In memory, with a clock that the test moves."""

    def setUp(self) -> None:
        super().setUp()
        self.tls: TLSMemoryBIOFactory = self.by_clock()
        self.tls.doStart()
        self.addCleanup(self.tls.doStop)

    def connect(self, *data: bytes) -> tuple[Any, Cut]:
        """A connection on which the client says this."""
        protocol: Any = self.tls.buildProtocol(None)
        transport = Cut(peerAddress=IPv4Address("TCP", "192.0.2.7", 5000))
        protocol.makeConnection(transport)
        for each in data:
            protocol.dataReceived(each)
        return protocol, transport

    def test_one_that_hangs_is_cut_and_told(self) -> None:
        for said in ((), (hello()[:20],), (hello(),)):
            protocol, transport = self.connect(*said)
            self.clock.advance(SECONDS - 0.1)
            self.assertFalse(transport.aborted)
            self.clock.advance(0.2)
            self.assertTrue(transport.aborted)
            with capturedLogs() as logged:
                protocol.connectionLost(Failure(ConnectionDone()))
            self.assertEqual(["192.0.2.7 on main: no handshake within 15 s"], self.lines(logged))
        self.assertEqual([], self.app.ended)

    def test_who_only_looks_whether_the_port_is_open_is_not_told(self) -> None:
        protocol, _ = self.connect()
        with capturedLogs() as logged:
            protocol.connectionLost(Failure(ConnectionDone()))
        self.assertEqual([], self.lines(logged))

    def test_who_hangs_up_within_it_is(self) -> None:
        protocol, _ = self.connect(hello())
        with capturedLogs() as logged:
            protocol.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(["192.0.2.7 on main: hung up during the handshake"], self.lines(logged))

    def test_what_is_no_tls_is_told_in_our_words(self) -> None:
        for data, reason in (
            (b"POST / HTTP/1.1\r\n\r\n", "plain HTTP, where TLS is spoken"),
            (b"CONNECT a:1 HTTP/1.1\r\n\r\n", "plain HTTP, where TLS is spoken"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", "no TLS (wrong version number)"),
        ):
            protocol, transport = self.connect(data)
            self.assertTrue(transport.disconnecting)
            with capturedLogs() as logged:
                protocol.connectionLost(Failure(ConnectionDone()))
            self.assertEqual([f"192.0.2.7 on main: {reason}"], self.lines(logged))

    def test_many_are_some_lines_and_a_number(self) -> None:
        with capturedLogs() as logged:
            for data in (b"GET / HTTP/1.1\r\n\r\n", b"SSH-2.0\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n") * 100:
                protocol, _ = self.connect(data)
                protocol.connectionLost(Failure(ConnectionDone()))
            self.clock.advance(61)
            protocol, _ = self.connect(b"GET / HTTP/1.1\r\n\r\n")
            protocol.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(21, len(self.lines(logged)))
        (summary,) = [each for each in logged if "count" in each]
        self.assertEqual(("main", 280), (summary["listener"], summary["count"]))
        self.assertIn("187 plain HTTP, where TLS is spoken", summary["reasons"])

    def test_the_number_is_told_when_the_port_closes(self) -> None:
        with capturedLogs() as logged:
            for _ in range(25):
                protocol, _ = self.connect(b"GET / HTTP/1.1\r\n\r\n")
                protocol.connectionLost(Failure(ConnectionDone()))
            self.tls.wrappedFactory.stopFactory()
        self.assertEqual([5], [each["count"] for each in logged if "count" in each])

    def test_no_more_are_under_way_than_can_be(self) -> None:
        self.patch(handshakes, "MOST", 2)
        open_ = [self.connect() for _ in range(2)]
        protocol, transport = self.connect()
        self.assertTrue(transport.aborted)
        with capturedLogs() as logged:
            protocol.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(["192.0.2.7 on main: too many handshakes at once"], self.lines(logged))
        open_[0][0].connectionLost(Failure(ConnectionDone()))
        self.assertFalse(self.connect()[1].aborted)

    def test_one_whose_listener_wants_nobody_is_cut(self) -> None:
        self.patch(self.app_factory, "buildProtocol", lambda _: None)
        protocol, transport = self.connect()
        client = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD))
        client.set_connect_state()
        while not transport.aborted:
            with contextlib.suppress(SSL.WantReadError):
                client.do_handshake()
            protocol.dataReceived(client.bio_read(65536))
            if transport.value():
                client.bio_write(transport.value())
                transport.clear()
        with capturedLogs() as logged:
            protocol.connectionLost(Failure(ConnectionDone()))
        self.assertEqual([], self.lines(logged))


class SocketTests(TlsCase):
    """On a real port."""

    async def client(self, port: int, says: bytes) -> bytes:
        """What a plain client hears until the end."""
        client = Client()
        reactor.connectTCP("127.0.0.1", port, _Connecting(client))
        await client.connected_
        client.transport.write(says)
        return await client.ended

    async def test_plain_http_is_one_line_with_the_address(self) -> None:
        port = await self.listen(self.pair("acs.example"))
        with capturedLogs() as logged:
            self.assertNotIn(b"HTTP/1", await self.client(port, post(b"one")))
            await deferLater(reactor, 0.05)
        (line,) = [each for each in logged if "reason" in each]
        self.assertEqual(("127.0.0.1", "main"), (line["client"], line["listener"]))
        self.assertEqual([], self.app.requests)

    async def test_who_speaks_behind_a_proxy_is_known_by_the_address_that_it_tells(self) -> None:
        port = await self.listen(self.pair("acs.example"), proxied=True)
        header = b"PROXY TCP4 192.0.2.9 192.0.2.1 5000 443\r\n"
        with capturedLogs() as logged:
            await self.client(port, header + b"GET / HTTP/1.1\r\n\r\n")
            await deferLater(reactor, 0.05)
        self.assertEqual(["192.0.2.9"], [each["client"] for each in logged if "reason" in each])
        said = await deferToThread(say_behind_proxy, port, header)
        self.assertTrue(said.startswith(b"HTTP/1.1 200"))
        self.assertEqual(["192.0.2.9"], [each.client_ip for each in self.app.connections])


def say_behind_proxy(port: int, header: bytes) -> bytes:
    """What is answered to a request that a proxy passes through: its header first, then the client's TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
        plain.sendall(header)
        with context.wrap_socket(plain) as secure:
            secure.sendall(post(b"one"))
            return secure.recv(4096)


class ReloadTests(TlsCase):
    """Certificates that are replaced while devices are connected."""

    async def connect(self, port: int) -> tuple[Client, str]:
        """A client, and the name on the certificate that it is shown."""
        client = Client()
        reactor.connectSSL("127.0.0.1", port, _Connecting(client), CertificateOptions())
        await client.connected_
        client.transport.write(post(b"one"))
        await client.until(b"HTTP/1.1 200")
        self.addCleanup(client.transport.abortConnection)
        return client, client.transport.getPeerCertificate().get_subject().CN

    async def test_open_connections_go_on_and_new_ones_see_what_is_new(self) -> None:
        port = await self.listen(self.pair("old.example"))
        client, shown = await self.connect(port)
        self.assertEqual("old.example", shown)
        (change,) = self.securing.changes([self.files(self.pair("new.example", kind="rsa"))])
        change.apply()
        self.assertEqual("new.example", (await self.connect(port))[1])
        client.transport.write(post(b"two"))
        await client.until(b"\r\n\r\nHTTP/1.1 200")
        self.assertEqual([b"one", b"one", b"two"], [each.body for each in self.app.requests])

    async def test_one_that_is_under_way_comes_to_its_end(self) -> None:
        port = await self.listen(self.pair("old.example"))
        client = Client()
        reactor.connectTCP("127.0.0.1", port, _Connecting(client))
        await client.connected_
        tls = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD))
        tls.set_connect_state()
        with contextlib.suppress(SSL.WantReadError):
            tls.do_handshake()
        self.securing.changes([self.files(self.pair("new.example"))])[0].apply()
        client.transport.write(tls.bio_read(65536))
        heard = 0
        while tls.get_peer_certificate() is None:
            await deferLater(reactor, 0.01)
            fresh, heard = client.received[heard:], len(client.received)
            with contextlib.suppress(SSL.WantReadError):
                tls.bio_write(fresh)
                tls.do_handshake()
        self.assertEqual("old.example", tls.get_peer_certificate().get_subject().CN)
        client.transport.abortConnection()
