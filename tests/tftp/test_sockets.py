"""Tests of `acs.tftp.sockets` on real sockets: only these show which address a packet comes from."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.trial.unittest import SynchronousTestCase, TestCase

from acs.tftp.sockets import listen
from tests.tftp.network import DATA, image_of, kind_of, request
from tests.tftp.place import LoopbackSite, in_thread, reactor

LINUX_ONLY = None if sys.platform == "linux" else "only Linux tells where a datagram was sent to"


def has_ipv6() -> bool:
    """Whether this machine has an IPv6 loopback."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


IPV6_ONLY = None if has_ipv6() else "this machine has no IPv6"


def ask(host: str, port: int, datagram: bytes) -> tuple[bytes, tuple[str, int]]:
    """Send a datagram; the first one that comes back, and whence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.sendto(datagram, (host, port))
        answer, source = client.recvfrom(2048)
        return answer, (source[0], source[1])


class AddressTests(TestCase):
    timeout = 20

    def site(self, endpoint: str) -> LoopbackSite:
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "x").write_bytes(image_of(100))
        site = LoopbackSite(folder, endpoint)
        self.addCleanup(site.stop)
        return site

    def comes_from(self, endpoint: str, host: str) -> Deferred[None]:
        """Ask for a file and for none at this address, and look whence the answers come."""
        port = self.site(endpoint).number

        def both() -> list[Any]:
            return [ask(host, port, request("x")), ask(host, port, request("nothing"))]

        def look(answers: list[Any]) -> None:
            self.assertEqual([host, host], [source[0] for _, source in answers])
            self.assertEqual(DATA, kind_of(answers[0][0]))
            self.assertNotEqual(port, answers[0][1][1])

        asked: Deferred[list[Any]] = in_thread(both)
        return asked.addCallback(look)

    def test_the_answer_comes_from_the_address_that_was_asked(self) -> Deferred[None]:
        """The kernel, left to itself, would choose 127.0.0.1."""
        return self.comes_from("udp:0", "127.0.0.2")

    test_the_answer_comes_from_the_address_that_was_asked.skip = LINUX_ONLY  # type: ignore[attr-defined]

    def test_so_it_does_where_there_is_one_alone(self) -> Deferred[None]:
        return self.comes_from("udp:0:interface=127.0.0.1", "127.0.0.1")

    def test_so_it_does_over_ipv6(self) -> Deferred[None]:
        return self.comes_from(r"udp:0:interface=\:\:", "::1")

    test_so_it_does_over_ipv6.skip = IPV6_ONLY  # type: ignore[attr-defined]

    def test_so_it_does_over_ipv4_on_a_port_of_ipv6(self) -> Deferred[None]:
        return self.comes_from(r"udp:0:interface=\:\:", "127.0.0.3")

    test_so_it_does_over_ipv4_on_a_port_of_ipv6.skip = IPV6_ONLY or LINUX_ONLY  # type: ignore[attr-defined]


class SocketTests(SynchronousTestCase):
    def test_a_port_that_is_taken_cannot_be_had(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            endpoint = f"udp:{taken.getsockname()[1]}:interface=127.0.0.1"
            listener: Any = None
            self.assertRaises(CannotListenError, listen, reactor, endpoint, listener)

    def test_nor_can_an_address_that_is_not_ours(self) -> None:
        listener: Any = None
        self.assertRaises(CannotListenError, listen, reactor, "udp:0:interface=192.0.2.1", listener)
