"""What is done on a plain socket beyond what every transport offers, and never on one that is encrypted."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import tcp
from twisted.internet.protocol import Protocol
from twisted.internet.testing import MemoryReactor, StringTransport
from twisted.trial.unittest import SynchronousTestCase

from acs.http.sockets import half_close, write_now


class Encrypting(Protocol):
    """Stands where Twisted puts TLS on a connection that begins without."""

    written = b""

    def write(self, data: bytes) -> None:
        self.written += data


class WriteNowTests(SynchronousTestCase):
    def setUp(self) -> None:
        ours, self.theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(self.theirs.close)
        self.theirs.setblocking(False)
        self.protocol = Encrypting()
        self.reactor: Any = MemoryReactor()
        self.connection = tcp.Connection(ours, self.protocol, self.reactor)
        self.connection.connected = 1

    def arrived(self) -> bytes:
        try:
            return self.theirs.recv(1_000_000)
        except BlockingIOError:
            return b""

    def test_it_is_sent_at_once(self) -> None:
        write_now(self.connection, b"one")
        self.assertEqual(self.arrived(), b"one")
        self.assertEqual(self.reactor.getWriters(), [])

    def test_it_waits_behind_what_waits(self) -> None:
        self.connection.write(b"one")
        write_now(self.connection, b"two")
        self.assertEqual(self.arrived(), b"")
        self.connection.doWrite()
        self.assertEqual(self.arrived(), b"onetwo")
        write_now(self.connection, b"three")
        self.assertEqual(self.arrived(), b"three")

    def test_what_the_socket_does_not_take_is_sent_later(self) -> None:
        data = bytes(range(256)) * 8192
        write_now(self.connection, data)
        self.assertEqual(self.reactor.getWriters(), [self.connection])
        received = self.arrived()
        while self.connection in self.reactor.getWriters():
            self.connection.doWrite()
            received += self.arrived()
        self.assertEqual(received + self.arrived(), data)

    def test_a_connection_that_is_lost_is_left_to_the_reactor(self) -> None:
        self.theirs.close()
        write_now(self.connection, b"one")
        self.assertEqual(self.reactor.getWriters(), [self.connection])
        self.assertIsInstance(self.connection.doWrite(), Exception)

    def test_nothing_goes_past_encryption(self) -> None:
        self.connection.TLS = True
        write_now(self.connection, b"one")
        half_close(self.connection)
        self.assertEqual((self.arrived(), self.protocol.written), (b"", b"one"))
        self.assertFalse(self.connection._writeDisconnecting)

    def test_any_other_transport_is_just_written_to(self) -> None:
        transport = StringTransport()
        write_now(transport, b"one")
        half_close(transport)
        self.assertEqual(transport.value(), b"one")
