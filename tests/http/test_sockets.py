"""What is done on a plain socket beyond what every transport offers, and never on one that is encrypted."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import tcp
from twisted.internet.protocol import Protocol
from twisted.internet.testing import MemoryReactor, StringTransport
from twisted.trial.unittest import SynchronousTestCase

from acs.http.sockets import half_close


class HalfCloseTests(SynchronousTestCase):
    def setUp(self) -> None:
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        reactor: Any = MemoryReactor()
        self.connection = tcp.Connection(ours, Protocol(), reactor)
        self.connection.connected = 1

    def test_our_side_is_closed(self) -> None:
        half_close(self.connection)
        self.assertTrue(self.connection._writeDisconnecting)

    def test_nothing_goes_past_encryption(self) -> None:
        self.connection.TLS = True
        half_close(self.connection)
        self.assertFalse(self.connection._writeDisconnecting)

    def test_any_other_transport_is_left_alone(self) -> None:
        transport = StringTransport()
        half_close(transport)
        self.assertFalse(transport.disconnecting)
