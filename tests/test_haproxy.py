"""Two nodes behind a real HAProxy, with the example that is shipped."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import time

from acs.store.ids import from_text
from tests import ROOT
from tests.support import postgres
from tests.support.certificates import pem_file, self_signed
from tests.support.ports import free_port
from tests.support.router import DEVICE
from tests.test_nodes import ScatteredCpe, TwoNodes

SKIP = "" if shutil.which("haproxy") else "HAProxy is not installed"


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
        self.folder = self.nodes[0].folder.parent
        self.plain, self.tls = free_port(), free_port()
        pem_file(self.folder / "acs.pem", self_signed("acs.example"))
        (self.folder / "haproxy.cfg").write_text(self.example())
        with open(self.folder / "haproxy.log", "wb") as log:
            command = ["haproxy", "-db", "-f", "haproxy.cfg"]
            self.haproxy = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        self.addCleanup(self.haproxy.wait)
        self.addCleanup(self.haproxy.terminate)
        self.wait_for(self.plain)

    def example(self) -> str:
        """The shipped example, with our ports in it, and 20 ms instead of 2 s between checks."""
        text = (ROOT / "etc" / "haproxy.cfg").read_text()
        text, count = re.subn(r"bind :7547", f"bind 127.0.0.1:{self.plain}", text)
        text, more = re.subn(
            r"bind :7443 ssl crt \S+", f"bind 127.0.0.1:{self.tls} ssl crt {self.folder}/acs.pem", text
        )
        self.assertEqual((1, 1), (count, more))
        for number, node in enumerate(self.nodes, 1):
            text, count = re.subn(rf"(server acs{number}) \S+", rf"\1 127.0.0.1:{node.cwmp}", text)
            self.assertEqual(1, count)
        return text.replace("inter 2s", "inter 100").replace("maxconn 50000", "maxconn 100")

    def wait_for(self, port: int) -> None:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                self.assertLess(time.monotonic(), until, (self.folder / "haproxy.log").read_text())
                time.sleep(0.02)

    def owners(self) -> set[int]:
        """The nodes that have had sessions, which these tell by their numbers."""
        numbers = [from_text(session["id"]) or 0 for session in self.nodes[0].asked("session", "list")]
        return {number >> 14 & 255 for number in numbers}

    def test_each_session_stays_with_one_node_and_its_address_is_the_devices_own(self) -> None:
        for number in range(2, 10):
            cpe = ProxiedCpe(self.plain, f"127.0.0.{number}")
            self.session("1 BOOT", cpe=cpe)
            newest = self.nodes[0].asked("session", "list", "--limit", "1")[0]
            self.assertEqual(("success", f"127.0.0.{number}"), (newest["result"], newest["client_ip"]))
        self.assertEqual({0, 1}, self.owners())
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
