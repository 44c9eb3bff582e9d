"""Whose request it is that a proxy brings."""

from __future__ import annotations

from ipaddress import ip_network

from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from acs.http.connection import UNBOUND, Connection
from acs.http.forwarded import sender
from tests.http.test_relay import request

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))


class ForwardedTests(SynchronousTestCase):
    def connection(self, address: str = "10.0.0.1") -> Connection:
        return Connection(7, StringTransport(peerAddress=IPv4Address("TCP", address, 4711)), lambda: None)

    def sender_of(self, *headers: str, address: str = "10.0.0.1") -> str:
        lines = "".join(f"X-Forwarded-For: {header}\r\n" for header in headers)
        head = f"POST / HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode()
        return sender(request(head, b""), self.connection(address), TRUSTED).client_ip

    def test_a_trusted_proxy_says_for_whom(self) -> None:
        for said in ("192.0.2.7", " 192.0.2.7 ", "192.0.2.7:5060", "::ffff:192.0.2.7"):
            self.assertEqual("192.0.2.7", self.sender_of(said))
        self.assertEqual("2001:db9::1", self.sender_of("[2001:db9::1]:80"))

    def test_what_others_say_is_hearsay(self) -> None:
        self.assertEqual("192.0.2.1", self.sender_of("198.51.100.9", address="192.0.2.1"))
        self.assertEqual("192.0.2.7", self.sender_of("127.0.0.1, 198.51.100.9, 192.0.2.7"))

    def test_proxies_behind_proxies_are_passed_over_while_they_are_trusted(self) -> None:
        self.assertEqual("192.0.2.7", self.sender_of("198.51.100.9, 192.0.2.7, 10.1.1.1", "2001:db8::9"))
        self.assertEqual("10.9.9.9", self.sender_of("10.9.9.9, 10.1.1.1"))
        self.assertEqual("192.0.2.7", self.sender_of("192.0.2.7, ::ffff:10.1.1.1"))

    def test_so_many_proxies_are_looked_at_and_no_more(self) -> None:
        behind = [f"10.0.1.{number}" for number in range(40)]
        self.assertEqual("192.0.2.7", self.sender_of(", ".join(["192.0.2.7", *behind[:31]])))
        self.assertEqual("10.0.1.8", self.sender_of(", ".join(["192.0.2.7", *behind])))

    def test_what_is_no_address_ends_the_search(self) -> None:
        self.assertEqual("10.1.1.1", self.sender_of("192.0.2.7, unknown, 10.1.1.1"))
        for nothing in ("", "unknown", "a:b:c", ",", "[", "[]:1"):
            self.assertEqual("10.0.0.1", self.sender_of(nothing), nothing)

    def test_a_proxys_connection_is_no_devices(self) -> None:
        head = b"POST / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n"
        found = sender(request(head, b""), self.connection(), TRUSTED)
        self.assertEqual((UNBOUND, None), (found.number, found.session))
        self.assertEqual((), found.certificate_names)
        found.close()

    def test_without_a_header_the_connection_is_the_sender_s(self) -> None:
        connection = self.connection()
        self.assertIs(connection, sender(request(b"POST / HTTP/1.1\r\n\r\n", b""), connection, TRUSTED))

    def test_a_unix_socket_is_no_trusted_network(self) -> None:
        there = Connection(1, StringTransport(peerAddress=UNIXAddress("/x")), lambda: None)  # type: ignore[arg-type]
        head = b"POST / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n"
        self.assertIs(there, sender(request(head, b""), there, TRUSTED))
