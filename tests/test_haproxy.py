"""Two nodes behind a real HAProxy, with the example that is shipped."""

from __future__ import annotations

import socket
import ssl

from tests.support import postgres
from tests.support.haproxy import SKIP, Haproxy
from tests.support.nodes import owners
from tests.support.router import DEVICE
from tests.test_nodes import ScatteredCpe, TwoNodes


class ProxiedCpe(ScatteredCpe):
    """A CPE that opens a connection for each request, from an address of its own."""

    def __init__(self, port: int, address: str, tls: bool = False) -> None:
        super().__init__(port)
        self._address = address
        self._tls = tls

    def connect(self, port: int) -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(self._address, 0))
        if not self._tls:
            return plain
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context.wrap_socket(plain)


class HaproxyTests(TwoNodes):
    skip = SKIP or postgres.SKIP or None
    listener = "proxy_protocol = true\n"

    def setUp(self) -> None:
        super().setUp()
        self.haproxy = Haproxy(self.nodes[0].folder.parent, [node.cwmp for node in self.nodes])
        self.addCleanup(self.haproxy.stop)
        self.plain, self.tls = self.haproxy.plain, self.haproxy.tls

    def test_each_session_stays_with_one_node_and_its_address_is_the_devices_own(self) -> None:
        for number in range(2, 10):
            cpe = ProxiedCpe(self.plain, f"127.0.0.{number}")
            self.session("1 BOOT", cpe=cpe)
            newest = self.nodes[0].asked("session", "list", "--limit", "1")[0]
            self.assertEqual(("success", f"127.0.0.{number}"), (newest["result"], newest["client_ip"]))
        self.assertEqual({0, 1}, owners(self.nodes[0]))
        for node in self.nodes:
            self.assertNotIn("passed on", node.log())

    def test_tls_ends_at_the_proxy(self) -> None:
        cpe = ProxiedCpe(self.tls, "127.0.0.7", tls=True)
        self.assertEqual("GetParameterNames", self.session("0 BOOTSTRAP", cpe=cpe)[0])
        (session,) = self.nodes[0].asked("session", "list")
        self.assertEqual("127.0.0.7", session["client_ip"])

    def test_when_a_node_dies_its_devices_go_to_another(self) -> None:
        self.session("1 BOOT", cpe=ProxiedCpe(self.plain, "127.0.0.2"))
        self.nodes[0].kill()
        for number in range(2, 8):
            self.session("2 PERIODIC", cpe=ProxiedCpe(self.plain, f"127.0.0.{number}"))
        device = self.nodes[1].asked("device", "show", DEVICE)
        self.assertEqual("127.0.0.7", device["client_ip"])
